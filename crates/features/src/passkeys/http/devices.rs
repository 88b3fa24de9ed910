//! One's own passkeys and sessions: see, add, rename, end. The same at the app and the desk.

use super::super::access::{
    DESK_END, DESK_END_SESSIONS, DESK_ENROL, DESK_OWN, END, END_SESSIONS, ENROL, OWN, RENAME,
};
use super::super::error::PasskeyError;
use super::super::service::{
    Enrolled, Made, PROOF_US, ask_to_end, begin_enrolment, end_passkey, end_session, end_sessions,
    finish_enrolment, may_add, own, rename,
};
use super::super::ui;
use super::answers;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::{DeviceId, SessionId};
use platform::access::{Caller, Surface, agent_words, session_cookie};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Json, Path};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::http::wants_part;
use platform::i18n::t;
use platform::text::FreeText;
use serde::Deserialize;
use serde_json::json;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

/// Where the list is.
const APP: &str = "/security/devices";
const DESK: &str = "/desk/devices";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(APP, &OWN, page),
        Route::post("/security/devices/question", &ENROL, ask),
        Route::post(APP, &ENROL, answer),
        Route::post("/security/devices/{device}/name", &RENAME, set_name),
        Route::post("/security/devices/{device}/end", &END, end),
        Route::post("/security/sessions/end", &END_SESSIONS, end_others),
        Route::post("/security/sessions/{session}/end", &END_SESSIONS, end_one),
        Route::get(DESK, &DESK_OWN, page),
        Route::post("/desk/devices/question", &DESK_ENROL, ask),
        Route::post(DESK, &DESK_ENROL, answer),
        Route::post("/desk/devices/{device}/end", &DESK_END, end),
        Route::post("/desk/devices/sessions/end", &DESK_END_SESSIONS, end_others),
        Route::post("/desk/devices/sessions/{session}/end", &DESK_END_SESSIONS, end_one),
    ]
}

fn surface(caller: &Caller) -> Surface {
    if caller.role.is_staff() { Surface::Desk } else { Surface::App }
}

fn list(caller: &Caller) -> &'static str {
    if caller.role.is_staff() { DESK } else { APP }
}

async fn page(State(app): State<App>, caller: Caller, headers: HeaderMap) -> Result<Html<String>, Problem> {
    let own = own(&app, &caller).await?;
    let title = t(caller.locale, "passkeys-devices", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: list(&caller) };
    let may_add = may_add(&app, &caller, PROOF_US).await?;
    let view = ui::Devices { app: &app, caller: &caller, own: &own, home: list(&caller), may_add };
    if wants_part(&headers) {
        return Ok(Html(ui::part(&view).into_string()));
    }
    let main = ui::devices(&view);
    Ok(match surface(&caller) {
        Surface::Desk => frame.desk_page(maud::html! {}, maud::html! {}, main),
        _ => frame.app_page(main),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    Json(Question {}): Json<Question>,
) -> Result<Response, Problem> {
    Ok(answers::asked(begin_enrolment(&app, &caller).await?))
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
    Ok(match finish_enrolment(&app, &caller, &made).await? {
        Enrolled::Works(opened) => answers::opened(&app, &opened, list(&caller)),
        Enrolled::Waits(address) => Json(json!({ "location": address })).into_response(),
    })
}

#[derive(Deserialize)]
struct NameForm {
    name: FreeText,
}

async fn set_name(
    State(app): State<App>,
    caller: Caller,
    Path(device): Path<DeviceId>,
    Form(form): Form<NameForm>,
) -> Result<Redirect, Problem> {
    rename(&app, &caller, device, &form.name).await?;
    Ok(Redirect::to(list(&caller)))
}

async fn end(
    State(app): State<App>,
    caller: Caller,
    Path(device): Path<DeviceId>,
) -> Result<Response, Problem> {
    if !caller.role.is_staff() {
        // There is a passkey, so there is one to sign with; without a name of this server none works at all.
        let address = ask_to_end(&app, &caller, device).await?.address().ok_or(PasskeyError::NoName)?;
        return Ok(Redirect::to(&address).into_response());
    }
    let renewed = end_passkey(&app, &caller, device).await?;
    let mut response = Redirect::to(list(&caller)).into_response();
    if let Some(cookie) = session_cookie(surface(&caller), app.is_secure(), &renewed.token) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn end_others(State(app): State<App>, caller: Caller) -> Result<Redirect, Problem> {
    end_sessions(&app, &caller).await?;
    Ok(Redirect::to(list(&caller)))
}

async fn end_one(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<SessionId>,
) -> Result<Redirect, Problem> {
    end_session(&app, &caller, session).await?;
    Ok(Redirect::to(list(&caller)))
}
