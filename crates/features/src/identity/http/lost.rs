//! "My phone is gone": a page for any browser, without signing in. It always answers the same.

use super::super::model::ProofKind;
use super::super::service::Identity;
use super::super::{access, ui};
use super::no_store;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::Secret;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Query};
use platform::http::problem::Problem;
use serde::Deserialize;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/lost-phone", &access::LOST, page), Route::post("/lost-phone", &access::LOST, lose)]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    told: ui::Told,
}

async fn page(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Response {
    let mut response = Html(ui::lost_phone(&app, &caller, asked.told).into_string()).into_response();
    no_store(&mut response);
    response
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    name: Secret<String>,
    kind: ProofKind,
    value: Secret<String>,
    #[serde(default, rename = "csrf")]
    _csrf: String,
}

async fn lose(State(app): State<App>, Form(said): Form<Said>) -> Result<Redirect, Problem> {
    Identity::of(&app)?.lose_phone(&said.name, said.kind, said.value).await?;
    Ok(Redirect::to("/lost-phone?told=done"))
}
