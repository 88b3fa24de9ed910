//! What the script gets: a question for the authenticator, or where to go with which cookie.

use super::super::service::Asked;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kernel::Fault;
use platform::access::{Caller, Opened, Surface, Token, landing, session_cookie};
use platform::app::App;
use platform::http::extract::Json;
use platform::http::no_store;
use platform::http::problem::Problem;
use serde_json::{Value, json};

/// A question.
pub(super) fn asked(asked: Asked) -> Response {
    let mut body = asked.options;
    body["ceremony"] = Value::from(asked.ceremony.expose());
    let mut response = Json(body).into_response();
    no_store(response.headers_mut());
    response
}

/// Where to go now, with the session's new cookie.
pub(super) fn opened(app: &App, opened: &Opened, next: &str) -> Response {
    let surface = if opened.session.role.is_staff() { Surface::Desk } else { Surface::App };
    let mut response = Json(json!({ "location": landing(&opened.session, next) })).into_response();
    if let Some(cookie) = session_cookie(surface, app.is_secure(), &opened.token) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    no_store(response.headers_mut());
    response
}

/// The ceremony that an answer names.
pub(super) fn ceremony(text: &str) -> Result<Token, Problem> {
    Token::from_text(text).ok_or_else(|| {
        Problem::new(Fault::Invalid, "field_invalid").at("/ceremony").detail("Not a ceremony.")
    })
}

/// The session that the browser had when it came, to be ended when it gets another.
pub(super) fn replaced(caller: &Caller) -> Option<(kernel::Actor, kernel::SessionId)> {
    caller.session.as_ref().map(|session| (caller.actor, session.id))
}
