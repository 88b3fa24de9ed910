//! A first passkey, with an enrolment code.

use super::super::access::ACTIVATE;
use super::super::service::{Made, begin_activation, finish_activation};
use super::super::ui;
use super::answers;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use kernel::Secret;
use platform::access::{Caller, Surface, agent_words};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::Json;
use platform::http::no_store;
use platform::http::problem::Problem;
use platform::text::FreeText;
use serde::Deserialize;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/activate", &ACTIVATE, page),
        Route::post("/activate/question", &ACTIVATE, ask),
        Route::post("/activate", &ACTIVATE, answer),
        Route::get("/desk/activate", &ACTIVATE, desk_page),
        Route::post("/desk/activate/question", &ACTIVATE, ask),
        Route::post("/desk/activate", &ACTIVATE, answer),
    ]
}

async fn page(State(app): State<App>, caller: Caller) -> Response {
    show(&app, &caller, Surface::App)
}

async fn desk_page(State(app): State<App>, caller: Caller) -> Response {
    show(&app, &caller, Surface::Desk)
}

fn show(app: &App, caller: &Caller, surface: Surface) -> Response {
    let mut response = Html(ui::activation(app, caller, surface).into_string()).into_response();
    no_store(response.headers_mut());
    response
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    code: Secret<String>,
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    Json(question): Json<Question>,
) -> Result<Response, Problem> {
    Ok(answers::asked(begin_activation(&app, &question.code, caller.locale).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    ceremony: String,
    credential: RegisterPublicKeyCredential,
    #[serde(default)]
    name: FreeText,
}

async fn answer(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    let made = Made {
        ceremony: answers::ceremony(&answer.ceremony)?,
        credential: answer.credential,
        name: answer.name,
        agent: agent_words(&headers),
    };
    let opened = finish_activation(&app, caller.locale, &made, answers::replaced(&caller)).await?;
    Ok(answers::opened(&app, &opened, ""))
}
