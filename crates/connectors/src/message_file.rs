//! The file of a demo to which messages to people go, so that whoever tries it out can read what they were sent.
//!
//! One JSON object a line (`to`, `channel`, `kind`, `text`, `code`, and the `customer` they go to), appended with one
//! write each, so that a reader never sees half a line that will not be completed. It holds codes and contacts in
//! clear: the program makes one only where everything is invented. It does not sync: what a demo loses in a power cut
//! is lost.

use features::identity::{CodeLetter, LetterBox};
use features::messages::{Carried, Carrier, CarryError, Letter};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The file. All its writers in one process are one.
#[derive(Debug)]
pub struct MessageFile {
    path: PathBuf,
    turn: Mutex<()>,
}

impl MessageFile {
    /// At `path`, which is created with the first message.
    pub fn new(path: PathBuf) -> Self {
        Self { path, turn: Mutex::new(()) }
    }

    fn append(&self, line: &str) -> std::io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path)?.write_all(line.as_bytes())
    }
}

/// A letter is a line whose channel is `letter`.
impl LetterBox for MessageFile {
    fn take(&self, letter: &CodeLetter) -> std::io::Result<()> {
        let line = json!({
            "to": letter.to.reveal(),
            "channel": "letter",
            "kind": "identity.activation.code",
            "text": letter.text.reveal(),
            "code": letter.code.expose(),
            "customer": letter.customer,
        });
        self.append(&format!("{line}\n"))
    }
}

impl Carrier for MessageFile {
    fn carry<'a>(&'a self, letter: &'a Letter) -> Carried<'a> {
        Box::pin(async move {
            let line = json!({
                "to": letter.to.reveal(),
                "channel": letter.way.word(),
                "kind": letter.kind,
                "text": letter.text.reveal(),
                "code": letter.code.as_ref().map(|code| code.expose()),
                "customer": letter.customer,
            });
            self.append(&format!("{line}\n")).map_err(|error| {
                tracing::warn!(%error, "the file of messages can't be written");
                CarryError::Later
            })
        })
    }
}
