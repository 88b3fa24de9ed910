//! The log over the API: the same search, for programs of the issuer that keep or watch it.

use super::super::access;
use super::super::service::{Wanted, entries};
use crate::authorizations::ApiProblems;
use axum::extract::State;
use kernel::{CustomerId, Fault, Timestamp};
use platform::access::Caller;
use platform::app::App;
use platform::audit::{Found, Outcome, Search};
use platform::feature::Route;
use platform::http::extract::{Json, Query};
use platform::http::page::{PageQuery, PageRequest, Paged};
use platform::http::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi as _;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/v1/audit-entries", &access::READ, list)]
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(list), components(schemas(EntryView)))]
struct Document;

pub(in super::super) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// What is looked for; what is absent matches everything.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct EntriesQuery {
    /// Entries that concern this customer or one of their accounts.
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// By this actor: an id, `network` or `system`.
    actor: Option<String>,
    /// This act, such as `cards.card.frozen`.
    act: Option<String>,
    /// `done` or `refused`.
    outcome: Option<String>,
    /// Not before this moment, RFC 3339.
    from: Option<String>,
    /// Before this moment, RFC 3339.
    until: Option<String>,
}

/// One entry of the log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct EntryView {
    /// Its number; later entries have higher ones.
    id: String,
    /// When, RFC 3339.
    at: String,
    /// Who: the id of a customer, a member of staff or a key; `network`, `system` or `nobody`.
    actor: String,
    /// What.
    act: String,
    /// To what.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// `done` or `refused`.
    outcome: &'static str,
    /// Whose data: ids of customers and accounts.
    concerns: Vec<String>,
    /// `app`, `desk`, `api`, `network`, `console` or `job`.
    channel: String,
    /// The session or key it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// Facts of the act, where it has some.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    detail: serde_json::Value,
    /// Its place in the tree, once it was integrated.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf_index: Option<i64>,
}

impl From<Found> for EntryView {
    fn from(entry: Found) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.at.to_jiff().map(|at| at.to_string()).unwrap_or_default(),
            actor: entry.actor,
            act: entry.act,
            subject: entry.subject,
            outcome: entry.outcome.word(),
            concerns: entry.concerns,
            channel: entry.channel,
            origin: entry.origin,
            detail: entry.detail,
            leaf_index: entry.leaf_index,
        }
    }
}

fn moment(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let at: jiff::Timestamp = text.parse().map_err(|_| {
        Problem::new(Fault::Invalid, "field_invalid")
            .at(format!("query {name}"))
            .detail("A moment is written as RFC 3339: 2026-03-12T20:14:36Z.")
    })?;
    Ok(Some(Timestamp::from_us(at.as_microsecond())))
}

/// Entries of the log, newest first. Reading them is itself an entry.
#[utoipa::path(
    get, path = "/v1/audit-entries", tag = "audit_log", security(("api_key" = [])),
    params(EntriesQuery, PageQuery),
    responses((status = 200, description = "One piece of the list", body = Paged<EntryView>), ApiProblems)
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<EntriesQuery>,
    page: PageRequest,
) -> Result<Json<Paged<EntryView>>, Problem> {
    let outcome = query.outcome.as_deref().map(|word| {
        Outcome::from_word(word).ok_or_else(|| {
            Problem::new(Fault::Invalid, "field_invalid")
                .at("query outcome")
                .detail("An outcome is done or refused.")
        })
    });
    let search = Search {
        actor: query.actor,
        acts: query.act.into_iter().collect(),
        outcome: outcome.transpose()?,
        from: moment("from", query.from.as_deref())?,
        until: moment("until", query.until.as_deref())?,
        before: page.after(),
        rows_max: page.fetch(),
        ..Search::default()
    };
    let wanted = Wanted { people: query.customer.into_iter().collect(), search };
    let found = entries(&app, &caller, &wanted).await?;
    Ok(Json(page.cut(found, |entry| entry.id).map(EntryView::from)))
}
