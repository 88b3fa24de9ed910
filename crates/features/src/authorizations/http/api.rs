//! The API of authorizations: the same engine that card networks ask, over HTTP.
//!
//! A request is run once by the boundary, which keeps its answer. That answer is stored after the engine's commit,
//! and a crash may fall between the two; so the engine's own trace numbers follow from the API key and the
//! Idempotency-Key, and the second run of the same request is a repeat to the engine too.

use super::ApiProblems;
use super::answers::{self, AnswerView, AuthorizationView, ExplainedView, FraudReportView, ReversalView};
use super::bodies::{AdviceBody, CaptureBody, FraudReportBody, PaymentBody, ReversalBody};
use super::explanation::{self, DecisionView};
use super::trace::trace_of;
use crate::authorizations::access;
use crate::authorizations::engine::Engine;
use crate::authorizations::error::AuthorizationError;
use crate::authorizations::events::{FRAUD_REPORTED, PAYMENT_READ};
use crate::authorizations::intake::{Intake, RawMessage};
use crate::authorizations::model::{
    AccountCommand, Amounts, Answer, AuthorizationRequest, AuthorizationRow, Class, CommandOutcome,
    HoldState, Original, Proofs, Reason,
};
use crate::authorizations::store::{account_state, authorization, card_key, chain_page, label_in_tx};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use kernel::{AccountId, AuthorizationId, CardId, Currency, Fault, Money};
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::feature::Route;
use platform::http::extract::{Json, Path};
use platform::http::idempotency::{NamedRequest, Operation};
use platform::http::page::{PageQuery, PageRequest, Paged};
use platform::http::problem::Problem;
use platform::outbox::Event;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

/// The header with the issuer's answer to the chip, field 55 in hexadecimal digits.
const CHIP_DATA: HeaderName = HeaderName::from_static("chip-data");

/// What a payment is answered with.
type Decision = (StatusCode, HeaderMap, Json<AnswerView>);

pub(in super::super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/authorizations", &access::SUBMIT, authorize),
        Route::get("/v1/authorizations/{authorization}", &access::READ, read),
        Route::post("/v1/authorizations/{authorization}/reversals", &access::SUBMIT, reverse),
        Route::post("/v1/authorizations/{authorization}/captures", &access::SUBMIT, capture),
        Route::post("/v1/authorizations/{authorization}/fraud-reports", &access::REPORT, report),
        Route::post("/v1/advices", &access::SUBMIT, advise),
        Route::get("/v1/accounts/{account}/authorizations", &access::READ, of_account),
        Route::get("/v1/decisions/{authorization}", &access::READ, decision),
    ]
}

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(authorize, read, reverse, capture, report, advise, of_account, decision),
    modifiers(&ApiKey),
    tags((name = "authorizations", description = "Payments: ask, advise, reverse, capture, explain"))
)]
struct Document;

/// The way a program proves who it is.
struct ApiKey;

impl utoipa::Modify for ApiKey {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key: Authorization: Bearer ck_…"))
            .build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("api_key", SecurityScheme::Http(bearer));
    }
}

pub(in super::super) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// Ask whether a payment may go on. A decline is an answer, not an error: 201 either way.
#[utoipa::path(
    post, path = "/v1/authorizations", tag = "authorizations", request_body = PaymentBody,
    params(NamedRequest),
    security(("api_key" = [])),
    responses(
        (status = 201, description = "Decided, and durable", body = AnswerView,
         headers(("Chip-Data" = String, description = "The answer to the chip, where chip data came"))),
        ApiProblems
    )
)]
async fn authorize(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(body): Json<PaymentBody>,
) -> Result<Decision, Problem> {
    let arrived_us = app.clock().monotonic_us();
    let own = trace_of(&caller, &headers);
    let message = body.into_message(Class::Authorization, own, arrived_us, "")?;
    decide(&app, message).await
}

