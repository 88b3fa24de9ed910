//! Handlers: the phone menu's API, the desk's calls, and the cardholder's app.

mod api;
mod cardholder;
mod desk;

pub(super) use api::openapi;

use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    let mut routes = api::routes();
    routes.extend(desk::routes());
    routes.extend(cardholder::routes());
    routes
}
