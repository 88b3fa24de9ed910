//! Addresses of the desk.

mod desk;

pub(super) use desk::routes;
