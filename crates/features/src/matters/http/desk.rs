//! Saying what one serves a customer for, and that it is done; emergencies and their review.

use super::super::model::{MatterKind, ReviewOutcome};
use super::super::service::{self, Opening};
use super::super::{access, ui};
use axum::extract::State;
use axum::response::{Html, Redirect};
use kernel::{CustomerId, MatterId};
use platform::access::{Caller, Surface, is_address_of};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Path};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use platform::text::FreeText;
use serde::Deserialize;

pub(in super::super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/desk/customers/{customer}/matters", &access::OPEN, open)
            .opens_no_record("it is how a record is opened; it shows nothing"),
        Route::post("/desk/customers/{customer}/matters/closure", &access::OPEN, close)
            .opens_no_record("it closes; it shows nothing"),
        Route::post("/desk/customers/{customer}/emergencies", &access::EMERGENCY, open_emergency)
            .opens_no_record("it is how a record is opened; it shows nothing"),
        Route::get("/desk/reviews", &access::REVIEW, reviews),
        Route::post("/desk/reviews/{matter}", &access::REVIEW, review),
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
    Ok(Redirect::to(&way_back(&form.next, customer)))
}

/// Where the reader wanted to go; never to another host.
fn way_back(next: &str, customer: CustomerId) -> String {
    if is_address_of(Surface::Desk, next) { next.to_owned() } else { format!("/desk/customers/{customer}") }
}

async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(customer): Path<CustomerId>,
) -> Result<Redirect, Problem> {
    service::close(&app, &caller, customer).await?;
    Ok(Redirect::to("/desk/customers"))
}

#[derive(Deserialize)]
struct EmergencyForm {
    words: FreeText,
    #[serde(default)]
    next: String,
}

async fn open_emergency(
    State(app): State<App>,
    caller: Caller,
    Path(customer): Path<CustomerId>,
    Form(form): Form<EmergencyForm>,
) -> Result<Redirect, Problem> {
    service::open_emergency(&app, &caller, customer, form.words).await?;
    Ok(Redirect::to(&way_back(&form.next, customer)))
}

async fn reviews(State(app): State<App>, caller: Caller) -> Result<Html<String>, Problem> {
    let waiting = service::to_review(&app, &caller).await?;
    let title = t(caller.locale, "matters-reviews", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/desk/reviews" };
    let main = ui::reviews(&app.calendar(caller.locale), caller.csrf(), &waiting);
    Ok(frame.desk_page(maud::html! {}, maud::html! {}, main))
}

#[derive(Deserialize)]
struct ReviewForm {
    outcome: ReviewOutcome,
}

async fn review(
    State(app): State<App>,
    caller: Caller,
    Path(matter): Path<MatterId>,
    Form(form): Form<ReviewForm>,
) -> Result<Redirect, Problem> {
    service::review(&app, &caller, matter, form.outcome).await?;
    Ok(Redirect::to("/desk/reviews"))
}
