//! Addresses of authorizations.

mod api;

pub(super) use api::{openapi, routes};
