//! What this feature tells a customer. None of it holds a link.

use platform::feature::MessageKind;

/// A code, to confirm who one is.
pub(super) static CODE: MessageKind = MessageKind {
    name: "identity.code.sent",
    title: "identity-message-code-title",
    text: "identity-message-code",
    coded: Some("identity-message-code-coded"),
};
/// A proof is refused after wrong tries.
pub(super) static BLOCKED: MessageKind = MessageKind {
    name: "identity.proof.blocked",
    title: "identity-message-blocked-title",
    text: "identity-message-blocked",
    coded: None,
};
/// Wrong tries of a proof were set back at the desk.
pub(super) static RESET: MessageKind = MessageKind {
    name: "identity.proof.reset",
    title: "identity-message-reset-title",
    text: "identity-message-reset",
    coded: None,
};
/// A proof was set or changed.
pub(super) static CHANGED: MessageKind = MessageKind {
    name: "identity.proof.changed",
    title: "identity-message-changed-title",
    text: "identity-message-changed",
    coded: None,
};
/// A code by letter was asked for.
pub(super) static ACTIVATION: MessageKind = MessageKind {
    name: "identity.activation.asked",
    title: "identity-message-activation-title",
    text: "identity-message-activation",
    coded: None,
};
/// Cards were frozen because somebody said that the phone is gone.
pub(super) static PHONE_LOST: MessageKind = MessageKind {
    name: "identity.phone.lost",
    title: "identity-message-phone-lost-title",
    text: "identity-message-phone-lost",
    coded: None,
};

/// All of them.
pub(super) static KINDS: &[&MessageKind] = &[&CODE, &BLOCKED, &RESET, &CHANGED, &ACTIVATION, &PHONE_LOST];
