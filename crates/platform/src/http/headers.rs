//! Headers that every answer carries.
//!
//! The content policy allows our own scripts and sheets, images also inline as data, and nothing else:
//! no frame may show us, no form may leave us, nothing inline runs. The page of the API's document
//! needs styles inside it and gets exactly that more.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// For every page but one.
pub const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// For the page that shows the API's document.
pub const DOCS_POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// Where that page is.
pub const DOCS_ROOT: &str = "/v1/docs";

/// Adds them to `headers`; what a handler has set stays.
pub fn secure(headers: &mut HeaderMap, path: &str, over_https: bool) {
    let policy = if path.starts_with(DOCS_ROOT) { DOCS_POLICY } else { CONTENT_POLICY };
    let fixed: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if over_https {
        let stay = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(stay);
    }
}

/// Forbids every cache to keep the answer, unless the handler has said otherwise.
pub fn no_store(headers: &mut HeaderMap) {
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
