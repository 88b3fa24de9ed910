//! Addresses of monitoring: the live wall with its stream, alerts and what is done with them.

mod alerts;
mod page;
mod wall;

use super::access;
use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/live", &access::WALL, wall::show),
        Route::get("/desk/live/events", &access::WALL, wall::events).unattended(),
        Route::get("/desk/alerts", &access::READ, alerts::list),
        Route::get("/desk/alerts/{id}", &access::READ, alerts::show),
        Route::post("/desk/alerts/{id}/assignment", &access::TAKE, alerts::take),
        Route::post("/desk/alerts/{id}/closure", &access::CLOSE, alerts::close),
    ]
}