/// Tell of a payment that was decided elsewhere. It is recorded, even over the limit.
#[utoipa::path(
    post, path = "/v1/advices", tag = "authorizations", request_body = AdviceBody,
    params(NamedRequest),
    security(("api_key" = [])),
    responses((status = 201, description = "Taken note of", body = AnswerView), ApiProblems)
)]
async fn advise(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(body): Json<AdviceBody>,
) -> Result<Decision, Problem> {
    let arrived_us = app.clock().monotonic_us();
    let own = trace_of(&caller, &headers);
    let message = body.payment.into_message(Class::Advice, own, arrived_us, "/payment")?;
    decide(&app, RawMessage { approved_elsewhere: body.approved, ..message }).await
}

/// One authorization, with its decision explained.
#[utoipa::path(
    get, path = "/v1/authorizations/{authorization}", tag = "authorizations", security(("api_key" = [])),
    params(("authorization" = String, Path, description = "Its id")),
    responses((status = 200, description = "The authorization", body = ExplainedView), ApiProblems)
)]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AuthorizationId>,
) -> Result<Json<ExplainedView>, Problem> {
    let row = found(&app, id).await?;
    note_read(&app, &caller, id, AccountId::from_raw(row.account)).await?;
    let decision = explanation::explain(&app.db, &row).await?;
    Ok(Json(ExplainedView { authorization: view(&app, &row).await?, decision }))
}

/// The decision of one authorization, explained.
#[utoipa::path(
    get, path = "/v1/decisions/{authorization}", tag = "authorizations", security(("api_key" = [])),
    params(("authorization" = String, Path, description = "Id of the authorization")),
    responses((status = 200, description = "The decision", body = DecisionView), ApiProblems)
)]
async fn decision(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AuthorizationId>,
) -> Result<Json<DecisionView>, Problem> {
    let row = found(&app, id).await?;
    note_read(&app, &caller, id, AccountId::from_raw(row.account)).await?;
    Ok(Json(explanation::explain(&app.db, &row).await?))
}

/// The authorizations of an account, newest first.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/authorizations", tag = "authorizations", security(("api_key" = [])),
    params(("account" = String, Path, description = "Id of the account"), PageQuery),
    responses((status = 200, description = "One piece of the list", body = Paged<AuthorizationView>), ApiProblems)
)]
async fn of_account(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
    page: PageRequest,
) -> Result<Json<Paged<AuthorizationView>>, Problem> {
    let state = account_state(&app.db, id).await?.ok_or_else(Problem::absent)?;
    let from = page.after().unwrap_or(state.head);
    let rows = chain_page(&app.db, from, page.fetch()).await?;
    // A cursor names a record of the chain; one of another account's chain must not open it.
    if rows.iter().any(|row| row.account != id.raw()) {
        return Err(Problem::new(Fault::Invalid, "cursor_invalid")
            .at("query cursor")
            .detail("The cursor belongs to another list."));
    }
    note_read(&app, &caller, id, id).await?;
    let piece = page.cut(rows, |row| row.previous);
    Ok(Json(piece.map(|row| AuthorizationView::of(&row, Some(state.currency)))))
}

/// Writes down that payments of `whose` were read, before any of them is given.
async fn note_read(
    app: &App,
    caller: &Caller,
    what: impl std::fmt::Display,
    whose: AccountId,
) -> Result<(), Problem> {
    Ok(audit::record(&app.db, caller.entry(PAYMENT_READ).subject(what).concerns(whose)).await?)
}

