//! The API of cards. A number comes in once, in a body, and never goes out.

use super::held;
use crate::accounts::{Accounts, Products};
use crate::authorizations::{
    ApiProblems, CardStatus, Controls, CountedProof, Expiry, Intake, PinBlockBody, PinData,
};
use crate::cards::events::READ as CARD_READ;
use crate::cards::{CardOrder, Cards, ChosenPin, HeldCard, Loss, access};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::{AccountId, CardId, CustomerId, Fault, Secret};
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::feature::Route;
use platform::http::extract::{Json, Path};
use platform::http::idempotency::{NamedRequest, Operation};
use platform::http::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi as _;
use vault::{CardKeyRole, Pan, PinBlock, PinMethod, PinReference};

/// Chip, international, no restriction (ISO/IEC 7813).
const SERVICE_CODE_DEFAULT: u16 = 201;

pub(in super::super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/accounts/{account}/cards", &access::READ, of_account),
        Route::post("/v1/accounts/{account}/cards", &access::ISSUE, issue),
        Route::get("/v1/cards/{card}", &access::READ, read),
        Route::post("/v1/cards/{card}/freezes", &access::FREEZE, freeze),
        Route::delete("/v1/cards/{card}/freezes", &access::UNFREEZE, unfreeze),
        Route::post("/v1/cards/{card}/loss-reports", &access::REPORT_LOSS, report_loss),
        Route::post("/v1/cards/{card}/unblocks", &access::UNBLOCK, unblock),
        Route::post("/v1/cards/{card}/pin-changes", &access::SET_PIN, change_pin),
        Route::put("/v1/cards/{card}/controls", &access::CONTROLS, set_controls),
    ]
}

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(of_account, issue, read, freeze, unfreeze, report_loss, unblock, change_pin, set_controls),
    tags((name = "cards", description = "Cards: issue, freeze, switches"))
)]
struct Document;

pub(in super::super) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A card to be issued.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "card_number": "9000010100000017", "expiry": "2030-12", "service_code": 201, "psn": 1 }))]
struct CardBody {
    /// 12 to 19 digits with a right check digit. Never comes back in an answer.
    #[schema(value_type = String, write_only)]
    card_number: Secret<String>,
    /// The last month in which it is valid: `2030-12`.
    expiry: String,
    /// Three digits of the track; 201 when absent.
    service_code: Option<u16>,
    /// Card sequence number, 0 to 99; 1 when absent.
    psn: Option<u8>,
    /// Its PIN, encrypted under a zone key; without one it has no PIN. What is kept of it is not the PIN.
    pin_block: Option<PinBlockBody>,
    /// Id of the product; the account's when absent.
    product: Option<String>,
}

/// Which proof may be tried again.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct UnblockBody {
    /// The proof.
    proof: CountedProof,
}

/// How a card came away from its holder.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct LossBody {
    /// Lost or stolen; both block the card for good.
    kind: Loss,
}

/// A PIN that the holder chose.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PinChangeBody {
    /// The PIN, encrypted under a zone key.
    pin_block: PinBlockBody,
}

/// What a card may be used for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ControlsBody {
    /// Payments on the web.
    online: bool,
    /// Payments outside the home country.
    abroad: bool,
    /// Cash.
    cash: bool,
    /// Largest single payment, minor units of the account; no such bound when absent.
    payment_max_minor: Option<i64>,
}

/// Nothing needs to be said.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct FreezeBody {}

/// A card: what may be seen of it.
#[derive(Serialize, utoipa::ToSchema)]
struct CardView {
    /// Its id.
    #[schema(value_type = String, example = "card_0000000000000")]
    id: CardId,
    /// The account it draws on.
    #[schema(value_type = String, example = "acct_0000000000000")]
    account: AccountId,
    /// Who holds it.
    #[schema(value_type = String, example = "cust_0000000000000")]
    customer: CustomerId,
    /// The first six digits.
    bin: String,
    /// The last four digits.
    last4: String,
    /// The last month in which it is valid: `2030-12`.
    expiry: String,
    /// Id of its product.
    product: String,
    /// Whether it may be used; absent while it is being issued.
    status: Option<CardStatus>,
    /// What its holder allows.
    controls: Controls,
    /// When it was issued (RFC 3339).
    issued_at: String,
}

/// The cards of an account.
#[derive(Serialize, utoipa::ToSchema)]
struct CardsView {
    /// The cards, oldest first; at most 100.
    data: Vec<CardView>,
}

impl CardView {
    fn of(held: &HeldCard) -> Self {
        let card = &held.card;
        Self {
            id: card.id,
            account: card.account,
            customer: card.customer,
            bin: card.masked.bin().to_owned(),
            last4: card.masked.last4().to_owned(),
            expiry: format!("20{:02}-{:02}", card.expiry.year, card.expiry.month),
            product: card.product.clone(),
            status: held.status,
            controls: held.controls,
            issued_at: card.issued_at.to_jiff().map(|at| at.to_string()).unwrap_or_default(),
        }
    }
}

