//! Errors as RFC 9457 problem documents, and the one place that decides status and log level.
//!
//! A feature's error says which kind of [`Fault`] it is; this module turns the kind into an HTTP
//! status and a log level. The boundary ([`super::boundary`]) adds the request id, writes the one log
//! line, and shows a page instead where a browser asked for one.
//!
//! Safe because what failed inside is logged and never sent: [`Problem::internal`] keeps its cause
//! out of the document. It does not translate: the page made from a problem looks its sentence up by
//! `code`; the document itself is English, for programmers.

use crate::db::DbError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use kernel::Fault;
use serde::Serialize;
use std::borrow::Cow;

/// The media type of RFC 9457.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// One problem, on its way to the caller. One pointer wide, so that results that carry it stay small.
#[derive(Clone, Debug)]
pub struct Problem(Box<Facts>);

#[derive(Clone, Debug)]
struct Facts {
    fault: Fault,
    status: StatusCode,
    code: Cow<'static, str>,
    title: Option<Cow<'static, str>>,
    detail: Option<String>,
    at: Option<String>,
    mend: Option<String>,
    retry_after_s: Option<u32>,
    cause: Option<String>,
    page: Option<String>,
}

/// The document, as RFC 9457 wants it, with our own members `code`, `where`, `mend`, `request_id`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A name for this kind of problem: `urn:cardea:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// Stable, for programs to compare.
    pub code: String,
    /// What went wrong this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where in the request: a JSON pointer, a header or a field.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
    /// The id to quote when asking us; also in the header `x-request-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// The HTTP status of each kind of failure.
pub const fn status_of(fault: Fault) -> StatusCode {
    match fault {
        Fault::Invalid => StatusCode::BAD_REQUEST,
        Fault::Unproved => StatusCode::UNAUTHORIZED,
        Fault::Forbidden => StatusCode::FORBIDDEN,
        Fault::Absent => StatusCode::NOT_FOUND,
        Fault::Conflict => StatusCode::CONFLICT,
        Fault::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Fault::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The log level of each kind of failure: ours are errors, a forbidden try is a warning, the rest is
/// the ordinary life of a public address.
pub const fn level_of(fault: Fault) -> tracing::Level {
    match fault {
        Fault::Internal => tracing::Level::ERROR,
        Fault::Busy | Fault::Forbidden => tracing::Level::WARN,
        Fault::Unproved | Fault::Conflict => tracing::Level::INFO,
        Fault::Invalid | Fault::Absent => tracing::Level::DEBUG,
    }
}

const fn title_of(fault: Fault) -> &'static str {
    match fault {
        Fault::Invalid => "The request is not valid",
        Fault::Unproved => "Proof is missing",
        Fault::Forbidden => "Not allowed",
        Fault::Absent => "Not found",
        Fault::Conflict => "In conflict with the present state",
        Fault::Busy => "Too busy",
        Fault::Internal => "Something failed on our side",
    }
}

impl Problem {
    /// A problem of this kind with a stable `code` in snake case.
    pub fn new(fault: Fault, code: &'static str) -> Self {
        Self(Box::new(Facts {
            fault,
            status: status_of(fault),
            code: Cow::Borrowed(code),
            title: None,
            detail: None,
            at: None,
            mend: None,
            retry_after_s: None,
            cause: None,
            page: None,
        }))
    }

    /// Something of ours failed. `cause` goes to the log and to nobody else.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let mut problem = Self::new(Fault::Internal, "internal");
        problem.0.cause = Some(cause.to_string());
        problem
    }

    /// There is nothing here, or not for this caller.
    pub fn absent() -> Self {
        Self::new(Fault::Absent, "not_found")
    }

    /// Another status of the same class than the kind has, such as 413 or 429.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// As many as are allowed were done: 429.
    pub fn too_many(self) -> Self {
        self.status(StatusCode::TOO_MANY_REQUESTS)
    }

    /// A title of its own.
    pub fn title(mut self, title: &'static str) -> Self {
        self.0.title = Some(Cow::Borrowed(title));
        self
    }

    /// What went wrong this time. Never put a secret or a card number here.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Where in the request: `/amount/minor`, `header Idempotency-Key`, `field limit`.
    pub fn at(mut self, at: impl Into<String>) -> Self {
        self.0.at = Some(at.into());
        self
    }

    /// What to do about it.
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.0.mend = Some(mend.into());
        self
    }

    /// After how many seconds a retry can help.
    pub fn retry_after_s(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// For the log only.
    pub fn cause(mut self, cause: impl std::fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// The whole page that a browser gets for it, instead of the general one: where the reader can mend it there.
    pub fn page(mut self, page: Html<String>) -> Self {
        self.0.page = Some(page.0);
        self
    }

    /// The page of its own.
    pub fn own_page(&self) -> Option<&str> {
        self.0.page.as_deref()
    }

    /// The kind.
    pub fn fault(&self) -> Fault {
        self.0.fault
    }

    /// The HTTP status.
    pub fn http_status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code; a page looks its sentence up by it.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// What the log may know and the caller may not.
    pub fn hidden_cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The document, with the id of the request where there is one.
    pub fn body(&self, request_id: Option<&str>) -> ProblemBody {
        ProblemBody {
            kind: format!("urn:cardea:problem:{}", self.0.code),
            title: self.0.title.as_deref().unwrap_or_else(|| title_of(self.0.fault)).to_owned(),
            status: self.0.status.as_u16(),
            code: self.0.code.to_string(),
            detail: self.0.detail.clone(),
            at: self.0.at.clone(),
            mend: self.0.mend.clone(),
            request_id: request_id.map(ToOwned::to_owned),
        }
    }

    /// The response as a document, without the page and the log line of the boundary.
    pub fn to_document(&self, request_id: Option<&str>) -> Response {
        let text = serde_json::to_vec(&self.body(request_id)).unwrap_or_default();
        let mut response = (self.0.status, text).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.0.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.0.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Seconds after which it is worth trying again where the log could not be written.
const UNLOGGED_RETRY_S: u32 = 5;

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match (&error, error.fault()) {
            (DbError::Unlogged, _) | (_, Fault::Busy) => Self::new(Fault::Busy, "log_unwritten")
                .detail("The log can't be written, so nothing was changed or shown.")
                .mend("Try again in a moment.")
                .retry_after_s(UNLOGGED_RETRY_S)
                .cause(error),
            (_, Fault::Conflict) => Self::new(Fault::Conflict, "changed_meanwhile")
                .detail("It was changed by somebody else meanwhile.")
                .mend("Load it again, then try again."),
            _ => Self::internal(error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.to_document(None);
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_inside_is_not_told() {
        let problem = Problem::internal("database at 10.0.0.7 refused user cardea");
        let text = serde_json::to_string(&problem.body(Some("r1"))).unwrap();
        assert!(!text.contains("10.0.0.7"), "{text}");
        assert!(text.contains("\"request_id\":\"r1\""), "{text}");
        assert_eq!(problem.hidden_cause(), Some("database at 10.0.0.7 refused user cardea"));
    }

    #[test]
    fn each_kind_has_its_status() {
        for (fault, status) in [
            (Fault::Invalid, 400),
            (Fault::Unproved, 401),
            (Fault::Forbidden, 403),
            (Fault::Absent, 404),
            (Fault::Conflict, 409),
            (Fault::Busy, 503),
            (Fault::Internal, 500),
        ] {
            let response = Problem::new(fault, "some_code").into_response();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
        }
        let busy = Problem::new(Fault::Busy, "queue_full").retry_after_s(2).into_response();
        assert_eq!(busy.headers()[header::RETRY_AFTER], "2");
    }
}
