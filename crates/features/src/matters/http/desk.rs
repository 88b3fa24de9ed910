//! Saying what one serves a customer for, and that it is done.

use super::super::access;
use super::super::model::MatterKind;
use super::super::rules::is_desk_address;
use super::super::service::{self, Opening};
use axum::extract::State;
use axum::response::Redirect;
use kernel::CustomerId;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Path};
use platform::http::problem::Problem;
use platform::text::FreeText;
use serde::Deserialize;

pub(in super::super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/desk/customers/{customer}/matters", &access::OPEN, open)
            .opens_no_record("it is how a record is opened; it shows nothing"),
        Route::post("/desk/customers/{customer}/matters/closure", &access::OPEN, close)
            .opens_no_record("it closes; it shows nothing"),
    ]
}

#[derive(Deserialize)]
struct OpeningForm {
    kind: MatterKind,
    #[serde(default)]
    reference: FreeText,
    #[serde(default)]
    words: FreeText,
    #[serde(default)]
    next: String,
}

async fn open(
    State(app): State<App>,
    caller: Caller,
    Path(customer): Path<CustomerId>,
    Form(form): Form<OpeningForm>,
) -> Result<Redirect, Problem> {
    let opening = Opening { kind: form.kind, reference: form.reference, words: form.words };
    service::open(&app, &caller, customer, &opening).await?;
    match form.next.as_str() {
        next if is_desk_address(next) => Ok(Redirect::to(next)),
        _ => Ok(Redirect::to(&format!("/desk/customers/{customer}"))),
    }
}

async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(customer): Path<CustomerId>,
) -> Result<Redirect, Problem> {
    service::close(&app, &caller, customer).await?;
    Ok(Redirect::to("/desk/customers"))
}
