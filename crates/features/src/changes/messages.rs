//! What this feature tells a customer, at the contacts before and after a change. None of it holds a link.

use platform::feature::MessageKind;

/// A change was signed and waits; with the code that stops it.
pub(super) static WAITING: MessageKind = MessageKind {
    name: "changes.change.waiting",
    title: "changes-message-waiting-title",
    text: "changes-message-waiting",
    coded: None,
};
/// A change was made.
pub(super) static MADE: MessageKind = MessageKind {
    name: "changes.change.made",
    title: "changes-message-made-title",
    text: "changes-message-made",
    coded: None,
};
/// A change was stopped.
pub(super) static STOPPED: MessageKind = MessageKind {
    name: "changes.change.stopped",
    title: "changes-message-stopped-title",
    text: "changes-message-stopped",
    coded: None,
};
/// A change was not made, because what it started from had changed.
pub(super) static OVERTAKEN: MessageKind = MessageKind {
    name: "changes.change.overtaken",
    title: "changes-message-overtaken-title",
    text: "changes-message-overtaken",
    coded: None,
};
/// What exposes nothing was changed, without a wait: the language.
pub(super) static CHANGED: MessageKind = MessageKind {
    name: "changes.language.changed",
    title: "changes-message-language-title",
    text: "changes-message-language",
    coded: None,
};
/// A change was undone.
pub(super) static UNDONE: MessageKind = MessageKind {
    name: "changes.change.undone",
    title: "changes-message-undone-title",
    text: "changes-message-undone",
    coded: None,
};
/// Somebody said of a made change that it was not they.
pub(super) static DISOWNED: MessageKind = MessageKind {
    name: "changes.change.disowned",
    title: "changes-message-disowned-title",
    text: "changes-message-disowned",
    coded: None,
};
