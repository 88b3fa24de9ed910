//! Acts in the audit log, by the names that others may rely on.

/// The list of colleagues was read.
pub const LIST_READ: &str = "staff.list.read";
/// Something was asked for that needs a second person.
pub const REQUEST_MADE: &str = "staff.request.made";
/// It was allowed, and done in the same transaction.
pub const REQUEST_APPROVED: &str = "staff.request.approved";
/// It was refused by the second person.
pub const REQUEST_REFUSED: &str = "staff.request.refused";
/// Somebody tried to decide what they may not, or must not alone.
pub const DECISION_REFUSED: &str = "staff.decision.refused";
/// Somebody was shut out.
pub const SHUT_OUT: &str = "staff.member.shut_out";
/// Somebody was said to be, or to be related to, a customer.
pub const RELATED: &str = "staff.relation.added";
/// Alarms about colleagues were read.
pub const ALARMS_READ: &str = "staff.alarms.read";
/// An alarm was seen to.
pub const ALARM_SEEN: &str = "staff.alarm.seen";
/// A search for customers was refused for its number.
pub const SEARCH_REFUSED: &str = "staff.search.refused";
/// An account was said to be of the person with an employee's number.
pub const PERSON_TOLD: &str = "staff.person.told";
/// A browser came back from the identity provider.
pub const SIGN_IN_RETURNED: &str = "staff.sign_in.returned";
/// What a browser brought back from the identity provider opened nothing.
pub const SIGN_IN_REFUSED: &str = "staff.sign_in.refused";
