//! The API of cases: open, read, act, the open cases of a kind, and why a clock is due when it is.

use super::super::access;
use super::super::model::{By, Opening, Request, Seen};
use super::super::rules::{Sign, complaint_signs};
use super::super::service::Cases;
use super::super::store::CaseRow;
use crate::authorizations::ApiProblems;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use cases::{Act, Event, Fields, Offer, Pending, Reading, Stretch};
use kernel::{CaseId, CustomerId, Timestamp};
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Json, Path, Query};
use platform::http::idempotency::{NamedRequest, NotKept, Operation};
use platform::http::page::{PageQuery, PageRequest, Paged};
use platform::http::problem::Problem;
use platform::text::FreeText;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::OpenApi as _;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/cases", &access::READ, list),
        Route::post("/v1/cases", &access::OPEN, open),
        Route::get("/v1/cases/{case}", &access::READ, read),
        Route::post("/v1/cases/{case}/acts", &access::ACT, act),
        Route::get("/v1/cases/{case}/clocks/{clock}", &access::READ, explain),
        Route::post("/v1/cases/recognitions", &access::OPEN, recognise),
    ]
}

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(list, open, read, act, explain, recognise),
    tags((name = "cases", description = "Cases: states, clocks, four eyes"))
)]
struct Document;

pub(in super::super) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A case to be opened.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "complaint", "pack": "cn", "customer": "cust_0000000000000",
    "fields": { "complaint.channel": { "as": "word", "is": "mail" } }
}))]
struct OpeningBody {
    /// The kind, such as `complaint`.
    kind: String,
    /// The pack of clocks, where the kind has some, such as `uk`.
    pack: Option<String>,
    /// Whose matter.
    #[schema(value_type = String)]
    customer: CustomerId,
    /// What is known at the beginning, by field: `{"as": "word", "is": "mail"}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: Fields,
}

/// An act on a case.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "expected_version": 1, "act": { "act": "note", "text": "Called back." } }))]
struct ActBody {
    /// What: `{"act": "move", "transition": "acknowledge", "input": {}, "reason": null}`, `note`, `claim` and so on.
    #[schema(value_type = Object)]
    act: Act,
    /// The version of the case that was seen; may be absent for a note, a document and a link.
    expected_version: Option<u64>,
}

/// Which cases.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// The kind, such as `complaint`.
    kind: String,
}

/// A case in a list.
#[derive(Serialize, utoipa::ToSchema)]
struct CaseLine {
    /// Its id.
    #[schema(value_type = String, example = "case_0000000000000")]
    id: CaseId,
    /// Its kind.
    kind: String,
    /// Whose matter.
    #[schema(value_type = String)]
    customer: CustomerId,
    /// Its state.
    state: String,
    /// The number of its events.
    version: i64,
    /// To whom it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    /// When it began (RFC 3339).
    opened_at: String,
    /// When the first of its running clocks is due (RFC 3339); absent where none runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
}

impl From<CaseRow> for CaseLine {
    fn from(row: CaseRow) -> Self {
        Self {
            id: CaseId::from_raw(row.id),
            kind: row.kind,
            customer: CustomerId::from_raw(row.customer),
            state: row.state,
            version: row.version,
            assignee: row.assignee,
            opened_at: rfc3339(Timestamp::from_us(row.opened_at)).unwrap_or_default(),
            due_at: rfc3339(Timestamp::from_us(row.due_at)),
        }
    }
}

/// A clock of a case.
#[derive(Serialize, utoipa::ToSchema)]
struct ClockView {
    /// When it started (RFC 3339).
    started_at: Option<String>,
    /// When it is due; while it stands still: if it went on now.
    due_at: Option<String>,
    /// The span that holds, such as `15 bd`.
    span: String,
    /// What is left of it, seconds of the clock's own time.
    remaining_s: i64,
    /// Whether it stands still.
    paused: bool,
    /// When what it waits for was done.
    stopped_at: Option<String>,
    /// The due date, once it has passed.
    breached_at: Option<String>,
    /// Holidays are not known as far as the due date.
    provisional: bool,
}

impl From<Reading> for ClockView {
    fn from(reading: Reading) -> Self {
        Self {
            started_at: rfc3339(reading.started_at),
            due_at: reading.due_at.and_then(rfc3339),
            span: reading.span.to_string(),
            remaining_s: reading.remaining_us / kernel::SECOND_US,
            paused: reading.paused,
            stopped_at: reading.stopped_at.and_then(rfc3339),
            breached_at: reading.breached_at.and_then(rfc3339),
            provisional: reading.provisional,
        }
    }
}