/// The cards of an account.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/cards", tag = "cards", security(("api_key" = [])),
    params(("account" = String, Path, description = "Id of the account")),
    responses((status = 200, description = "The cards", body = CardsView), ApiProblems)
)]
async fn of_account(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<Json<CardsView>, Problem> {
    let account = Accounts::of(&app).account(id).await?.ok_or_else(Problem::absent)?;
    audit::record(&app.db, caller.entry(CARD_READ).subject(id).concerns(account.customer)).await?;
    let held = Cards::of(&app)?.cards_of_account(id).await?;
    Ok(Json(CardsView { data: held.iter().map(CardView::of).collect() }))
}

/// Issue a card for an account. It can be used at once.
#[utoipa::path(
    post, path = "/v1/accounts/{account}/cards", tag = "cards", request_body = CardBody,
    security(("api_key" = [])),
    params(
        ("account" = String, Path, description = "Id of the account"),
        NamedRequest
    ),
    responses((status = 201, description = "Issued", body = CardView), ApiProblems)
)]
async fn issue(
    State(app): State<App>,
    caller: Caller,
    Extension(operation): Extension<Operation>,
    Path(id): Path<AccountId>,
    Json(body): Json<CardBody>,
) -> Result<(StatusCode, Json<CardView>), Problem> {
    let account = Accounts::of(&app).account(id).await?.ok_or_else(Problem::absent)?;
    let pan = Pan::parse(body.card_number.expose()).map_err(|error| {
        Problem::new(Fault::Invalid, "card_number_invalid").at("/card_number").detail(error.to_string())
    })?;
    let product = body.product.unwrap_or_else(|| account.product.clone());
    let product = app.service::<Products>()?.get(&product).cloned().ok_or_else(|| {
        Problem::new(Fault::Invalid, "product_unknown").at("/product").detail("There is no such product.")
    })?;
    let pin = match &body.pin_block {
        None => None,
        Some(block) => Some(pin_reference(&app, &pan, block, product.pin_method)?.0),
    };
    let order = CardOrder {
        card: CardId::from_raw(operation.id),
        pan,
        expiry: expiry(&body.expiry)?,
        service_code: body.service_code.unwrap_or(SERVICE_CODE_DEFAULT),
        psn: body.psn.unwrap_or(1),
        pin,
        chip: product.chip,
        product: product.id.clone(),
    };
    let cards = Cards::of(&app)?;
    cards.issue(&account, &order, caller.actor, caller.channel).await?;
    let held = cards.card(order.card).await?.ok_or_else(Problem::absent)?;
    Ok((StatusCode::CREATED, Json(CardView::of(&held))))
}

/// One card.
#[utoipa::path(
    get, path = "/v1/cards/{card}", tag = "cards", security(("api_key" = [])),
    params(("card" = String, Path, description = "Its id")),
    responses((status = 200, description = "The card", body = CardView), ApiProblems)
)]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CardId>,
) -> Result<Json<CardView>, Problem> {
    let (_, held) = held(&app, id).await?;
    audit::record(&app.db, caller.entry(CARD_READ).subject(id).concerns(held.card.customer)).await?;
    Ok(Json(CardView::of(&held)))
}

/// Freeze a card. The next payment is declined already; freezing twice is freezing once.
#[utoipa::path(
    post, path = "/v1/cards/{card}/freezes", tag = "cards", request_body = FreezeBody,
    security(("api_key" = [])),
    params(
        ("card" = String, Path, description = "Its id"),
        NamedRequest
    ),
    responses((status = 201, description = "Frozen", body = CardView), ApiProblems)
)]
async fn freeze(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CardId>,
    Json(FreezeBody {}): Json<FreezeBody>,
) -> Result<(StatusCode, Json<CardView>), Problem> {
    let (cards, held) = held(&app, id).await?;
    cards.freeze(&held.card, caller.actor, caller.channel).await?;
    Ok((StatusCode::CREATED, current(&cards, id).await?))
}

/// Let a frozen card pay again.
#[utoipa::path(
    delete, path = "/v1/cards/{card}/freezes", tag = "cards", security(("api_key" = [])),
    params(("card" = String, Path, description = "Its id")),
    responses((status = 200, description = "Not frozen", body = CardView), ApiProblems)
)]
async fn unfreeze(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CardId>,
) -> Result<Json<CardView>, Problem> {
    let (cards, held) = held(&app, id).await?;
    cards.unfreeze(&held.card, caller.actor, caller.channel).await?;
    current(&cards, id).await
}

