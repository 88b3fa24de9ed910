//! Addresses of colleagues, requests and alarms.

mod desk;

pub(super) use desk::routes;
