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
