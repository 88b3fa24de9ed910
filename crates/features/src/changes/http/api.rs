//! The API of changes: a customer's changes, what one would do, stopping one, and checking a value. A program can't ask for
//! a change: its owner signs it.

use super::super::access;
use super::super::error::ChangeError;
use super::super::model::{Change, Field, State as Standing, Value, value};
use super::super::rules::{Finding, Sign};
use super::super::service::Changes;
use crate::authorizations::ApiProblems;
use axum::extract::State;
use kernel::{ChangeId, CustomerId, Masked, Timestamp};
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Json, Path};
use platform::http::idempotency::NamedRequest;
use platform::http::page::{PageRequest, Paged};
use platform::http::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi as _;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/customers/{customer}/changes", &access::READ, list),
        Route::post("/v1/customers/{customer}/changes/previews", &access::READ, preview),
        Route::post("/v1/customers/{customer}/changes/{change}/stop", &access::STOP_FOR, stop),
        Route::post("/v1/detail-checks", &access::CHECK, check),
    ]
}

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(list, preview, stop, check),
    tags((name = "changes", description = "Changes of what is known of a customer: waiting, made, stopped, undone"))
)]
struct Document;

pub(in super::super) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A change, its values masked.
#[derive(Serialize, utoipa::ToSchema)]
struct ChangeView {
    /// Its id.
    #[schema(value_type = String, example = "chan_0000000000000")]
    id: ChangeId,
    /// Of what.
    field: Field,
    /// Where it stands.
    state: Standing,
    /// What it was, masked.
    from: String,
    /// What it becomes, masked.
    to: String,
    /// When it was asked for (RFC 3339).
    requested_at: String,
    /// Not made before (RFC 3339).
    due_at: String,
    /// When it was made (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    made_at: Option<String>,
    /// Until when it can be undone (RFC 3339).
    undo_until: String,
    /// When it was stopped, undone or overtaken (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// What made the wait longer.
    signs: Vec<Sign>,
    /// Whether somebody with the code of a notice said that it was not they.
    disowned: bool,
}

fn time(at: Timestamp) -> String {
    at.to_jiff().map(|at| at.to_string()).unwrap_or_default()
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        Self {
            id: change.id,
            field: change.field,
            state: change.state,
            from: change.from.masked(),
            to: change.to.masked(),
            requested_at: time(change.requested_at),
            due_at: time(change.due_at),
            made_at: change.made_at.map(time),
            undo_until: time(change.undo_until),
            ended_at: change.ended_at.map(time),
            signs: change.signs,
            disowned: change.disowned_at.is_some(),
        }
    }
}

/// A customer's changes.
#[derive(Serialize, utoipa::ToSchema)]
struct ChangesView {
    /// Newest first.
    data: Vec<ChangeView>,
    /// For the next piece; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The changes of a customer that were signed, newest first.
#[utoipa::path(
    get, path = "/v1/customers/{customer}/changes", tag = "changes", security(("api_key" = [])),
    params(
        ("customer" = String, Path, description = "The customer"),
        ("cursor" = Option<String>, Query, description = "From the piece before"),
        ("limit" = Option<i64>, Query, description = "How many, 1 to 100")
    ),
    responses((status = 200, description = "The changes", body = ChangesView), ApiProblems)
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(customer): Path<CustomerId>,
    page: PageRequest,
) -> Result<Json<ChangesView>, Problem> {
    let found = Changes::of(&app)?.read_for(&caller, customer, (page.after(), page.fetch())).await?;
    let found: Paged<ChangeView> = page.cut(found, |change| change.id.raw()).map(ChangeView::from);
    Ok(Json(ChangesView { data: found.data, next_cursor: found.next_cursor }))
}

/// A new value: `phone`, `email` and `language` have one text, `address` two, street and city.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "field": "phone", "texts": ["+8613800000000"] }))]
struct WantedBody {
    /// Which field.
    field: Field,
    /// Its texts.
    #[schema(value_type = Vec<String>, max_items = 2)]
    texts: Vec<Masked>,
}

