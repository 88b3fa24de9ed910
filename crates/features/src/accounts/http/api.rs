//! The API of accounts; that of customers is beside it.
//!
//! What a program creates takes the identity of its request as its id, so the second run of the same request
//! finds what the first one made.

use crate::accounts::events::{ACCOUNT_READ, ACCOUNTS_READ};
use crate::accounts::{Account, AccountSummary, Accounts, Opening, Products, access};
use crate::authorizations::{AccountStatus, ApiProblems, MoneyBody, MoneyView};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::{AccountId, Currency, CustomerId, Fault};
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::feature::Route;
use platform::http::extract::{Json, Path, Query};
use platform::http::idempotency::{NamedRequest, Operation};
use platform::http::page::{PageQuery, PageRequest, Paged};
use platform::http::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi as _;

/// The day of the month on which statements are made when nobody says one.
const STATEMENT_DAY_DEFAULT: u8 = 1;

pub(in super::super) fn routes() -> Vec<Route> {
    let mut routes = super::customers::routes();
    routes.extend([
        Route::get("/v1/accounts", &access::ACCOUNT_READ, list),
        Route::post("/v1/accounts", &access::ACCOUNT_OPEN, open),
        Route::get("/v1/accounts/{account}", &access::ACCOUNT_READ, read),
    ]);
    routes
}

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(list, open, read),
    tags((name = "accounts", description = "Customers and their credit accounts"))
)]
struct Document;

pub(in super::super) fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.merge(super::customers::openapi());
    document
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

/// Open an account for a customer.
#[utoipa::path(
    post, path = "/v1/accounts", tag = "accounts", request_body = AccountBody,
    params(NamedRequest),
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
    caller: Caller,
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
    // One entry for the whole piece, before any of it is given.
    let entry = caller.entry(ACCOUNTS_READ).detail(serde_json::json!({ "count": data.len() }));
    let entry = data.iter().fold(entry, |entry, account| entry.concerns(account.customer));
    audit::record(&app.db, entry).await?;
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
async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<Json<AccountView>, Problem> {
    let accounts = Accounts::of(&app);
    let account = accounts.account(id).await?.ok_or_else(Problem::absent)?;
    audit::record(&app.db, caller.entry(ACCOUNT_READ).subject(id).concerns(account.customer)).await?;
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
