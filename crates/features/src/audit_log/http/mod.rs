//! Addresses of the log: the desk's search and file, the cardholder's page, the API.

mod api;
mod cardholder;
mod desk;

pub(super) use api::openapi;
pub(super) use desk::Asked;

use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    [desk::routes(), cardholder::routes(), api::routes()].into_iter().flatten().collect()
}
