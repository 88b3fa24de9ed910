//! The cardholder's app: who is talking to me now, is it really the issuer, and: yes, it is me.

use super::super::service::Calls;
use super::super::{access, ui};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::Markup;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Query};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use serde::Deserialize;

/// The page asks again so soon: what it says about a call must not outlive it. Without a network the browser then shows
/// its own page, which says nothing about us.
const AGAIN: &str = "10; url=/calls";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/calls", &access::OWN, status),
        Route::get("/calls/confirm", &access::CONFIRM, confirm),
        Route::post("/calls/confirm", &access::CONFIRM, answer),
        Route::post("/calls/code", &access::CONFIRM, code),
    ]
}

fn page(app: &App, caller: &Caller, address: &str, main: Markup) -> Html<String> {
    let title = t(caller.locale, "calls-own-title", &[]);
    Frame { app, caller, title: &title, address }.app_page(main)
}

async fn status(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let talking = Calls::of(&app)?.talking(caller.customer()?).await?;
    let main = ui::status(&app.calendar(caller.locale), talking.as_ref());
    let mut response = page(&app, &caller, "/calls", main).into_response();
    response.headers_mut().insert(header::REFRESH, HeaderValue::from_static(AGAIN));
    Ok(response)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    told: String,
}

async fn confirm(
    State(app): State<App>,
    caller: Caller,
    Query(told): Query<Told>,
) -> Result<Html<String>, Problem> {
    let talking = Calls::of(&app)?.talking(caller.customer()?).await?;
    let wrong = told.told == "wrong";
    let main = ui::confirm(&app.calendar(caller.locale), caller.csrf(), talking.as_ref(), wrong);
    Ok(page(&app, &caller, "/calls/confirm", main))
}

#[derive(Deserialize)]
struct Answer {
    number: String,
}

async fn answer(
    State(app): State<App>,
    caller: Caller,
    Form(form): Form<Answer>,
) -> Result<Redirect, Problem> {
    let right = Calls::of(&app)?.answer(&caller, &form.number).await?;
    Ok(Redirect::to(if right { "/calls" } else { "/calls/confirm?told=wrong" }))
}

async fn code(State(app): State<App>, caller: Caller) -> Result<Html<String>, Problem> {
    let shown = Calls::of(&app)?.show_code(&caller).await?;
    Ok(page(&app, &caller, "/calls/confirm", ui::code(caller.locale, &shown)))
}
