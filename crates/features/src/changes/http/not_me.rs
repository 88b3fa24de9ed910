//! "This was not me": the code of a notice, from any browser, without signing in.

use super::super::service::{Changes, Told};
use super::super::{access, ui};
use super::no_store;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use kernel::Secret;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::Form;
use platform::http::problem::Problem;
use serde::Deserialize;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/not-me", &access::DISOWN, page), Route::post("/not-me", &access::DISOWN, disown)]
}

fn shown(app: &App, caller: &Caller, told: Told) -> Response {
    let mut response = Html(ui::not_me(app, caller, told).into_string()).into_response();
    no_store(&mut response);
    response
}

async fn page(State(app): State<App>, caller: Caller) -> Response {
    shown(&app, &caller, Told::Nothing)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    code: Secret<String>,
    #[serde(default, rename = "csrf")]
    _csrf: String,
}

async fn disown(State(app): State<App>, caller: Caller, Form(said): Form<Said>) -> Result<Response, Problem> {
    let told = Changes::of(&app)?.disown(said.code.expose()).await?;
    Ok(shown(&app, &caller, told))
}
