//! Addresses of cards.

mod api;

pub(super) use api::{openapi, routes};
