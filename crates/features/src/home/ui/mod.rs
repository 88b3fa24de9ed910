//! How the cardholder's pages look.

mod cardholder;

pub(super) use cardholder::{List, Overview, list, list_address, live_parts, overview, without_account};
