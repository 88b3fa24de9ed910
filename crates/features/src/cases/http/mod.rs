//! Addresses: cases over the API and at the desk.

mod api;
mod customer;
mod desk;
mod figures;
mod form;

pub(super) use api::openapi;

use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    let mut routes = api::routes();
    routes.extend(desk::routes());
    routes.extend(customer::routes());
    routes.extend(figures::routes());
    routes
}
