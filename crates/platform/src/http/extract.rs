//! Handler arguments read from a request, with refusals that say where and never repeat what was sent.
//!
//! A body may hold a card number, so the parser's own words ("invalid type: string \"9000…\"") must
//! reach neither the answer nor the log: only the place and what was expected do.

use super::problem::Problem;
use super::{csrf, limits};
use crate::telemetry::{Form as TextForm, redact};
use axum::body::{Bytes, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use kernel::Fault;
use serde::{Serialize, de::DeserializeOwned};

/// A JSON body, in and out.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// A form's body.
#[derive(Clone, Copy, Debug)]
pub struct Form<T>(pub T);

/// The query of an address.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// The parameters of a path. One that is not of its kind is an address that does not exist.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        if !kind.to_ascii_lowercase().starts_with(b"application/json") {
            return Err(Problem::new(Fault::Invalid, "content_type")
                .status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .at("header Content-Type")
                .detail("The body must be application/json."));
        }
        let bytes = body_of(request).await?;
        let mut parser = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
            let place = pointer(error.path());
            let inner = error.into_inner();
            match inner.classify() {
                serde_json::error::Category::Data => field_problem(place, &inner.to_string()),
                _ => Problem::new(Fault::Invalid, "json_malformed")
                    .at(format!("line {} column {}", inner.line(), inner.column()))
                    .detail("The body is not valid JSON."),
            }
        })?;
        parser.end().map_err(|_| {
            Problem::new(Fault::Invalid, "json_malformed").detail("Something follows the JSON value.")
        })?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let bytes = body_of(request).await?;
        urlencoded(&bytes, "field").map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        urlencoded(parts.uri.query().unwrap_or_default().as_bytes(), "query").map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(Problem::absent()),
            Err(other) => Err(Problem::internal(other)),
        }
    }
}

async fn body_of(request: Request) -> Result<Bytes, Problem> {
    to_bytes(request.into_body(), limits::BODY_BYTES).await.map_err(|_| csrf::body_too_large())
}

fn urlencoded<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, Problem> {
    let parser = serde_urlencoded::Deserializer::new(form_urlencoded::parse(bytes));
    serde_path_to_error::deserialize(parser).map_err(|error| {
        let place = format!("{what} {}", error.path());
        field_problem(place, &error.into_inner().to_string())
    })
}

fn field_problem(place: String, told: &str) -> Problem {
    Problem::new(Fault::Invalid, "field_invalid")
        .at(redact(&place, TextForm::Text))
        .detail(without_value(told))
}

/// What the parser expected, without what it found.
fn without_value(told: &str) -> String {
    let said = told.split(" at line ").next().unwrap_or_default();
    let missing = said.strip_prefix("missing field ").or_else(|| said.strip_prefix("duplicate field "));
    if missing.is_some() {
        return said.to_owned();
    }
    match said.rsplit_once("expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => "The value is not one of those that are allowed here.".to_owned(),
    }
}

/// A JSON pointer (RFC 6901) from the parser's path.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |mut text, segment| {
        text.push('/');
        match segment {
            Segment::Seq { index } => text.push_str(&index.to_string()),
            Segment::Map { key } => text.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => text.push_str(variant),
            Segment::Unknown => text.push('?'),
        }
        text
    })
}
