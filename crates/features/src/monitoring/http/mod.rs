//! Addresses of monitoring.

use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    Vec::new()
}
