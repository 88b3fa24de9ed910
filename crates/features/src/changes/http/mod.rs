//! Addresses: one's own data and its changes, the code of a notice, the desk, and the API. What was typed is posted and
//! never stands in an address.

mod api;
mod cardholder;
mod desk;
mod not_me;

pub(super) use api::openapi;
pub(super) use cardholder::waiting;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    [cardholder::routes(), not_me::routes(), desk::routes(), api::routes()].into_iter().flatten().collect()
}

fn no_store(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
