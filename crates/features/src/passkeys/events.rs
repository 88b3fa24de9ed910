//! Acts in the audit log, by the names that others may rely on.

/// A further passkey was made and waits for its owner's signature.
pub const MADE: &str = "passkeys.passkey.made";
/// Somebody made a passkey.
pub const ENROLLED: &str = "passkeys.passkey.enrolled";
/// Somebody signed in or proved more with a passkey.
pub const USED: &str = "passkeys.passkey.used";
/// A passkey's answer was refused.
pub const REFUSED: &str = "passkeys.passkey.refused";
/// A passkey got another name.
pub const RENAMED: &str = "passkeys.passkey.renamed";
/// A passkey was ended.
pub const ENDED: &str = "passkeys.passkey.ended";
/// The desk looked how many passkeys a customer has.
pub const COUNTED: &str = "passkeys.customer.counted";
/// The desk ended all passkeys and sessions of a customer.
pub const ALL_ENDED: &str = "passkeys.customer.ended";
/// Somebody ended sessions of their own.
pub const SESSIONS_ENDED: &str = "passkeys.sessions.ended";
/// A code for a first passkey was made.
pub const CODE_MADE: &str = "passkeys.code.made";
/// A code was withdrawn before it was used.
pub const CODE_WITHDRAWN: &str = "passkeys.code.withdrawn";
/// A code was tried and refused.
pub const CODE_REFUSED: &str = "passkeys.code.refused";
