//! Addresses: proving more, one's own proofs, codes by letter at the desk, and "my phone is gone". What was typed is
//! posted and never stands in an address.

mod cardholder;
mod desk;
mod lost;
mod step_up;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use platform::access::{Opened, Surface, session_cookie};
use platform::app::App;
use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    [step_up::routes(), cardholder::routes(), desk::routes(), lost::routes()].into_iter().flatten().collect()
}

/// Gives the browser the new token of its session.
fn with_new_token(app: &App, opened: &Opened, mut response: Response) -> Response {
    if let Some(cookie) = session_cookie(Surface::App, app.is_secure(), &opened.token) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    no_store(&mut response);
    response
}

fn no_store(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
