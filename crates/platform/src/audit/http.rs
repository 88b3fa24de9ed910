//! The published log over HTTP, as C2SP tlog-tiles lays it out, under `/v1/log`.
//!
//! Checkpoint and hash tiles are for everybody: a hash only confirms an entry to somebody who can guess all of
//! it, id and microseconds included. The entries themselves need the auditor's permission.

use super::tiles::{Folder, Piece};
use crate::access::{Assurance, Direction, Permission, Role};
use crate::app::App;
use crate::feature::{Feature, Route};
use crate::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::io;

static HASHES: Permission = Permission {
    name: "log.hashes.read",
    direction: Direction::Reading,
    assurance: Assurance::NONE,
    roles: Role::ALL,
};
static ENTRIES: Permission = Permission {
    name: "log.entries.read",
    direction: Direction::Reading,
    assurance: Assurance::NONE,
    roles: &[Role::ApiClient],
};

/// A piece never changes: whoever has it need not ask again.
const FOREVER: &str = "public, max-age=31536000, immutable";
const FOREVER_OWN: &str = "private, max-age=31536000, immutable";
/// The checkpoint changes every few seconds.
const BRIEFLY: &str = "public, max-age=1";

/// The published log.
pub static FEATURE: Feature = Feature {
    name: "log",
    routes: || {
        vec![
            Route::get("/v1/log/checkpoint", &HASHES, checkpoint).unattended(),
            Route::get("/v1/log/tile/{level}/{*index}", &HASHES, tile).unattended(),
            Route::get("/v1/log/tile/entries/{*index}", &ENTRIES, entries),
        ]
    },
    permissions: &[&HASHES, &ENTRIES],
    tables: &["log_state", "log_checkpoints"],
    ..Feature::EMPTY
};

async fn checkpoint(State(app): State<App>) -> Result<Response, Problem> {
    let folder = app.service::<Folder>()?;
    let read = tokio::task::spawn_blocking(move || folder.checkpoint()).await.map_err(Problem::internal)?;
    let note = read.map_err(Problem::internal)?.ok_or_else(Problem::absent)?;
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, BRIEFLY)];
    Ok((headers, note).into_response())
}

async fn tile(
    State(app): State<App>,
    Path((level, index)): Path<(String, String)>,
) -> Result<Response, Problem> {
    piece(&app, Piece::parse(&level, &index), FOREVER).await
}

async fn entries(State(app): State<App>, Path(index): Path<String>) -> Result<Response, Problem> {
    piece(&app, Piece::parse("entries", &index), FOREVER_OWN).await
}

async fn piece(app: &App, piece: Option<Piece>, kept: &'static str) -> Result<Response, Problem> {
    let folder = app.service::<Folder>()?;
    let piece = piece.ok_or_else(Problem::absent)?;
    let read = tokio::task::spawn_blocking(move || folder.read(piece)).await.map_err(Problem::internal)?;
    let bytes = read.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Problem::absent(),
        _ => Problem::internal(error),
    })?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
    ];
    Ok((headers, bytes).into_response())
}