/// A transition that waits for approval.
#[derive(Serialize, utoipa::ToSchema)]
struct PendingView {
    /// Its id in this case.
    id: u64,
    /// The transition.
    transition: String,
    /// Its fields.
    #[schema(value_type = Object)]
    input: Fields,
    /// Who asked.
    maker: String,
    /// How many agreed to what it is now.
    votes: usize,
    /// What a vote has to name as `seen`.
    content: String,
    /// Until when it waits (RFC 3339).
    expires_at: Option<String>,
}

/// A case with everything about it.
#[derive(Serialize, utoipa::ToSchema)]
struct CaseView {
    /// Its id.
    #[schema(value_type = String, example = "case_0000000000000")]
    id: CaseId,
    /// Its kind.
    kind: String,
    /// The version of its definition.
    def_version: u32,
    /// The pack of clocks.
    pack: Option<String>,
    /// Whose matter.
    #[schema(value_type = String)]
    customer: CustomerId,
    /// Its state.
    state: String,
    /// The number of its events; what acts name as `expected_version`.
    version: u64,
    /// To whom it was given.
    assignee: Option<String>,
    /// Its fields.
    #[schema(value_type = Object)]
    fields: Fields,
    /// Its clocks, by name.
    clocks: BTreeMap<String, ClockView>,
    /// What waits for approval.
    pending: Vec<PendingView>,
    /// What may be done, and what is in the way of the rest.
    #[schema(value_type = Vec<Object>)]
    offers: Vec<Offer>,
    /// What happened, in order.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Event>,
}

impl From<Seen> for CaseView {
    fn from(seen: Seen) -> Self {
        let case = seen.case;
        let pending = case.pending.iter().map(|pending| waiting(&case, pending)).collect();
        Self {
            id: seen.id,
            customer: seen.customer,
            version: case.version,
            assignee: case.assignee.map(|assignee| assignee.to_string()),
            clocks: seen.clocks.into_iter().map(|(name, reading)| (name, reading.into())).collect(),
            pending,
            offers: seen.offers,
            events: seen.events,
            kind: case.kind,
            def_version: case.def_version,
            pack: case.pack,
            state: case.state,
            fields: case.fields,
        }
    }
}

/// Where a case stands after what was done. Whatever else there is to know of it is read, and its reading is in the log.
#[derive(Serialize, utoipa::ToSchema)]
struct StandView {
    /// Its id.
    #[schema(value_type = String, example = "case_0000000000000")]
    id: CaseId,
    /// The number of its events; what the next act names as `expected_version`.
    version: i64,
    /// Its state.
    state: String,
}

impl From<CaseRow> for StandView {
    fn from(row: CaseRow) -> Self {
        Self { id: CaseId::from_raw(row.id), version: row.version, state: row.state }
    }
}

fn waiting(case: &cases::Case, pending: &Pending) -> PendingView {
    PendingView {
        id: pending.id,
        transition: pending.transition.clone(),
        input: pending.input.clone(),
        maker: pending.maker.to_string(),
        votes: pending.votes.len(),
        content: pending.content_now(case).to_string(),
        expires_at: rfc3339(pending.expires_at),
    }
}

/// Why a clock is due when it is.
#[derive(Serialize, utoipa::ToSchema)]
struct ExplanationView {
    /// The clock.
    clock: ClockView,
    /// Stretches of time from its start to its due date or its stop, with why each counted or not.
    #[schema(value_type = Vec<Object>)]
    stretches: Vec<Stretch>,
}

fn rfc3339(at: Timestamp) -> Option<String> {
    at.to_jiff().map(|at| at.to_string())
}

/// Open cases of a kind, the ones that are due first. Empty where the key has no part in the kind; `cursor_invalid` where
/// the last case of the piece before has ended meanwhile.
#[utoipa::path(
    get, path = "/v1/cases", tag = "cases", security(("api_key" = [])), params(ListQuery, PageQuery),
    responses((status = 200, description = "One piece of the list", body = Paged<CaseLine>), ApiProblems)
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    page: PageRequest,
) -> Result<Json<Paged<CaseLine>>, Problem> {
    let cases = Cases::of(&app)?;
    let by = By::from(&caller);
    let rows = cases.queue(&by, &query.kind, page.after(), page.fetch()).await?;
    let piece = page.cut(rows, |row| row.id);
    cases.note_listed(&by, &query.kind, &piece.data).await?;
    Ok(Json(piece.map(CaseLine::from)))
}

