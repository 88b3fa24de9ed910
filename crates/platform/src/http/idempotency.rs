//! Every POST of the API runs once, however often it is sent.
//!
//! The caller names its request (`Idempotency-Key`). The name is put down first, in one statement that
//! only one of many at the same time can win; the winner runs, and its answer is kept for 24 hours:
//! - same name, same request: the kept answer, with `Idempotency-Replayed: true`;
//! - same name, other request: 409 `idempotency_key_reused`;
//! - same name, still running: 409 `idempotency_key_running`.
//!
//! A run goes on when its client hangs up, for a bounded time. If the process dies in the middle, nobody knows how far it
//! came: after a lease the same request runs again with the same [`Operation`] id, which the first run
//! has had too. A handler whose act must not happen twice uses that id as the id of what it creates, so
//! that the second run finds it instead.
//!
//! Failures that a retry may mend (5xx, 408, 429) are not kept: the next try runs again at once. Nor is an answer that
//! says so ([`NotKept`]).

mod store;

pub use store::sweep;

use super::limits;
use super::problem::Problem;
use crate::access::hex;
use crate::app::App;
use crate::audit;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, select};
use kernel::{ApiKeyId, DAY_US, Fault, SECOND_US};
use sha2::{Digest, Sha256};
use std::time::Duration;
use store::{Begun, Kept, Place};

/// The header with the name of the request.
pub const KEY_HEADER: &str = "idempotency-key";
/// The header that marks a kept answer.
pub const REPLAYED_HEADER: &str = "idempotency-replayed";
/// How long answers are kept, microseconds.
pub(crate) const KEPT_US: i64 = DAY_US;
/// How long a run is believed to be under way, microseconds: well over the bound on an answer.
pub(crate) const LEASE_US: i64 = 60 * SECOND_US;
const KEY_CHARS_MAX: usize = 200;

/// The header by which a caller names its request, as the description of the API tells it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
pub struct NamedRequest {
    /// A new random text for each new request
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 200)]
    pub name: String,
}

/// The identity of one asked-for act, the same however often it runs: a request extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// A number from the mint of ids, fit to be the id of what the act creates.
    pub id: i64,
    /// Whether an earlier run may have come some way.
    pub again: bool,
}

/// Put into the extensions of an answer, that it is not kept: it tells something of what people typed, and the act changes
/// nothing, so that the same request may run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotKept;

/// Runs the request, or gives the answer that it had before.
pub(crate) async fn run_once(
    app: &App,
    api_key: ApiKeyId,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let name = kept_name(&app.keys, &name_of(&request)?)?;
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, limits::BODY_BYTES).await.map_err(|_| super::csrf::body_too_large())?;
    let place = Place { api_key, name, request_hash: hash_of(&app.keys, &parts, &bytes)? };
    let operation = match store::begin(&app.db, &place).await? {
        Begun::Run(operation) => operation,
        Begun::Kept(kept) => return replay(kept),
        Begun::Running => {
            return Err(Problem::new(Fault::Conflict, "idempotency_key_running")
                .at("header Idempotency-Key")
                .detail("A request with this key is still running.")
                .mend("Send it again in a moment to get its answer.")
                .retry_after_s(1));
        }
        Begun::OtherRequest => {
            return Err(Problem::new(Fault::Conflict, "idempotency_key_reused")
                .at("header Idempotency-Key")
                .detail("This key was used for another request.")
                .mend("Use a new key for each new request."));
        }
    };
    let mut request = Request::from_parts(parts, Body::from(bytes));
    request.extensions_mut().insert(operation);
    let app = app.clone();
    // A task of its own: a client that hangs up must not stop the run half-way.
    let origin = audit::Origin::current();
    let run = tokio::spawn(audit::Origin::around(origin, async move {
        let limit = app.sleep.sleep(Duration::from_secs(limits::RUN_SECONDS));
        let response = match select(Box::pin(next.run(request)), limit).await {
            Either::Left((response, _)) => response,
            // What it has not committed is undone as it is dropped; the next try runs as the same operation.
            Either::Right(_) => Problem::new(Fault::Busy, "too_slow").into_response(),
        };
        keep(&app, &place, response).await
    }));
    run.await.map_err(|error| Problem::internal(format!("a run ended early: {error}")))?
}

fn name_of(request: &Request) -> Result<String, Problem> {
    let sent = request.headers().get(KEY_HEADER).and_then(|value| value.to_str().ok());
    let fits = |name: &&str| !name.is_empty() && name.len() <= KEY_CHARS_MAX;
    sent.map(str::trim).filter(fits).map(ToOwned::to_owned).ok_or_else(|| {
        Problem::new(Fault::Invalid, "idempotency_key_missing")
            .at("header Idempotency-Key")
            .detail(format!("A POST needs an Idempotency-Key of 1 to {KEY_CHARS_MAX} characters."))
            .mend("Send a new random key with each new request, and the same key when you repeat one.")
    })
}

/// What a caller calls a request may be anything, a card number too, so the name itself is not kept.
fn kept_name(keys: &vault::KeyRing, name: &str) -> Result<String, Problem> {
    let hash = keys.lookup(vault::LookupKind::ApiKey, &format!("idempotency name v1 {name}"));
    Ok(hex(hash.map_err(Problem::internal)?.as_bytes()))
}

/// A body can hold a card number, and a plain hash of few possible texts tells the text: so it is keyed.
fn hash_of(
    keys: &vault::KeyRing,
    parts: &axum::http::request::Parts,
    body: &[u8],
) -> Result<String, Problem> {
    let mut hash = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), parts.uri.to_string().as_bytes()] {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(body);
    let digest = format!("idempotent request v1 {}", hex(&hash.finalize()));
    let hash = keys.lookup(vault::LookupKind::ApiKey, &digest).map_err(Problem::internal)?;
    Ok(hex(hash.as_bytes()))
}

async fn keep(app: &App, place: &Place, response: Response) -> Result<Response, Problem> {
    let status = response.status();
    let passing = matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    if status.is_server_error() || passing || response.extensions().get::<NotKept>().is_some() {
        store::release(&app.db, place).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, limits::KEPT_ANSWER_BYTES).await.map_err(Problem::internal)?;
    let text = std::str::from_utf8(&bytes).map_err(Problem::internal)?;
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kept = Kept {
        status: i64::from(status.as_u16()),
        content_type: kind.unwrap_or("application/json").to_owned(),
        body: text.to_owned(),
    };
    store::finish(&app.db, place, &kept).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn replay(kept: Kept) -> Result<Response, Problem> {
    let status = u16::try_from(kept.status).ok().and_then(|code| StatusCode::from_u16(code).ok());
    let mut response = Response::new(Body::from(kept.body));
    *response.status_mut() = status.ok_or_else(|| Problem::internal("a kept answer has no status"))?;
    let kind = HeaderValue::from_str(&kept.content_type).map_err(Problem::internal)?;
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.headers_mut().insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    Ok(response)
}
