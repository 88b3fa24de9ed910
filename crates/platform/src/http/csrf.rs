//! A change that a page asks for must come from our own page.
//!
//! Two checks, both needed. First where the request comes from: `Sec-Fetch-Site` says it in every
//! current browser and scripts can't set it; else `Origin` must be ours. Second a token bound to the
//! session, in the field `csrf` of the form or the header `x-csrf-token`: a hash of the session's
//! secret, so that another site can't know it and it opens nothing by itself.
//!
//! Without a session there is nothing to ride on, and only the first check is made. The API takes no
//! cookies and needs none of this.

use super::limits;
use super::problem::Problem;
use crate::access::SessionRef;
use crate::app::App;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use kernel::Fault;
use subtle::ConstantTimeEq;

/// The header with the token, for requests of scripts.
pub const HEADER: &str = "x-csrf-token";
/// The form field with the token.
pub const FIELD: &str = "csrf";

/// Gives the request back when it may go on.
pub(crate) async fn check(
    app: &App,
    session: Option<&SessionRef>,
    request: Request,
) -> Result<Request, Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(request);
    }
    if !same_site(request.headers(), &app.config.http.public_url) {
        return Err(Problem::new(Fault::Forbidden, "cross_site")
            .detail("The request does not come from a page of this site."));
    }
    let Some(session) = session else { return Ok(request) };
    if let Some(sent) = request.headers().get(HEADER) {
        return if is_token(session, sent.as_bytes()) { Ok(request) } else { Err(wrong_token()) };
    }
    let is_form = request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes().to_ascii_lowercase().starts_with(b"application/x-www-form-urlencoded")
    });
    if !is_form {
        return Err(wrong_token());
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, limits::BODY_BYTES).await.map_err(|_| body_too_large())?;
    let found = form_field(&bytes, FIELD).is_some_and(|sent| is_token(session, sent));
    if found { Ok(Request::from_parts(parts, Body::from(bytes))) } else { Err(wrong_token()) }
}

pub(crate) fn body_too_large() -> Problem {
    Problem::new(Fault::Invalid, "body_too_large")
        .status(StatusCode::PAYLOAD_TOO_LARGE)
        .detail(format!("The body is too large or broke off; the limit is {} bytes.", limits::BODY_BYTES))
}

fn wrong_token() -> Problem {
    Problem::new(Fault::Forbidden, "form_expired")
        .detail("The form does not belong to this session.")
        .mend("Load the page again and send the form once more.")
}

fn is_token(session: &SessionRef, sent: &[u8]) -> bool {
    session.csrf.as_bytes().ct_eq(sent).into()
}

fn same_site(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        // "none": typed or a bookmark, done by the person, not by another site.
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else { return false };
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    origin == public_url || (!host.is_empty() && text("host") == Some(host))
}

/// The raw value of a field of a form, in which a token needs no decoding: letters, digits, `-`, `_`.
fn form_field<'b>(body: &'b [u8], name: &str) -> Option<&'b [u8]> {
    body.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn from(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        same_site(&headers, "https://card.example")
    }

    #[test]
    fn only_our_own_pages_pass() {
        assert!(from(&[("sec-fetch-site", "same-origin")]));
        assert!(from(&[("sec-fetch-site", "none")]));
        assert!(from(&[("origin", "https://card.example")]));
        assert!(from(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        for refused in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "https://card.example")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://card.example")],
            &[("origin", "https://evil.example"), ("host", "card.example")],
            &[("origin", "https://card.example.evil.example")],
            &[("origin", "null"), ("host", "")],
            &[("referer", "https://card.example/")],
            &[],
        ] {
            assert!(!from(refused), "{refused:?}");
        }
    }

    #[test]
    fn the_field_is_found_by_its_whole_name() {
        assert_eq!(form_field(b"a=1&csrf=x_-9&b=2", "csrf"), Some(&b"x_-9"[..]));
        assert_eq!(form_field(b"xcsrf=1&csrfx=2", "csrf"), None);
    }
}