/// What a change would do.
#[derive(Serialize, utoipa::ToSchema)]
struct PreviewView {
    /// Of what.
    field: Field,
    /// What it is, masked.
    from: String,
    /// What it would be, masked.
    to: String,
    /// How long it would wait, seconds.
    delay_s: i64,
    /// When it would be made, if it were signed now (RFC 3339).
    due_at: String,
    /// Until when it could be undone (RFC 3339).
    undo_until: String,
    /// What makes the wait longer.
    signs: Vec<Sign>,
}

fn wanted(field: Field, texts: &[Masked]) -> Result<Value, ChangeError> {
    if matches!(field, Field::Name | Field::Document) {
        return Err(ChangeError::Evidence);
    }
    let texts: Vec<String> = texts.iter().map(|text| text.reveal().trim().to_owned()).collect();
    value(field, &texts).ok_or(ChangeError::Unread(field))
}

/// What a change would do, as its owner is shown it. Nothing is asked for by it.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/changes/previews", tag = "changes", request_body = WantedBody,
    security(("api_key" = [])),
    params(
        ("customer" = String, Path, description = "The customer"),
        NamedRequest
    ),
    responses((status = 200, description = "What it would do", body = PreviewView), ApiProblems)
)]
async fn preview(
    State(app): State<App>,
    caller: Caller,
    Path(customer): Path<CustomerId>,
    Json(body): Json<WantedBody>,
) -> Result<Json<PreviewView>, Problem> {
    let changes = Changes::of(&app)?;
    changes.note_preview(&caller, customer, body.field).await?;
    let to = wanted(body.field, &body.texts)?;
    let preview = changes.preview(customer, body.field, to).await?;
    Ok(Json(PreviewView {
        field: preview.field,
        from: preview.from.masked(),
        to: preview.to.masked(),
        delay_s: preview.plan.delay_us / kernel::SECOND_US,
        due_at: time(preview.due_at),
        undo_until: time(preview.undo_until),
        signs: preview.plan.signs,
    }))
}

/// Stop a change that waits. A second time changes nothing; one that was made is 409.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/changes/{change}/stop", tag = "changes", security(("api_key" = [])),
    params(
        ("customer" = String, Path, description = "The customer"),
        ("change" = String, Path, description = "The change"),
        NamedRequest
    ),
    responses((status = 200, description = "It is stopped", body = ChangeView), ApiProblems)
)]
async fn stop(
    State(app): State<App>,
    caller: Caller,
    Path((customer, change)): Path<(CustomerId, ChangeId)>,
) -> Result<Json<ChangeView>, Problem> {
    let changes = Changes::of(&app)?;
    changes.stop(&caller, customer, change).await?;
    Ok(Json(changes.change_of(customer, change).await?.into()))
}

/// A value to be checked.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "field": "document", "country": 344, "texts": ["A123456(3)"] }))]
struct CheckBody {
    /// Which field.
    field: Field,
    /// ISO 3166 numeric; documents have their rules by country.
    #[schema(minimum = 0, maximum = 999)]
    country: u16,
    /// Its texts: one; for `address` street and city, for `name` the own script and the Latin form.
    #[schema(value_type = Vec<String>, max_items = 2)]
    texts: Vec<Masked>,
}

/// What a check found.
#[derive(Serialize, utoipa::ToSchema)]
struct CheckView {
    /// Whether the value can be taken.
    good: bool,
    /// What is wrong, with the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<Finding>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// How many customers have it, 20 at most.
    known: usize,
}

/// Check a value before it is taken: its shape, its check digit, its script, and whether customers have it. A right check
/// digit proves nothing about who somebody is.
#[utoipa::path(
    post, path = "/v1/detail-checks", tag = "changes", request_body = CheckBody, security(("api_key" = [])),
    params(NamedRequest),
    responses((status = 200, description = "What was found", body = CheckView), ApiProblems)
)]
async fn check(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CheckBody>,
) -> Result<Json<CheckView>, Problem> {
    let subject = (body.field, body.country);
    let (finding, known) = Changes::of(&app)?.check_value(&caller, subject, &body.texts).await?;
    let remedy = finding.map(|finding| platform::i18n::t(caller.locale, &finding.remedy.key(), &[]));
    Ok(Json(CheckView { good: finding.is_none(), finding, remedy, known }))
}
