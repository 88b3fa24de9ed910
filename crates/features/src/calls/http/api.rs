//! The API of the phone menu. Digits come in and never go out; of a proof it says match or no match.

use super::super::access;
use super::super::model::Proved;
use super::super::service::{Calls, Claim};
use crate::authorizations::ApiProblems;
use crate::identity::ProofKind;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::{CallId, CustomerId, Fault, Secret};
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Json, Path};
use platform::http::idempotency::NamedRequest;
use platform::http::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi as _;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/calls", &access::MENU_OPEN, open),
        Route::get("/v1/calls/{call}", &access::MENU_READ, read),
        Route::post("/v1/calls/{call}/digits", &access::MENU_PROVE, digits),
        Route::post("/v1/calls/{call}/closure", &access::MENU_OPEN, close),
    ]
}

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(open, read, digits, close),
    tags((name = "calls", description = "Calls that a phone menu answers: digits in, match or no match out"))
)]
struct Document;

pub(in super::super) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// Who is said to be on the line: one of the two.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "card_number": "9000010100000017" }))]
struct CallBody {
    /// The number typed on the keypad. Never comes back in an answer.
    #[schema(value_type = Option<String>, write_only)]
    card_number: Option<Secret<String>>,
    /// A customer's id.
    #[schema(value_type = Option<String>, example = "cust_0000000000000")]
    customer: Option<CustomerId>,
}

/// What a keypad can prove.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum KeypadProof {
    /// The query password.
    QueryPassword,
    /// The value printed on the card whose number was given.
    CardValue,
    /// The code that an authenticator app shows now.
    AuthenticatorCode,
}

impl KeypadProof {
    const fn kind(self) -> ProofKind {
        match self {
            Self::QueryPassword => ProofKind::QueryPassword,
            Self::CardValue => ProofKind::CardValue,
            Self::AuthenticatorCode => ProofKind::AuthenticatorCode,
        }
    }
}

/// Digits of the keypad.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "proof": "query_password", "digits": "394018" }))]
struct DigitsBody {
    /// What they are.
    proof: KeypadProof,
    /// As they were typed. Never come back in an answer.
    #[schema(value_type = String, write_only)]
    digits: Secret<String>,
}

/// Nothing needs to be said.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ClosureBody {}

/// Whether the digits were right. Wrong, refused and unknown are one answer.
#[derive(Serialize, utoipa::ToSchema)]
struct AnswerView {
    /// `match` or `no_match`.
    #[schema(example = "match")]
    answer: &'static str,
}

/// A call with what is proved in it.
#[derive(Serialize, utoipa::ToSchema)]
struct CallView {
    /// Its id.
    #[schema(value_type = String, example = "call_0000000000000")]
    id: CallId,
    /// What is proved now, 0 to 3.
    assurance: u8,
    /// Until when without another proof (RFC 3339); absent where nothing is proved.
    assured_until: Option<String>,
    /// The kinds that were proved.
    proofs: Vec<&'static str>,
    /// Whether it goes on.
    live: bool,
}

impl CallView {
    fn of(app: &App, standing: &Proved) -> Self {
        let granted = &standing.granted;
        let until = (granted.level.level() > 0).then(|| granted.until.to_jiff().map(|at| at.to_string()));
        Self {
            id: standing.call.id,
            assurance: granted.level.level(),
            assured_until: until.flatten(),
            proofs: standing.proofs.iter().map(|proof| proof.kind.word()).collect(),
            live: standing.call.is_live(app.now()),
        }
    }
}

/// Begin a call. It begins also where the number is nobody's.
#[utoipa::path(
    post, path = "/v1/calls", tag = "calls", request_body = CallBody, security(("api_key" = [])),
    params(NamedRequest),
    responses((status = 201, description = "Begun", body = CallView), ApiProblems)
)]
async fn open(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CallBody>,
) -> Result<(StatusCode, Json<CallView>), Problem> {
    let claim = match (body.card_number, body.customer) {
        (Some(number), None) => Claim::CardNumber(number),
        (None, Some(customer)) => Claim::Customer(customer),
        _ => {
            return Err(Problem::new(Fault::Invalid, "field_invalid")
                .at("/card_number")
                .detail("Say either card_number or customer."));
        }
    };
    let calls = Calls::of(&app)?;
    let call = calls.open_by_menu(&caller, &claim).await?;
    let standing = calls.standing(call.id).await?;
    Ok((StatusCode::CREATED, Json(CallView::of(&app, &standing))))
}

/// A call with what is proved in it.
#[utoipa::path(
    get, path = "/v1/calls/{call}", tag = "calls", security(("api_key" = [])),
    params(("call" = String, Path, description = "Its id")),
    responses((status = 200, description = "The call", body = CallView), ApiProblems)
)]
async fn read(State(app): State<App>, Path(id): Path<CallId>) -> Result<Json<CallView>, Problem> {
    let standing = Calls::of(&app)?.standing(id).await?;
    Ok(Json(CallView::of(&app, &standing)))
}

/// Hand over digits of the keypad. They are compared, counted and forgotten.
#[utoipa::path(
    post, path = "/v1/calls/{call}/digits", tag = "calls", request_body = DigitsBody, security(("api_key" = [])),
    params(
        ("call" = String, Path, description = "Its id"),
        NamedRequest
    ),
    responses((status = 201, description = "Compared", body = AnswerView), ApiProblems)
)]
async fn digits(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CallId>,
    Json(body): Json<DigitsBody>,
) -> Result<(StatusCode, Json<AnswerView>), Problem> {
    let right = Calls::of(&app)?.digits(&caller, id, body.proof.kind(), body.digits).await?;
    Ok((StatusCode::CREATED, Json(AnswerView { answer: if right { "match" } else { "no_match" } })))
}

/// End a call. Ending twice is ending once.
#[utoipa::path(
    post, path = "/v1/calls/{call}/closure", tag = "calls", request_body = ClosureBody, security(("api_key" = [])),
    params(
        ("call" = String, Path, description = "Its id"),
        NamedRequest
    ),
    responses((status = 201, description = "Over", body = CallView), ApiProblems)
)]
async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CallId>,
    Json(ClosureBody {}): Json<ClosureBody>,
) -> Result<(StatusCode, Json<CallView>), Problem> {
    let calls = Calls::of(&app)?;
    let call = calls.standing(id).await?.call;
    calls.close(&caller, &call).await?;
    let standing = calls.standing(id).await?;
    Ok((StatusCode::CREATED, Json(CallView::of(&app, &standing))))
}
