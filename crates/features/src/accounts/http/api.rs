//! The API of customers and accounts.
//!
//! What a program creates takes the identity of its request as its id, so the second run of the same request
//! finds what the first one made.

use crate::accounts::{Account, AccountSummary, Accounts, Opening, Person, Products, access};
use crate::authorizations::{AccountStatus, ApiProblems, MoneyBody, MoneyView};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use decision::Place;
use kernel::{AccountId, Currency, CustomerId, Fault, Masked};
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Json, Path, Query};
use platform::http::idempotency::Operation;
use platform::http::page::{PageQuery, PageRequest, Paged};
use platform::http::problem::Problem;
use platform::i18n::Locale;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi as _;

/// The day of the month on which statements are made when nobody says one.
const STATEMENT_DAY_DEFAULT: u8 = 1;

pub(in super::super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/customers", &access::CUSTOMER_REGISTER, register),
        Route::get("/v1/accounts", &access::ACCOUNT_READ, list),
        Route::post("/v1/accounts", &access::ACCOUNT_OPEN, open),
        Route::get("/v1/accounts/{account}", &access::ACCOUNT_READ, read),
    ]
}

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(register, list, open, read),
    tags((name = "accounts", description = "Customers and their credit accounts"))
)]
struct Document;

pub(in super::super) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A person who becomes a customer.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "周明慧", "name_latin": "Zhou Minghui", "language": "zh-Hans", "phone": "+8610000000001",
    "email": "zhou.minghui@example.com", "address": "18 Wutong Road", "city": "Shanghai", "country": 156,
    "home": { "lat": 31.23, "lon": 121.47 }, "utc_offset_min": 480
}))]
struct CustomerBody {
    /// The name in the person's own script, 1 to 100 characters.
    #[schema(value_type = String)]
    name: Masked,
    /// The name in Latin letters.
    #[schema(value_type = String)]
    name_latin: Masked,
    /// `zh-Hans`, `zh-Hant` or `en`.
    #[schema(value_type = String)]
    language: Locale,
    /// With + and the country code first.
    #[schema(value_type = String)]
    phone: Masked,
    /// Mail address.
    #[schema(value_type = String)]
    email: Masked,
    /// Street and house.
    #[schema(value_type = String)]
    address: Masked,
    /// City.
    #[schema(value_type = String)]
    city: Masked,
    /// ISO 3166 numeric.
    country: u16,
    /// Where home is, for the distance of payments.
    home: Option<HomeBody>,
    /// Local time minus UTC, minutes.
    #[serde(default)]
    utc_offset_min: i16,
}

/// A point on the earth in degrees.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct HomeBody {
    /// Latitude, -90 to 90.
    lat: f32,
    /// Longitude, -180 to 180.
    lon: f32,
}

/// An account to be opened.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "customer": "cust_0000000000000", "product": "gold",
    "limit": { "value": "50000.00", "currency": "CNY" }, "statement_day": 5
}))]
struct AccountBody {
    /// Whose it is.
    #[schema(value_type = String)]
    customer: CustomerId,
    /// Id of the product.
    product: String,
    /// The credit limit; its currency is the account's.
    limit: MoneyBody,
    /// Day of the month on which statements are made, 1 to 28; 1 when absent.
    statement_day: Option<u8>,
}

/// Which accounts are wanted.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct AccountsQuery {
    /// Only those of this customer.
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
}

/// A customer that is known now.
#[derive(Serialize, utoipa::ToSchema)]
struct CustomerView {
    /// The id.
    #[schema(value_type = String, example = "cust_0000000000000")]
    id: CustomerId,
}

/// An account with its balance.
#[derive(Serialize, utoipa::ToSchema)]
struct AccountView {
    /// Its id.
    #[schema(value_type = String, example = "acct_0000000000000")]
    id: AccountId,
    /// Whose it is.
    #[schema(value_type = String, example = "cust_0000000000000")]
    customer: CustomerId,
    /// Id of its product.
    product: String,
    /// Its currency.
    #[schema(value_type = String, example = "CNY")]
    currency: Currency,
    /// Whether it may be used.
    status: AccountStatus,
    /// Credit limit.
    limit: MoneyView,
    /// Credit that can still be used.
    available: MoneyView,
    /// Reserved by authorizations.
    held: MoneyView,
    /// Owed and posted.
    posted: MoneyView,
    /// The limit it began with.
    opening_limit: MoneyView,
    /// Day of the month on which statements are made.
    statement_day: u8,
    /// When it was opened (RFC 3339).
    opened_at: String,
}

impl AccountView {
    fn of(summary: &AccountSummary) -> Self {
        let account = &summary.account;
        let money = |minor| MoneyView::of(minor, account.currency);
        Self {
            id: account.id,
            customer: account.customer,
            product: account.product.clone(),
            currency: account.currency,
            status: summary.status,
            limit: money(summary.limit_minor),
            available: money(summary.available_minor),
            held: money(summary.held_minor),
            posted: money(summary.posted_minor),
            opening_limit: money(account.opening_limit_minor),
            statement_day: account.statement_day,
            opened_at: account.opened_at.to_jiff().map(|at| at.to_string()).unwrap_or_default(),
        }
    }
}

