//! The server's own addresses: health, metrics, files of pages, the API's document and its page.

use super::problem::{Problem, ProblemBody};
use crate::access::{Assurance, Direction, Permission, Role};
use crate::app::App;
use crate::assets;
use crate::feature::{self, Feature, Route};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};

static HEALTH: Permission = open("platform.health.read");
static METRICS: Permission = open("platform.metrics.read");
static DOCUMENT: Permission = open("platform.api_document.read");
static FILES: Permission = open("platform.files.read");

const fn open(name: &'static str) -> Permission {
    Permission { name, direction: Direction::Reading, assurance: Assurance::NONE, roles: Role::ALL }
}

/// Health, metrics, files, API document.
pub static FEATURE: Feature = Feature {
    name: "platform",
    routes: || {
        vec![
            Route::get("/healthz", &HEALTH, healthz).unattended(),
            Route::get("/readyz", &HEALTH, readyz).unattended(),
            Route::get("/metrics", &METRICS, metrics).unattended(),
            Route::get(assets::ROUTE, &FILES, assets::serve).unattended(),
            Route::get("/v1/openapi.json", &DOCUMENT, document).unattended(),
            Route::get("/v1/docs", &DOCUMENT, || async { Redirect::to("/v1/docs/") }).unattended(),
            Route::get("/v1/docs/", &DOCUMENT, docs_index).unattended(),
            Route::get("/v1/docs/{*file}", &DOCUMENT, docs_file).unattended(),
        ]
    },
    permissions: &[&HEALTH, &METRICS, &FILES, &DOCUMENT],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    tables: &["audit_entries", "audit_concerns", "outbox", "jobs"],
    ..Feature::EMPTY
};

/// Red: only a restart can help.
async fn healthz(State(app): State<App>) -> Response {
    report(app.health.reasons(), &app)
}

/// Red: send no traffic now.
async fn readyz(State(app): State<App>) -> Response {
    let mut reasons = app.health.reasons();
    if reasons.is_empty() && !app.health.is_ready() {
        reasons.insert("server", "starting or stopping".to_owned());
    }
    if let Err(error) = app.db.ping().await {
        tracing::warn!(%error, "the database does not answer");
        reasons.insert("database", "does not answer".to_owned());
    }
    report(reasons, &app)
}

fn report(reasons: std::collections::BTreeMap<&'static str, String>, app: &App) -> Response {
    let degraded = app.health.degradations();
    let (code, status) = match (reasons.is_empty(), degraded.is_empty()) {
        (true, true) => (StatusCode::OK, "ok"),
        (true, false) => (StatusCode::OK, "degraded"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "failed"),
    };
    let body = serde_json::json!({ "status": status, "reasons": reasons, "degraded": degraded }).to_string();
    let mut response = (code, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    super::no_store(response.headers_mut());
    response
}

async fn metrics(State(app): State<App>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, app.metrics.render()).into_response()
}

pub(crate) fn openapi_base() -> OpenApi {
    let info = InfoBuilder::new().title("Cardea").version(env!("CARGO_PKG_VERSION")).build();
    let (name, schema) =
        (<ProblemBody as utoipa::ToSchema>::name(), <ProblemBody as utoipa::PartialSchema>::schema());
    let components = ComponentsBuilder::new().schema(name, schema).build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

async fn document(State(app): State<App>) -> Response {
    match feature::openapi(&app.features).to_json() {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => Problem::internal(error).into_response(),
    }
}

async fn docs_index() -> Result<Response, Problem> {
    docs("index.html")
}

async fn docs_file(Path(file): Path<String>) -> Result<Response, Problem> {
    docs(&file)
}

fn docs(file: &str) -> Result<Response, Problem> {
    let config = Arc::new(utoipa_swagger_ui::Config::from("/v1/openapi.json"));
    let found = utoipa_swagger_ui::serve(file, config).map_err(Problem::internal)?;
    let found = found.ok_or_else(Problem::absent)?;
    Ok(([(header::CONTENT_TYPE, found.content_type)], found.bytes.into_owned()).into_response())
}
