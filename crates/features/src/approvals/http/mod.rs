//! Handlers: the cardholder's approvals and security centre, asking one's own app, the API, and receipts with their keys.

mod api;
mod cardholder;
mod push;
mod receipts;

pub(super) use api::openapi;
pub(super) use cardholder::waiting;

use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    let mut routes = cardholder::routes();
    routes.extend(push::routes());
    routes.extend(receipts::routes());
    routes.extend(api::routes());
    routes
}
