//! Addresses of cards.

mod api;
mod cardholder;
mod desk;

pub(super) use api::openapi;

use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    [api::routes(), cardholder::routes(), desk::routes()].into_iter().flatten().collect()
}
