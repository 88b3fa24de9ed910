//! Pages of messages: inbox, one message, and what could not be delivered.

mod cardholder;
mod desk;

pub(super) use cardholder::{inbox, message};
pub(super) use desk::undelivered;
