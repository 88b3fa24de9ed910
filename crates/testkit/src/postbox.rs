//! Where everything goes that a test's server sends to people: text messages, push, mail, and letters with codes.

use features::identity::{CodeLetter, LetterBox};
use features::messages::{Carried, Carrier, Carriers, Letter, Way, relay};
use platform::app::{App, Services};
use std::sync::{Arc, Mutex, PoisonError};

/// The box. Clones share it; it is a service of every [`TestApp`](crate::TestApp).
#[derive(Clone, Default)]
pub struct Postbox(Arc<Mutex<Vec<Taken>>>);

/// Something that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// `sms`, `push`, `mail` or `letter`.
    pub channel: &'static str,
    /// To which number or address; for push and letters, to whom.
    pub to: String,
    /// Its kind.
    pub kind: String,
    /// Its words.
    pub text: String,
    /// Its code.
    pub code: Option<String>,
}

impl Postbox {
    /// Services that send into this box, where nothing else takes it.
    pub(crate) fn into_services(self, services: Services) -> Services {
        let carrier: Arc<dyn Carrier> = Arc::new(self.clone());
        let all =
            Way::ALL.into_iter().fold(Carriers::default(), |all, way| all.with(way, Arc::clone(&carrier)));
        let letters: Arc<dyn LetterBox> = Arc::new(self.clone());
        services.or_with(all).or_with(letters).with(self)
    }

    /// Takes out everything that was sent so far, oldest first. What waits is handed over first.
    ///
    /// # Panics
    /// When it can't be handed over.
    #[expect(clippy::expect_used, reason = "a test whose messages don't leave must fail")]
    pub async fn empty(&self, app: &App) -> Vec<Taken> {
        for way in Way::ALL {
            while relay(app, way).await.expect("messages leave") > 0 {}
        }
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, taken: Taken) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
    }
}

impl Carrier for Postbox {
    fn carry<'a>(&'a self, letter: &'a Letter) -> Carried<'a> {
        Box::pin(async move {
            self.put(Taken {
                channel: letter.way.word(),
                to: letter.to.reveal().to_owned(),
                kind: letter.kind.clone(),
                text: letter.text.reveal().to_owned(),
                code: letter.code.as_ref().map(|code| code.expose().clone()),
            });
            Ok(())
        })
    }
}

impl LetterBox for Postbox {
    fn take(&self, letter: &CodeLetter) -> std::io::Result<()> {
        self.put(Taken {
            channel: "letter",
            to: letter.to.reveal().to_owned(),
            kind: "identity.activation.code".to_owned(),
            text: letter.text.reveal().to_owned(),
            code: Some(letter.code.expose().clone()),
        });
        Ok(())
    }
}
