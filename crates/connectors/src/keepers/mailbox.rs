//! Copies of checkpoints in somebody's mailbox: what an auditor has received, nobody here can take back.
//!
//! The note goes along as a file, because a mail's text may be changed on its way, and as text, because people read
//! that. The same checkpoint has the same `Message-ID` from whichever node it comes.

use super::name_of;
use crate::mail::{Attachment, Mailer};
use platform::audit::port::{Keeper, Outcome};

/// A mail address that keeps checkpoints.
pub struct MailKeeper {
    /// For messages: not whose mailbox it is.
    name: &'static str,
    mailer: Mailer,
    to: String,
    /// The log's name.
    origin: String,
    interval_us: u64,
}

impl MailKeeper {
    /// Keeps at the mail address `to` what the log called `origin` signs.
    pub fn new(mailer: Mailer, to: String, origin: String, interval_us: u64) -> Self {
        Self { name: "mail", mailer, to, origin, interval_us }
    }
}

impl Keeper for MailKeeper {
    fn name(&self) -> &str {
        self.name
    }

    fn interval_us(&self) -> u64 {
        self.interval_us
    }

    fn keep(&self, size: u64, note: String) -> Outcome<'_, ()> {
        Box::pin(async move {
            let name = name_of(size);
            let subject = format!("Checkpoint of {}: {size} entries", self.origin);
            let file = Attachment { name: &name, bytes: note.as_bytes() };
            let sent = self.mailer.send(&self.to, &subject, &note, Some(file), &name).await;
            sent.map_err(|error| error.to_string())
        })
    }
}
