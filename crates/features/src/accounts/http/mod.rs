//! Addresses of accounts.

mod api;

pub(super) use api::{openapi, routes};