/// Undo a payment, in full or in part.
#[utoipa::path(
    post, path = "/v1/authorizations/{authorization}/reversals", tag = "authorizations",
    request_body = ReversalBody, security(("api_key" = [])),
    params(
        ("authorization" = String, Path, description = "Id of the payment"),
        NamedRequest
    ),
    responses((status = 201, description = "Given back, and durable", body = ReversalView), ApiProblems)
)]
async fn reverse(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<AuthorizationId>,
    Json(body): Json<ReversalBody>,
) -> Result<(StatusCode, Json<ReversalView>), Problem> {
    let row = payment(&app, id).await?;
    let asked = Currency::from_numeric(row.facts.currency).map_err(Problem::internal)?;
    let whole = Money::new(row.facts.amount_minor, asked);
    let remaining = body.remaining.map(|body| body.money("/remaining")).transpose()?;
    if let Some(remaining) = remaining {
        let smaller = remaining.currency() == asked && remaining.minor() < whole.minor();
        if !smaller {
            return Err(Problem::new(Fault::Invalid, "amount_invalid").at("/remaining").detail(format!(
                "What remains is less than the {whole} of the payment, in the same currency."
            )));
        }
    }
    let key = card_key(&app.db, CardId::from_raw(row.card)).await?.ok_or_else(Problem::absent)?;
    let now = app.now();
    let answer = app
        .service::<Engine>()?
        .authorize(AuthorizationRequest {
            class: Class::Reversal,
            purpose: row.facts.purpose,
            card: key,
            range: 0,
            proofs: Proofs::default(),
            amounts: Amounts {
                transaction: whole,
                billing: None,
                remaining_minor: remaining.map(Money::minor),
            },
            at: now,
            at_arrival: false,
            arrived_us: app.clock().monotonic_us(),
            trace: trace_of(&caller, &headers),
            site: row.facts.site.clone(),
            channel: decision::Channel::Other,
            card_present: false,
            partial_ok: false,
            approved_elsewhere: false,
            original: Some(Original::Id(row.id)),
        })
        .await;
    let reversal = found(&app, recorded(&answer)?).await?;
    let currency = currency_of(&app, &row).await?.ok_or_else(Problem::absent)?;
    let view = ReversalView {
        id: AuthorizationId::from_raw(reversal.id),
        given_back: super::MoneyView::of(reversal.billing_minor, currency),
        authorization: AuthorizationView::of(&found(&app, id).await?, Some(currency)),
    };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Post a hold, in full or in part; the rest is released.
#[utoipa::path(
    post, path = "/v1/authorizations/{authorization}/captures", tag = "authorizations",
    request_body = CaptureBody, security(("api_key" = [])),
    params(
        ("authorization" = String, Path, description = "Id of the payment"),
        NamedRequest
    ),
    responses((status = 201, description = "Posted, and durable", body = AuthorizationView), ApiProblems)
)]
async fn capture(
    State(app): State<App>,
    caller: Caller,
    Extension(operation): Extension<Operation>,
    Path(id): Path<AuthorizationId>,
    Json(body): Json<CaptureBody>,
) -> Result<(StatusCode, Json<AuthorizationView>), Problem> {
    let row = payment(&app, id).await?;
    let currency = currency_of(&app, &row).await?.ok_or_else(Problem::absent)?;
    let amount = body.amount.map(|body| body.money("/amount")).transpose()?;
    if amount.is_some_and(|amount| amount.currency() != currency) {
        return Err(Problem::new(Fault::Invalid, "amount_invalid")
            .at("/amount/currency")
            .detail(format!("A capture is in the account's currency, {currency}.")));
    }
    let amount_minor = amount.map(Money::minor);
    let command = AccountCommand::Capture { authorization: id, amount_minor };
    let engine = app.service::<Engine>()?;
    let outcome =
        engine.command(AccountId::from_raw(row.account), command, caller.actor, caller.channel).await?;
    let now = found(&app, id).await?;
    // An earlier run of this very request may have posted it before its answer was kept.
    let posted_before = operation.again
        && now.state == HoldState::Captured
        && amount_minor.is_none_or(|minor| minor == now.posted_minor);
    match outcome {
        CommandOutcome::Applied | CommandOutcome::AlreadyApplied => {}
        _ if posted_before => {}
        CommandOutcome::Absent => {
            return Err(Problem::new(Fault::Conflict, "nothing_held").detail(
                "Nothing is held for this payment: it was declined, posted, reversed or has expired.",
            ));
        }
        CommandOutcome::Refused => {
            return Err(Problem::new(Fault::Conflict, "capture_too_large")
                .at("/amount")
                .detail("A capture is more than zero and at most what is held."));
        }
    }
    Ok((StatusCode::CREATED, Json(AuthorizationView::of(&now, Some(currency)))))
}