/// Report a card lost or stolen. It is blocked for good; the next payment is declined already. Reporting again changes
/// nothing.
#[utoipa::path(
    post, path = "/v1/cards/{card}/loss-reports", tag = "cards", request_body = LossBody,
    security(("api_key" = [])),
    params(
        ("card" = String, Path, description = "Its id"),
        NamedRequest
    ),
    responses((status = 201, description = "Blocked for good", body = CardView), ApiProblems)
)]
async fn report_loss(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CardId>,
    Json(body): Json<LossBody>,
) -> Result<(StatusCode, Json<CardView>), Problem> {
    let (cards, held) = held(&app, id).await?;
    cards.report_loss(&held.card, body.kind, caller.actor, caller.channel).await?;
    Ok((StatusCode::CREATED, current(&cards, id).await?))
}

/// Let a proof be tried again: the PIN after three misses, card details after five, the chip after a leap of its
/// counter. For use once the holder has been verified with two proofs.
#[utoipa::path(
    post, path = "/v1/cards/{card}/unblocks", tag = "cards", request_body = UnblockBody,
    security(("api_key" = [])),
    params(
        ("card" = String, Path, description = "Its id"),
        NamedRequest
    ),
    responses((status = 201, description = "Its count is set back", body = CardView), ApiProblems)
)]
async fn unblock(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CardId>,
    Json(body): Json<UnblockBody>,
) -> Result<(StatusCode, Json<CardView>), Problem> {
    let (cards, held) = held(&app, id).await?;
    cards.unblock(&held.card, body.proof, caller.actor, caller.channel).await?;
    Ok((StatusCode::CREATED, current(&cards, id).await?))
}

/// Give a card another PIN. Online it counts from now on; its chip gets it with the answers to its next payments. For
/// use once the holder has been verified with two proofs.
#[utoipa::path(
    post, path = "/v1/cards/{card}/pin-changes", tag = "cards", request_body = PinChangeBody,
    security(("api_key" = [])),
    params(
        ("card" = String, Path, description = "Its id"),
        NamedRequest
    ),
    responses((status = 201, description = "It has the PIN", body = CardView), ApiProblems)
)]
async fn change_pin(
    State(app): State<App>,
    caller: Caller,
    Extension(operation): Extension<Operation>,
    Path(id): Path<CardId>,
    Json(body): Json<PinChangeBody>,
) -> Result<(StatusCode, Json<CardView>), Problem> {
    let (cards, HeldCard { card, .. }) = held(&app, id).await?;
    let method = app.service::<Products>()?.get(&card.product).map_or(PinMethod::Pvv, |one| one.pin_method);
    let pan = cards.number(&card).await?;
    let (kept, block) = pin_reference(&app, &pan, &body.pin_block, method)?;
    let chosen = ChosenPin { change: operation.id, kept, block };
    cards.set_pin(&card, &chosen, caller.actor, caller.channel).await?;
    Ok((StatusCode::CREATED, current(&cards, id).await?))
}

/// Replace what a card may be used for.
#[utoipa::path(
    put, path = "/v1/cards/{card}/controls", tag = "cards", request_body = ControlsBody,
    security(("api_key" = [])),
    params(("card" = String, Path, description = "Its id")),
    responses((status = 200, description = "The card with its switches", body = CardView), ApiProblems)
)]
async fn set_controls(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CardId>,
    Json(body): Json<ControlsBody>,
) -> Result<Json<CardView>, Problem> {
    let (cards, held) = held(&app, id).await?;
    let controls = Controls {
        online: body.online,
        abroad: body.abroad,
        cash: body.cash,
        payment_max_minor: body.payment_max_minor,
    };
    cards.set_controls(&held.card, controls, caller.actor, caller.channel).await?;
    current(&cards, id).await
}

/// What is kept of the PIN in a block, made by the payment module, and the block with its zone.
fn pin_reference(
    app: &App,
    pan: &Pan,
    body: &PinBlockBody,
    method: PinMethod,
) -> Result<(PinReference, PinData), Problem> {
    let at = "/pin_block";
    let intake = app.service::<Intake>()?;
    let pin = body.pin(at)?;
    let zone = pin.zone.or_else(|| intake.newest_zone(pin.format));
    let pvk = app.keys.card_keys().newest(CardKeyRole::PinVerification);
    let refused = || {
        Problem::new(Fault::Invalid, "pin_block_refused")
            .at(at)
            .detail("The block holds no PIN for this card.")
    };
    let (Some(zone), Some(pvk)) = (zone, pvk) else { return Err(refused()) };
    let block = PinBlock { pan, zone, format: pin.format, block: pin.block.expose() };
    let kept = intake.crypto.pin_reference(&block, method, pvk).map_err(|_| refused())?;
    Ok((kept, PinData { zone: Some(zone), ..pin }))
}

async fn current(cards: &Cards, id: CardId) -> Result<Json<CardView>, Problem> {
    Ok(Json(CardView::of(&cards.card(id).await?.ok_or_else(Problem::absent)?)))
}

fn expiry(text: &str) -> Result<Expiry, Problem> {
    Expiry::from_text(text).ok_or_else(|| {
        Problem::new(Fault::Invalid, "expiry_invalid")
            .at("/expiry")
            .detail("An expiry is a year and a month, such as 2030-12.")
    })
}
