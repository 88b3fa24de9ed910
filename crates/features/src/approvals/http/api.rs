//! The API of approvals: a switch or a 3-D Secure server asks the cardholder about a payment, and uses the answer once.

use super::super::model::{Approval, Asker, State as Standing};
use super::super::service::{Approvals, Wanted};
use super::super::{PAYMENT, access};
use crate::authorizations::ApiProblems;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::{ApprovalId, Currency, CustomerId, Fault, Money};
use platform::access::Caller;
use platform::app::App;
use platform::approval::Details;
use platform::feature::Route;
use platform::http::extract::{Json, Path};
use platform::http::idempotency::NamedRequest;
use platform::http::problem::Problem;
use platform::text::FreeText;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi as _;

/// Longest name of a payee, characters.
const PAYEE_CHARS_MAX: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/approvals", &access::ASK, ask),
        Route::get("/v1/approvals/{approval}", &access::READ, read),
        Route::post("/v1/approvals/{approval}/uses", &access::ASK, take),
    ]
}

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(ask, read, take),
    tags((name = "approvals", description = "Approvals: the cardholder signs a payment in the app"))
)]
struct Document;

pub(in super::super) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A payment that its cardholder is asked about.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "customer": "cust_0000000000000", "payment": { "payee": "Blue Kiln Ceramics", "amount_minor": 48_000, "currency": "CNY" } }))]
struct PaymentBody {
    /// The cardholder.
    #[schema(value_type = String)]
    customer: CustomerId,
    /// What is paid to whom; the same again for using it.
    payment: Payment,
}

/// What is paid to whom. The same for asking and for using: any difference is refused.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Payment {
    /// Who gets the money, 1 to 100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    payee: FreeText,
    /// How much, minor units of the currency.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    amount_minor: i64,
    /// ISO 4217.
    #[schema(value_type = String, example = "CNY")]
    currency: String,
}

/// Where an approval stands.
#[derive(Serialize, utoipa::ToSchema)]
struct ApprovalView {
    /// Its id.
    #[schema(value_type = String, example = "appr_0000000000000")]
    id: ApprovalId,
    /// The cardholder.
    #[schema(value_type = String, example = "cust_0000000000000")]
    customer: CustomerId,
    /// Where it stands.
    state: Standing,
    /// Until when it can be signed and used (RFC 3339).
    expires_at: String,
    /// When it was answered (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<String>,
    /// What was signed, as a JSON Web Signature; its keys are at `/.well-known/jwks.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

impl Payment {
    fn details(&self) -> Result<Details, Problem> {
        let wrong = |at: &'static str, rule: &'static str| {
            Problem::new(Fault::Invalid, "field_invalid").at(at).detail(rule)
        };
        let (payee, chars) = (self.payee.reveal(), self.payee.chars());
        if !(1..=PAYEE_CHARS_MAX).contains(&chars) {
            return Err(wrong("/payee", "A payee has 1 to 100 characters."));
        }
        let currency: Currency =
            self.currency.parse().map_err(|_| wrong("/currency", "A currency is a code of ISO 4217."))?;
        if !(0..=9_007_199_254_740_991).contains(&self.amount_minor) {
            return Err(wrong("/amount_minor", "An amount is not negative and at most 2^53 - 1."));
        }
        let amount = Money::new(self.amount_minor, currency);
        Ok(Details::new().text("payee", payee).money("amount", Some(amount)))
    }
}

async fn view(approvals: &Approvals, app: &App, approval: &Approval) -> Result<Json<ApprovalView>, Problem> {
    let receipt = match approval.has_receipt {
        true => Some(approvals.receipt_of(approval.owner, approval.id).await?),
        false => None,
    };
    let time = |at: kernel::Timestamp| at.to_jiff().map(|at| at.to_string()).unwrap_or_default();
    Ok(Json(ApprovalView {
        id: approval.id,
        customer: approval.owner,
        state: approval.state_at(app.now()),
        expires_at: time(approval.expires_at),
        decided_at: approval.decided_at.map(time),
        receipt,
    }))
}

/// Ask a cardholder to approve a payment. They see exactly these details and sign them with a passkey. Whether they are
/// shown it is not told: at most three requests wait for a person at the same time.
#[utoipa::path(
    post, path = "/v1/approvals", tag = "approvals", request_body = PaymentBody,
    security(("api_key" = [])),
    params(NamedRequest),
    responses((status = 201, description = "It waits", body = ApprovalView), ApiProblems)
)]
async fn ask(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<PaymentBody>,
) -> Result<(StatusCode, Json<ApprovalView>), Problem> {
    let asker = Asker { actor: caller.actor, channel: caller.channel, session: None, agent: None };
    let details = body.payment.details()?;
    let approvals = Approvals::of(&app);
    let wanted = Wanted { owner: body.customer, act: PAYMENT, details, asker };
    let approval = approvals.request(&wanted).await?;
    Ok((StatusCode::CREATED, view(&approvals, &app, &approval).await?))
}

/// The approval, when this key asked for it: what others asked is absent.
async fn own(app: &App, caller: &Caller, id: ApprovalId) -> Result<Approval, Problem> {
    let approval = Approvals::of(app).approval(id).await?;
    if approval.asker.actor == caller.actor { Ok(approval) } else { Err(Problem::absent()) }
}

/// Where an approval stands.
#[utoipa::path(
    get, path = "/v1/approvals/{approval}", tag = "approvals", security(("api_key" = [])),
    params(("approval" = String, Path, description = "Its id")),
    responses((status = 200, description = "The approval", body = ApprovalView), ApiProblems)
)]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
) -> Result<Json<ApprovalView>, Problem> {
    let approval = own(&app, &caller, id).await?;
    view(&Approvals::of(&app), &app, &approval).await
}

/// Use an approval for the payment that it is for: once, before it expires, with the same details. Anything else is 409.
#[utoipa::path(
    post, path = "/v1/approvals/{approval}/uses", tag = "approvals", request_body = Payment,
    security(("api_key" = [])),
    params(
        ("approval" = String, Path, description = "Its id"),
        NamedRequest
    ),
    responses((status = 201, description = "Used", body = ApprovalView), ApiProblems)
)]
async fn take(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
    Json(payment): Json<Payment>,
) -> Result<(StatusCode, Json<ApprovalView>), Problem> {
    let approval = own(&app, &caller, id).await?;
    Approvals::of(&app).take(&approval, PAYMENT, &payment.details()?).await?;
    let used = own(&app, &caller, id).await?;
    Ok((StatusCode::CREATED, view(&Approvals::of(&app), &app, &used).await?))
}
