//! The API of customers: making one known, and reading and finding them by what they tell in full.
//!
//! Answers are masked: who needs a full value asks for it at the desk, with a reason. A search is a POST, because a
//! telephone or document number in an address would stand in logs. Each read and each search is in the log before its
//! answer leaves.

use crate::accounts::{Accounts, CUSTOMER_READ, CUSTOMER_SOUGHT, Customer, Person, Told, access};
use crate::authorizations::ApiProblems;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use decision::Place;
use kernel::{CustomerId, Fault, Masked};
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::feature::Route;
use platform::http::extract::{Json, Path};
use platform::http::idempotency::{NamedRequest, Operation};
use platform::http::problem::Problem;
use platform::i18n::Locale;
use serde::{Deserialize, Serialize};
use utoipa::OpenApi as _;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/customers", &access::CUSTOMER_REGISTER, register),
        Route::post("/v1/customers/searches", &access::CUSTOMER_READ, search),
        Route::get("/v1/customers/{customer}", &access::CUSTOMER_READ, read),
    ]
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(register, search, read))]
struct Document;

pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// A person who becomes a customer.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "周明慧", "name_latin": "Zhou Minghui", "language": "zh-Hans", "phone": "+8610000000001",
    "email": "zhou.minghui@example.com", "address": "18 Wutong Road", "city": "Shanghai", "country": 156,
    "home": { "lat": 31.23, "lon": 121.47 }, "utc_offset_min": 480, "document_number": "SAMPLE-00000017"
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
    /// The number of the identity document that was shown, 4 to 30 letters and digits.
    #[schema(value_type = Option<String>)]
    document_number: Option<Masked>,
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

/// A customer that is known now.
#[derive(Serialize, utoipa::ToSchema)]
struct KnownView {
    /// The id.
    #[schema(value_type = String, example = "cust_0000000000000")]
    id: CustomerId,
}

/// What a customer tells in full: exactly one of the three.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "document_number": "SAMPLE-00000017" }))]
struct SearchBody {
    /// A telephone number; spaces and hyphens don't matter.
    #[schema(value_type = Option<String>)]
    phone: Option<Masked>,
    /// A mail address; case does not matter.
    #[schema(value_type = Option<String>)]
    email: Option<Masked>,
    /// The number of an identity document; only letters and digits matter.
    #[schema(value_type = Option<String>)]
    document_number: Option<Masked>,
}

/// A customer with masked contacts.
#[derive(Serialize, utoipa::ToSchema)]
struct CustomerView {
    /// The id.
    #[schema(value_type = String, example = "cust_0000000000000")]
    id: CustomerId,
    /// The language of messages and pages.
    #[schema(value_type = String, example = "zh-Hans")]
    language: &'static str,
    /// ISO 3166 numeric.
    country: u16,
    /// The telephone number with its middle hidden.
    #[schema(example = "+86100 **** 0001")]
    phone: String,
    /// The mail address with its name hidden.
    #[schema(example = "z***@example.com")]
    email: String,
    /// The end of the document number; absent where none is known.
    #[schema(example = "**** 017")]
    document_number: Option<String>,
    /// Whether the customer's data was erased: then nothing can be told of it.
    erased: bool,
    /// Since when the customer is known (RFC 3339).
    created_at: String,
}

/// The customers that were found.
#[derive(Serialize, utoipa::ToSchema)]
struct FoundView {
    /// The customers, oldest first; at most 20.
    data: Vec<CustomerView>,
}

impl CustomerView {
    fn of(customer: &Customer) -> Self {
        let person = &customer.person;
        Self {
            id: customer.id,
            language: person.language.tag(),
            country: person.country,
            phone: person.masked_phone(),
            email: person.masked_email(),
            document_number: person.masked_document(),
            erased: customer.erased,
            created_at: customer.created_at.to_jiff().map(|at| at.to_string()).unwrap_or_default(),
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
            document_number: body.document_number,
        }
    }
}

/// Make a customer known.
#[utoipa::path(
    post, path = "/v1/customers", tag = "accounts", request_body = CustomerBody,
    params(NamedRequest),
    security(("api_key" = [])),
    responses((status = 201, description = "Known", body = KnownView), ApiProblems)
)]
async fn register(
    State(app): State<App>,
    caller: Caller,
    Extension(operation): Extension<Operation>,
    Json(body): Json<CustomerBody>,
) -> Result<(StatusCode, Json<KnownView>), Problem> {
    let id = CustomerId::from_raw(operation.id);
    Accounts::of(&app).register(id, &body.into(), caller.actor, caller.channel).await?;
    Ok((StatusCode::CREATED, Json(KnownView { id })))
}

/// Find customers by what they tell in full.
#[utoipa::path(
    post, path = "/v1/customers/searches", tag = "accounts", request_body = SearchBody,
    params(NamedRequest),
    security(("api_key" = [])),
    responses((status = 200, description = "Whom it leads to", body = FoundView), ApiProblems)
)]
async fn search(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<SearchBody>,
) -> Result<Json<FoundView>, Problem> {
    let accounts = Accounts::of(&app);
    let (told, found) = match (&body.phone, &body.email, &body.document_number) {
        (Some(phone), None, None) => (Told::Phone, accounts.customers_by_phone(phone.reveal()).await?),
        (None, Some(email), None) => (Told::Email, accounts.customers_by_email(email.reveal()).await?),
        (None, None, Some(number)) => {
            (Told::Document, accounts.customers_by_document(number.reveal()).await?)
        }
        _ => {
            let rule = "a search is by exactly one of phone, email and document_number";
            return Err(Problem::new(Fault::Invalid, "field_invalid").at("/").detail(rule));
        }
    };
    let detail = serde_json::json!({ "by": told.word(), "count": found.len() });
    let entry = caller.entry(CUSTOMER_SOUGHT).detail(detail);
    let entry = found.iter().fold(entry, |entry, customer| entry.concerns(customer.id));
    audit::record(&app.db, entry).await?;
    Ok(Json(FoundView { data: found.iter().map(CustomerView::of).collect() }))
}

/// One customer, masked.
#[utoipa::path(
    get, path = "/v1/customers/{customer}", tag = "accounts", security(("api_key" = [])),
    params(("customer" = String, Path, description = "Its id")),
    responses((status = 200, description = "The customer", body = CustomerView), ApiProblems)
)]
async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Result<Json<CustomerView>, Problem> {
    let found = Accounts::of(&app).customer(id).await?.ok_or_else(Problem::absent)?;
    audit::record(&app.db, caller.entry(CUSTOMER_READ).subject(id).concerns(id)).await?;
    Ok(Json(CustomerView::of(&found)))
}
