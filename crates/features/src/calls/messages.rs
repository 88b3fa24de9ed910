//! What customers are told about calls.

use platform::feature::MessageKind;

/// Somebody on the telephone asks for a confirmation.
pub(super) static CONFIRM: MessageKind = MessageKind {
    name: "calls.confirm.asked",
    title: "calls-message-confirm-title",
    text: "calls-message-confirm",
    coded: None,
};