impl From<CustomerBody> for Person {
    fn from(body: CustomerBody) -> Self {
        Self {
            name: body.name,
            name_latin: body.name_latin,
            language: body.language,
            phone: body.phone,
            email: body.email,
            address: body.address,
            city: body.city,
            country: body.country,
            home: body.home.map(|home| Place { lat: home.lat, lon: home.lon }),
            utc_offset_min: body.utc_offset_min,
        }
    }
}

/// Make a customer known.
#[utoipa::path(
    post, path = "/v1/customers", tag = "accounts", request_body = CustomerBody,
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 200, description = "A new random text for each new request")),
    security(("api_key" = [])),
    responses((status = 201, description = "Known", body = CustomerView), ApiProblems)
)]
async fn register(
    State(app): State<App>,
    caller: Caller,
    Extension(operation): Extension<Operation>,
    Json(body): Json<CustomerBody>,
) -> Result<(StatusCode, Json<CustomerView>), Problem> {
    let id = CustomerId::from_raw(operation.id);
    Accounts::of(&app).register(id, &body.into(), caller.actor, caller.channel).await?;
    Ok((StatusCode::CREATED, Json(CustomerView { id })))
}

/// Open an account for a customer.
#[utoipa::path(
    post, path = "/v1/accounts", tag = "accounts", request_body = AccountBody,
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 200, description = "A new random text for each new request")),
    security(("api_key" = [])),
    responses((status = 201, description = "Opened", body = AccountView), ApiProblems)
)]
async fn open(
    State(app): State<App>,
    caller: Caller,
    Extension(operation): Extension<Operation>,
    Json(body): Json<AccountBody>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    let accounts = Accounts::of(&app);
    let opening = opening(&app, AccountId::from_raw(operation.id), &body)?;
    if accounts.customer(body.customer).await?.is_none() {
        return Err(invalid("customer_unknown", "/customer", "There is no customer with this id."));
    }
    accounts.open(&opening, caller.actor, caller.channel).await?;
    let account = accounts.account(opening.account).await?.ok_or_else(Problem::absent)?;
    Ok((StatusCode::CREATED, Json(AccountView::of(&accounts.summary(account).await?))))
}

/// The accounts, oldest first.
#[utoipa::path(
    get, path = "/v1/accounts", tag = "accounts", security(("api_key" = [])),
    params(AccountsQuery, PageQuery),
    responses((status = 200, description = "One piece of the list", body = Paged<AccountView>), ApiProblems)
)]
async fn list(
    State(app): State<App>,
    Query(query): Query<AccountsQuery>,
    page: PageRequest,
) -> Result<Json<Paged<AccountView>>, Problem> {
    let accounts = Accounts::of(&app);
    let after = page.after().unwrap_or(0);
    let rows = match query.customer {
        Some(owner) => accounts.accounts_of_after(owner, after, page.fetch()).await?,
        None => accounts.accounts_after(after, page.fetch()).await?,
    };
    let Paged { data, next_cursor } = page.cut(rows, |account: &Account| account.id.raw());
    let mut views = Vec::with_capacity(data.len());
    for account in data {
        views.push(AccountView::of(&accounts.summary(account).await?));
    }
    Ok(Json(Paged { data: views, next_cursor }))
}

/// One account with its balance.
#[utoipa::path(
    get, path = "/v1/accounts/{account}", tag = "accounts", security(("api_key" = [])),
    params(("account" = String, Path, description = "Its id")),
    responses((status = 200, description = "The account", body = AccountView), ApiProblems)
)]
async fn read(State(app): State<App>, Path(id): Path<AccountId>) -> Result<Json<AccountView>, Problem> {
    let accounts = Accounts::of(&app);
    let account = accounts.account(id).await?.ok_or_else(Problem::absent)?;
    Ok(Json(AccountView::of(&accounts.summary(account).await?)))
}

fn opening(app: &App, account: AccountId, body: &AccountBody) -> Result<Opening, Problem> {
    let limit = body.limit.money("/limit")?;
    let products = app.service::<Products>()?;
    let product = products
        .get(&body.product)
        .ok_or_else(|| invalid("product_unknown", "/product", "The issuer has no product with this id."))?;
    if !product.allows(limit.minor(), limit.currency()) {
        return Err(invalid("limit_too_large", "/limit", "The limit is above the greatest of the product."));
    }
    Ok(Opening {
        account,
        customer: body.customer,
        person: None,
        product: product.id.clone(),
        currency: limit.currency(),
        limit_minor: limit.minor(),
        cash_limit_minor: product.cash_limit_minor(limit.minor()),
        watched: product.watched,
        statement_day: body.statement_day.unwrap_or(STATEMENT_DAY_DEFAULT),
    })
}

fn invalid(code: &'static str, at: &str, detail: &str) -> Problem {
    Problem::new(Fault::Invalid, code).at(at).detail(detail)
}
