//! The messages it sends. None holds a link or says what the act is: that is read in the app.

use platform::feature::MessageKind;

/// Something waits for an answer.
pub(super) static WAITING: MessageKind = MessageKind {
    name: "approvals.approval.waiting",
    title: "approvals-message-waiting",
    text: "approvals-message-waiting-text",
    coded: None,
};

/// Something was approved with a passkey.
pub(super) static SIGNED: MessageKind = MessageKind {
    name: "approvals.approval.signed",
    title: "approvals-message-signed",
    text: "approvals-message-signed-text",
    coded: None,
};

/// The owner said that it was not they who asked.
pub(super) static DISOWNED: MessageKind = MessageKind {
    name: "approvals.approval.disowned",
    title: "approvals-message-disowned",
    text: "approvals-message-disowned-text",
    coded: None,
};
