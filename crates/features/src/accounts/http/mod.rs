//! Addresses of accounts.

mod api;
mod customers;

pub(super) use api::{openapi, routes};
