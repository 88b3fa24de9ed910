//! How authorizations look: lists and one transaction for the cardholder, the timeline for staff.
//!
//! Pure functions from records to markup. Whoever owns a page reads the records (with the owner's id) and the
//! masked card numbers, and places these fragments in it.

mod cardholder;
mod desk;
mod sentences;
#[cfg(test)]
mod tests;

pub use cardholder::{Entry, Listing, transaction, transaction_days};
pub use desk::timeline;
pub use sentences::{CustomerWords, feature_word, reason_agent, reason_word, rule_reason_word, value_text};
