//! Addresses of the log: the desk's search, file and single entries, the cardholder's page, the API.

mod api;
mod cardholder;
mod desk;
mod standing;

pub(super) use api::openapi;
pub(super) use desk::Asked;

use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    [desk::routes(), standing::routes(), cardholder::routes(), api::routes()].into_iter().flatten().collect()
}