/// Say whether a payment was fraud. The last word counts.
#[utoipa::path(
    post, path = "/v1/authorizations/{authorization}/fraud-reports", tag = "authorizations",
    request_body = FraudReportBody, security(("api_key" = [])),
    params(
        ("authorization" = String, Path, description = "Id of the payment"),
        NamedRequest
    ),
    responses((status = 201, description = "Kept", body = FraudReportView), ApiProblems)
)]
async fn report(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AuthorizationId>,
    Json(body): Json<FraudReportBody>,
) -> Result<(StatusCode, Json<FraudReportView>), Problem> {
    let row = payment(&app, id).await?;
    let (at, source) = (app.now(), body.source.word());
    let account = AccountId::from_raw(row.account);
    let mut write = app.db.write().await?;
    label_in_tx(&mut write, id, at, body.fraud, source).await?;
    let told = serde_json::json!({
        "authorization": id, "account": account, "fraud": body.fraud, "source": source,
    });
    let event = Event { topic: FRAUD_REPORTED, object: id.to_string(), body: told.clone() };
    write.emit(event).await?;
    let entry = caller.entry(FRAUD_REPORTED).subject(id).concerns(account).detail(told);
    write.commit(entry).await?;
    let view = FraudReportView { authorization: id, fraud: body.fraud, source, at: answers::time(at) };
    Ok((StatusCode::CREATED, Json(view)))
}

/// The answer to the chip goes out in a header: bodies are kept for the next time the same request comes, and nothing
/// of a chip is stored.
async fn decide(app: &App, message: RawMessage) -> Result<Decision, Problem> {
    let (answer, chip) = app.service::<Intake>()?.authorize_chip(message).await;
    recorded(&answer)?;
    let digits = chip.map(|bytes| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>());
    let header = digits.and_then(|digits| HeaderValue::from_str(&digits).ok());
    let headers = header.map(|value| (CHIP_DATA, value)).into_iter().collect();
    Ok((StatusCode::CREATED, headers, Json(AnswerView::of(&answer))))
}

/// The record of an answer; a problem where nothing was recorded, so that the caller tries again.
fn recorded(answer: &Answer) -> Result<AuthorizationId, Problem> {
    answer.authorization.ok_or_else(|| match answer.reason {
        Reason::Mismatch => Problem::new(Fault::Conflict, "trace_reused")
            .detail("A message with these trace numbers and another content was answered before.")
            .mend("Use new trace numbers for a new message."),
        Reason::Overload => Problem::new(Fault::Busy, "queue_full")
            .detail("Too many payments wait; nothing was decided.")
            .retry_after_s(1),
        _ => Problem::new(Fault::Busy, "engine_failed")
            .detail("The decision could not be made durable, so there is none.")
            .retry_after_s(5),
    })
}

async fn found(app: &App, id: AuthorizationId) -> Result<AuthorizationRow, Problem> {
    authorization(&app.db, id).await?.ok_or_else(Problem::absent)
}

/// A payment for a card of ours: what can be undone, posted or labelled.
async fn payment(app: &App, id: AuthorizationId) -> Result<AuthorizationRow, Problem> {
    let row = found(app, id).await?;
    let undoes = [Class::Reversal, Class::ReversalAdvice].map(Class::number).contains(&row.facts.class);
    if row.account == 0 || undoes {
        return Err(Problem::new(Fault::Conflict, "not_a_payment")
            .detail("This is the record of a reversal, or of a card that is not ours."));
    }
    Ok(row)
}

async fn currency_of(app: &App, row: &AuthorizationRow) -> Result<Option<Currency>, Problem> {
    if row.account == 0 {
        return Ok(None);
    }
    Ok(account_state(&app.db, AccountId::from_raw(row.account)).await?.map(|state| state.currency))
}

async fn view(app: &App, row: &AuthorizationRow) -> Result<AuthorizationView, Problem> {
    Ok(AuthorizationView::of(row, currency_of(app, row).await?))
}

impl From<AuthorizationError> for Problem {
    fn from(error: AuthorizationError) -> Self {
        match error {
            AuthorizationError::Absent => Self::absent(),
            AuthorizationError::Refused => {
                Self::new(Fault::Conflict, "state_conflict").detail(error.to_string())
            }
            AuthorizationError::Busy | AuthorizationError::Stopped => {
                Self::new(Fault::Busy, "engine_busy").detail(error.to_string()).retry_after_s(1)
            }
            other => Self::internal(other),
        }
    }
}
