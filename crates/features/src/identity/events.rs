//! Acts in the audit log, by the names that others may rely on.

/// Something was proved.
pub const MATCHED: &str = "identity.proof.matched";
/// A proof was wrong.
pub const MISSED: &str = "identity.proof.missed";
/// A proof was tried while it is refused; whether it was right is not written down either.
pub const REFUSED: &str = "identity.proof.refused";
/// After too many misses a proof is refused from now on.
pub const BLOCKED: &str = "identity.proof.blocked";
/// The misses of a proof were set back.
pub const RESET: &str = "identity.proof.reset";
/// A session rose.
pub const RAISED: &str = "identity.session.raised";
/// The query password was set.
pub const PASSWORD_SET: &str = "identity.query_password.set";
/// Query passwords of the people of a demo or an import were taken over.
pub const PASSWORDS_TAKEN_OVER: &str = "identity.query_passwords.taken_over";
/// A code was sent by text message.
pub const CODE_SENT: &str = "identity.code.sent";
/// A customer wants to use an authenticator app; nothing changes until it is confirmed.
pub const AUTHENTICATOR_BEGUN: &str = "identity.authenticator.begun";
/// An authenticator app was confirmed and took the place of the one before.
pub const AUTHENTICATOR_SET: &str = "identity.authenticator.set";
/// An authenticator app was taken off.
pub const AUTHENTICATOR_REMOVED: &str = "identity.authenticator.removed";
/// A code by letter was asked for.
pub const ACTIVATION_ASKED: &str = "identity.activation.asked";
/// A code by letter was stopped before it was used.
pub const ACTIVATION_STOPPED: &str = "identity.activation.stopped";
/// A code by letter was used.
pub const ACTIVATION_USED: &str = "identity.activation.used";
/// Somebody said that their phone is gone; whether it came to anything is in the entry and in no answer.
pub const LOSS_SAID: &str = "identity.loss.said";
/// Cards were frozen, and sessions ended, because a phone is gone.
pub const PHONE_LOST: &str = "identity.phone.lost";
/// Wrong tries over many people look like an attack.
pub const ALARM_RAISED: &str = "identity.alarm.raised";
/// Staff looked at which proofs a customer has, and which are refused for now.
pub const PROOFS_READ: &str = "identity.proofs.read";
