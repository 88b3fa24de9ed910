//! Signing in with a passkey, and proving more with one.

use super::super::access::{DESK_STEP_UP, SIGN_IN, STEP_UP};
use super::super::model::Purpose;
use super::super::service::{Came, begin_sign_in, begin_step_up, finish_sign_in, finish_step_up};
use super::super::ui;
use super::answers;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use platform::access::{Caller, Surface, agent_words, demo_people};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Json, Query};
use platform::http::problem::Problem;
use platform::http::{no_store, shown_address};
use serde::Deserialize;
use webauthn_rs::prelude::PublicKeyCredential;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/sign-in", &SIGN_IN, page),
        Route::post("/sign-in/passkey/question", &SIGN_IN, ask),
        Route::post("/sign-in/passkey", &SIGN_IN, answer),
        Route::get("/desk/sign-in", &SIGN_IN, desk_page),
        Route::post("/desk/sign-in/passkey/question", &SIGN_IN, desk_ask),
        Route::post("/desk/sign-in/passkey", &SIGN_IN, desk_answer),
        Route::post("/step-up/passkey/question", &STEP_UP, step_up_ask),
        Route::post("/step-up/passkey", &STEP_UP, step_up_answer),
        Route::post("/desk/step-up/passkey/question", &DESK_STEP_UP, step_up_ask),
        Route::post("/desk/step-up/passkey", &DESK_STEP_UP, step_up_answer),
    ]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Next {
    next: String,
}

async fn page(
    State(app): State<App>,
    caller: Caller,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Problem> {
    show(&app, &caller, Surface::App, &next).await
}

async fn desk_page(
    State(app): State<App>,
    caller: Caller,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Problem> {
    show(&app, &caller, Surface::Desk, &next).await
}

async fn show(app: &App, caller: &Caller, surface: Surface, next: &str) -> Result<Response, Problem> {
    let mut people = demo_people(app).await?;
    if surface == Surface::Desk {
        people.retain(|person| person.role.is_staff());
    }
    // An address that somebody typed a card number into is not carried into the page.
    let next = shown_address(next);
    let view = ui::SignIn { app, caller, surface, people: &people, next };
    let mut response = Html(ui::sign_in(&view).into_string()).into_response();
    no_store(response.headers_mut());
    Ok(response)
}

/// The question has no parameters; the body is an empty object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    ceremony: String,
    credential: PublicKeyCredential,
    #[serde(default)]
    next: String,
}

fn came(caller: &Caller, headers: &HeaderMap, answer: Answer) -> Result<Came, Problem> {
    Ok(Came {
        ceremony: answers::ceremony(&answer.ceremony)?,
        credential: answer.credential,
        agent: agent_words(headers),
        replaces: answers::replaced(caller),
    })
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    Json(Question {}): Json<Question>,
) -> Result<Response, Problem> {
    Ok(answers::asked(begin_sign_in(&app, Purpose::SignIn, caller.locale)?))
}

async fn desk_ask(
    State(app): State<App>,
    caller: Caller,
    Json(Question {}): Json<Question>,
) -> Result<Response, Problem> {
    Ok(answers::asked(begin_sign_in(&app, Purpose::DeskSignIn, caller.locale)?))
}

async fn answer(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    finish(&app, &caller, &headers, Purpose::SignIn, answer).await
}

async fn desk_answer(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    finish(&app, &caller, &headers, Purpose::DeskSignIn, answer).await
}

async fn finish(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    purpose: Purpose,
    answer: Answer,
) -> Result<Response, Problem> {
    let next = shown_address(&answer.next).to_owned();
    let came = came(caller, headers, answer)?;
    let opened = finish_sign_in(app, purpose, caller.locale, &came).await?;
    Ok(answers::opened(app, &opened, &next))
}

async fn step_up_ask(
    State(app): State<App>,
    caller: Caller,
    Json(Question {}): Json<Question>,
) -> Result<Response, Problem> {
    Ok(answers::asked(begin_step_up(&app, &caller).await?))
}

async fn step_up_answer(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    let next = shown_address(&answer.next).to_owned();
    let came = came(&caller, &headers, answer)?;
    let opened = finish_step_up(&app, &caller, &came).await?;
    Ok(answers::opened(&app, &opened, &next))
}
