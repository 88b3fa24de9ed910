//! Handlers: the cardholder's inbox, and what could not be delivered at the desk.

mod cardholder;
mod desk;

pub(super) use cardholder::unread;

use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    let mut routes = cardholder::routes();
    routes.extend(desk::routes());
    routes
}
