//! Addresses: opening and closing a matter; and the guard that the gate asks before a record opens.

mod desk;
mod guard;

pub(super) use desk::routes;
pub(super) use guard::guard;
