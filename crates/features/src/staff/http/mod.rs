//! Addresses of colleagues, requests and alarms, and of signing in with an outside provider.

mod desk;
mod provider;

use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    [desk::routes(), provider::routes()].into_iter().flatten().collect()
}