/// Opens a case.
#[utoipa::path(
    post, path = "/v1/cases", tag = "cases", security(("api_key" = [])), request_body = OpeningBody,
    params(NamedRequest),
    responses((status = 201, description = "Where the case stands", body = StandView), ApiProblems)
)]
async fn open(
    State(app): State<App>,
    caller: Caller,
    Extension(operation): Extension<Operation>,
    Json(body): Json<OpeningBody>,
) -> Result<(StatusCode, Json<StandView>), Problem> {
    let (cases, by, id) = (Cases::of(&app)?, By::from(&caller), CaseId::from_raw(operation.id));
    let opening = Opening { kind: body.kind, pack: body.pack, customer: body.customer, fields: body.fields };
    let id = cases.open(&by, id, operation.id, &opening).await?;
    Ok((StatusCode::CREATED, Json(cases.stands(&by, id).await?.into())))
}

/// A case: fields, clocks, what waits for approval, what may be done, what happened. Reading it is in the log.
#[utoipa::path(
    get, path = "/v1/cases/{case}", tag = "cases", security(("api_key" = [])),
    params(("case" = String, Path, description = "Its id")),
    responses((status = 200, description = "The case", body = CaseView), ApiProblems)
)]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CaseId>,
) -> Result<Json<CaseView>, Problem> {
    Ok(Json(Cases::of(&app)?.read(&By::from(&caller), id).await?.into()))
}

/// Acts on a case. What is in the way comes back as the problem's `code`, all of it in `detail`.
#[utoipa::path(
    post, path = "/v1/cases/{case}/acts", tag = "cases", security(("api_key" = [])), request_body = ActBody,
    params(
        ("case" = String, Path, description = "Its id"),
        NamedRequest
    ),
    responses((status = 200, description = "Where the case stands after it", body = StandView), ApiProblems)
)]
async fn act(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CaseId>,
    Extension(operation): Extension<Operation>,
    Json(body): Json<ActBody>,
) -> Result<Json<StandView>, Problem> {
    let (cases, by) = (Cases::of(&app)?, By::from(&caller));
    let request = Request { act: body.act, expected_version: body.expected_version, request: operation.id };
    cases.apply(&by, id, &request).await?;
    Ok(Json(cases.stands(&by, id).await?.into()))
}

/// Why a clock is due when it is: each stretch of time that counted, and each that did not.
#[utoipa::path(
    get, path = "/v1/cases/{case}/clocks/{clock}", tag = "cases", security(("api_key" = [])),
    params(("case" = String, Path, description = "Its id"), ("clock" = String, Path, description = "Its name")),
    responses((status = 200, description = "The explanation", body = ExplanationView), ApiProblems)
)]
async fn explain(
    State(app): State<App>,
    caller: Caller,
    Path((id, clock)): Path<(CaseId, String)>,
) -> Result<Json<ExplanationView>, Problem> {
    let cases = Cases::of(&app)?;
    let mut seen = cases.read(&By::from(&caller), id).await?;
    let reading = seen.clocks.remove(&clock).ok_or_else(Problem::absent)?;
    Ok(Json(ExplanationView { clock: reading.into(), stretches: cases.explain(&seen, &clock) }))
}

/// Words that somebody typed, in a message, a chat or a form.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "Why was I charged twice for the same coffee?" }))]
struct RecognitionBody {
    /// The words; nothing of them is kept.
    #[schema(value_type = String)]
    text: FreeText,
}

/// Whether words are a complaint.
#[derive(Serialize, utoipa::ToSchema)]
struct RecognitionView {
    /// Whether they are one: ask the person, then open it.
    complaint: bool,
    /// By which words, and what each says.
    signs: Vec<Sign>,
}

/// Whether words are a complaint, also when typed as a question. Nothing is opened and nothing is kept.
#[utoipa::path(
    post, path = "/v1/cases/recognitions", tag = "cases", security(("api_key" = [])),
    request_body = RecognitionBody,
    params(NamedRequest),
    responses((status = 200, description = "What was recognised", body = RecognitionView), ApiProblems)
)]
async fn recognise(
    _caller: Caller,
    Json(body): Json<RecognitionBody>,
) -> (Extension<NotKept>, Json<RecognitionView>) {
    let signs = complaint_signs(body.text.reveal());
    (Extension(NotKept), Json(RecognitionView { complaint: !signs.is_empty(), signs }))
}
