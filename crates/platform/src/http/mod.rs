//! What every request passes, whichever feature it is for.
//!
//! Outside in: bounds on size and time, request id, timing, one log line for what went wrong, security
//! headers, error pages; then the router; then the gate of the route ([`crate::access`]). Handlers take
//! and give plain types and [`problem::Problem`].

pub mod boundary;
pub mod csrf;
pub mod csv;
mod error_page;
pub mod extract;
pub mod frame;
pub mod headers;
pub mod health;
pub mod idempotency;
pub mod limits;
pub mod page;
pub mod problem;
mod routes;
pub mod server;
pub mod sse;
#[cfg(test)]
mod tests;

pub use error_page::error_page;
pub use headers::no_store;
pub use routes::FEATURE;
pub(crate) use routes::openapi_base;

use crate::app::App;
use axum::extract::DefaultBodyLimit;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::{Router, middleware};
use kernel::Fault;
use problem::Problem;
use tower_http::compression::CompressionLayer;

/// Puts the boundary around a router of gated routes.
pub(crate) fn wrap(router: Router<App>, app: &App) -> Router {
    router
        .fallback(|| async { Problem::absent().detail("There is nothing at this address.") })
        .method_not_allowed_fallback(|| async {
            Problem::new(Fault::Invalid, "method_not_allowed")
                .status(StatusCode::METHOD_NOT_ALLOWED)
                .detail("This address exists, but not for this method.")
        })
        .layer(CompressionLayer::new().gzip(true).compress_when(is_public_file))
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), boundary::boundary))
        .with_state(app.clone())
}

/// Only files that are the same for everybody are compressed: a page holds both a token and text that
/// others can choose, and its compressed length would tell one from the other.
fn is_public_file(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let starts =
        |name, with: &str| headers.get(name).is_some_and(|v| v.as_bytes().starts_with(with.as_bytes()));
    starts(header::CACHE_CONTROL, "public") && !starts(header::CONTENT_TYPE, "image/png")
}

/// Whether the caller is a browser that wants a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Whether a page of ours asks for a part of it, which then comes without the page around it.
pub fn wants_part(headers: &HeaderMap) -> bool {
    headers.get("x-requested-with").is_some_and(|value| value == "part")
}

/// Digits in a row from which on an address may hold a card number.
const NUMBER_DIGITS: usize = 12;

/// An address of ours that may be shown and passed on: the start page instead of one that somebody put a long
/// number into.
pub fn shown_address(address: &str) -> &str {
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if address.as_bytes().windows(NUMBER_DIGITS).any(digits) { "/" } else { address }
}
