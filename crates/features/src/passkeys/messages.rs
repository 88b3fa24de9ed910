//! What cardholders are told, by every way there is: the old owner of a stolen phone hears of it too. No links.

use super::model::Person;
use crate::messages::{Message, MessageError, Messages, Prepared, Way};
use platform::app::App;
use platform::feature::MessageKind;

/// A passkey was made.
pub(super) static ADDED: MessageKind = MessageKind {
    name: "passkeys.passkey.added",
    title: "passkeys-message-added",
    text: "passkeys-message-added-text",
    coded: None,
};

/// A passkey was ended by its owner.
pub(super) static ENDED: MessageKind = MessageKind {
    name: "passkeys.passkey.ended",
    title: "passkeys-message-ended",
    text: "passkeys-message-ended-text",
    coded: None,
};

/// A passkey was ended because there are two of it.
pub(super) static COPIED: MessageKind = MessageKind {
    name: "passkeys.passkey.copied",
    title: "passkeys-message-copied",
    text: "passkeys-message-copied-text",
    coded: None,
};

/// All passkeys were ended at the desk: a phone that is gone.
pub(super) static ALL_ENDED: MessageKind = MessageKind {
    name: "passkeys.customer.ended",
    title: "passkeys-message-all-ended",
    text: "passkeys-message-all-ended-text",
    coded: None,
};

/// Somebody signed in with their passkey in a browser that was not seen before.
pub(super) static NEW_BROWSER: MessageKind = MessageKind {
    name: "passkeys.sign_in.new_browser",
    title: "passkeys-message-browser",
    text: "passkeys-message-browser-text",
    coded: None,
};

pub(super) static KINDS: &[&MessageKind] = &[&ADDED, &ENDED, &COPIED, &ALL_ENDED, &NEW_BROWSER];

/// Puts a notice into words, to be sent with its reason; `None` for colleagues, who have no inbox. `browser` is family
/// and system, or nothing.
pub(super) async fn notice(
    app: &App,
    person: Person,
    kind: &'static MessageKind,
    browser: &str,
) -> Result<Option<Prepared>, MessageError> {
    let Some(customer) = person.customer() else { return Ok(None) };
    let browser = if browser.is_empty() { "–" } else { browser };
    let message = Message::new(customer, kind, &[Way::Push, Way::Mail]).with("browser", browser);
    Ok(Some(Messages::of(app).prepare(&message).await?))
}
