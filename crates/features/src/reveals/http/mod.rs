//! Addresses: full values at the desk, the number of one's own card in the app. Everything that shows a
//! value is posted: no address and no history holds one.

mod cardholder;
mod desk;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use platform::app::App;
use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    [desk::routes(), cardholder::routes()].into_iter().flatten().collect()
}

/// Makes a page with a value go away by itself, to `back`, and keeps it out of every cache.
fn passing(app: &App, mut response: Response, back: &str) -> Response {
    let headers = response.headers_mut();
    let away = format!("{}; url={back}", app.config.reveals.shown_seconds);
    if let Ok(away) = HeaderValue::from_str(&away) {
        headers.insert(header::REFRESH, away);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
