//! The outermost layer: every request passes here once, on its way in and on its way out.
//!
//! In: an id of our own (never the caller's, which could carry anything into the log), bounds on the
//! head. Around: a bound on time, and a handler that panics costs its own request only. Out: one log
//! line where something went wrong, timing, security headers, and for a problem the document with the
//! request's id, or the page.

use super::problem::{Problem, level_of};
use super::{headers, limits, wants_page};
use crate::app::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, request::Parts};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use kernel::Fault;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tracing::Instrument;

/// The header with the request's id.
pub const REQUEST_ID: &str = "x-request-id";

/// The id of a request, as a request extension.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The layer itself.
pub(crate) async fn boundary(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started_us = app.clock().monotonic_us();
    let id = format!("req_{:016x}", app.random.next_u64());
    request.extensions_mut().insert(RequestId(id.clone()));
    let route = route_of(&request);
    let method = method_label(request.method());
    let span = tracing::info_span!("request", id = %id, method, route = %route);
    let path_is_docs = request.uri().path().starts_with(headers::DOCS_ROOT);
    let page = wants_page(request.headers()).then(|| head_of(&request));

    let answered = async {
        let mut response = answer(&app, request, next).await;
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            log(&problem);
            response = finish(&app, page.as_ref(), &problem, &id, response);
        }
        response
    };
    let mut response = answered.instrument(span).await;

    let docs = if path_is_docs { headers::DOCS_ROOT } else { "/" };
    headers::secure(response.headers_mut(), docs, app.is_secure());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    measure(&app, started_us, method, route, response.status());
    response
}

async fn answer(app: &App, request: Request, next: Next) -> Response {
    if let Some(refusal) = too_large(&request) {
        return refusal.into_response();
    }
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    let limit = app.sleep.sleep(Duration::from_secs(limits::ANSWER_SECONDS));
    match select(Box::pin(work), limit).await {
        Either::Left((Ok(response), _)) => response,
        // The panic's own message went to the log through the panic hook.
        Either::Left((Err(_), _)) => Problem::internal("a handler panicked").into_response(),
        Either::Right(_) => Problem::new(Fault::Busy, "too_slow")
            .detail(format!("There was no answer within {} seconds.", limits::ANSWER_SECONDS))
            .into_response(),
    }
}

fn too_large(request: &Request) -> Option<Problem> {
    let uri = request.uri();
    let address = uri.path().len() + uri.query().map_or(0, str::len);
    if address > limits::URI_BYTES {
        let detail = format!("The address is {address} bytes long, the limit is {}.", limits::URI_BYTES);
        return Some(
            Problem::new(Fault::Invalid, "address_too_long").status(StatusCode::URI_TOO_LONG).detail(detail),
        );
    }
    let lines = request.headers().len();
    (lines > limits::HEADER_LINES).then(|| {
        Problem::new(Fault::Invalid, "too_many_headers")
            .status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
            .detail(format!("There are {lines} header lines, the limit is {}.", limits::HEADER_LINES))
    })
}

/// The head of a request, for the error page.
fn head_of(request: &Request) -> Parts {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = request.method().clone();
    parts.uri = request.uri().clone();
    parts.headers = request.headers().clone();
    parts
}

fn finish(app: &App, page: Option<&Parts>, problem: &Problem, id: &str, first: Response) -> Response {
    let mut response = match (page, app.error_page) {
        (Some(_), _) if problem.own_page().is_some() => {
            let page = problem.own_page().unwrap_or_default().to_owned();
            (problem.http_status(), Html(page)).into_response()
        }
        (Some(parts), Some(error_page)) => {
            let mut page = error_page(app, parts, problem, id);
            *page.status_mut() = problem.http_status();
            page
        }
        _ => problem.to_document(Some(id)),
    };
    // Headers that the layers between have set (a cookie taken away, no-store) stay.
    for (name, value) in first.headers() {
        response.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    headers::no_store(response.headers_mut());
    response
}

fn log(problem: &Problem) {
    let status = problem.http_status().as_u16();
    let code = problem.code();
    let cause = problem.hidden_cause().unwrap_or("");
    match level_of(problem.fault()) {
        tracing::Level::ERROR => tracing::error!(status, code, cause, "a request failed"),
        tracing::Level::WARN => tracing::warn!(status, code, cause, "a request was refused"),
        tracing::Level::INFO => tracing::info!(status, code, cause, "a request was refused"),
        _ => tracing::debug!(status, code, cause, "a request was refused"),
    }
}

fn route_of(request: &Request) -> String {
    // The pattern, never the address itself: addresses hold ids, and labels must stay few.
    request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned())
}

fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

#[expect(clippy::cast_precision_loss, reason = "a duration for a histogram, far below 2^52 microseconds")]
fn measure(app: &App, started_us: u64, method: &'static str, route: String, status: StatusCode) {
    let seconds = app.clock().monotonic_us().saturating_sub(started_us) as f64 / 1e6;
    let status = status.as_u16().to_string();
    metrics::counter!("http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("http_request_seconds", "method" => method, "route" => route).record(seconds);
}
