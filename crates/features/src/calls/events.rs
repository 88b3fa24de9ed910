//! Acts in the audit log, by the names that others may rely on.

/// A call began.
pub const OPENED: &str = "calls.call.opened";
/// An agent took a call that the phone menu had answered.
pub const TAKEN: &str = "calls.call.taken";
/// An agent looked at the customer of their call.
pub const READ: &str = "calls.call.read";
/// A call ended.
pub const CLOSED: &str = "calls.call.closed";
/// The customer proved something in a call.
pub const PROVED: &str = "calls.proof.added";
/// What was given in a call proved nothing.
pub const UNPROVED: &str = "calls.proof.missed";
/// An agent asked for a confirmation in the app.
pub const ASKED: &str = "calls.confirm.asked";
/// The customer had the app show a code for the call.
pub const CODE_SHOWN: &str = "calls.code.shown";
/// Questions about payments were made for a call.
pub const FACTS_DRAWN: &str = "calls.facts.drawn";
/// A question about payments was answered, and fits or not.
pub const FACT_ANSWERED: &str = "calls.fact.answered";
/// What was proved in a call is enough for an act, which follows.
pub const PERMITTED: &str = "calls.act.permitted";
/// What was proved in a call is not enough for an act.
pub const REFUSED: &str = "calls.act.refused";
