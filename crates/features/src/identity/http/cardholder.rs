//! One's own proofs: query password, authenticator app, and stopping a code by letter.

use super::super::error::IdentityError;
use super::super::service::Identity;
use super::super::{access, ui};
use super::{no_store, with_new_token};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::Secret;
use maud::Markup;
use platform::access::{Caller, Opened};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Query};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::http::wants_part;
use platform::i18n::t;
use serde::Deserialize;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/security/proofs", &access::OWN, proofs),
        Route::get("/security/query-password", &access::PASSWORD, password_page),
        Route::post("/security/query-password", &access::PASSWORD, set_password),
        Route::get("/security/authenticator", &access::AUTHENTICATOR, authenticator_page),
        Route::post("/security/authenticator", &access::AUTHENTICATOR, begin),
        Route::post("/security/authenticator/confirmation", &access::AUTHENTICATOR, confirm),
        Route::post("/security/authenticator/removal", &access::AUTHENTICATOR, remove),
        Route::post("/security/activation/stop", &access::STOP, stop),
    ]
}

fn page(app: &App, caller: &Caller, title: &str, main: Markup) -> Response {
    let title = t(caller.locale, title, &[]);
    let frame = Frame { app, caller, title: &title, address: "/security/proofs" };
    let mut response = frame.app_page(main).into_response();
    no_store(&mut response);
    response
}

/// Which proofs the caller has; the panel of the security centre, and a page where it is asked for as one.
async fn proofs(State(app): State<App>, caller: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    let (identity, owner) = (Identity::of(&app)?, caller.customer()?);
    let calendar = app.calendar(caller.locale);
    let waiting = identity.waiting_activation(owner).await?;
    let own = ui::Own {
        password: identity.has_query_password(owner).await?,
        authenticator: identity.has_authenticator(owner).await?,
        waiting: waiting.map(|(from, _)| calendar.date_time(from)),
    };
    if wants_part(&headers) {
        return Ok(Html(ui::part(&caller, &own).into_string()).into_response());
    }
    Ok(page(&app, &caller, "identity-proofs", ui::proofs(&caller, &own)))
}

async fn password_page(State(app): State<App>, caller: Caller) -> Response {
    page(&app, &caller, "identity-password", ui::password(&caller, None))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    password: Secret<String>,
    again: Secret<String>,
    #[serde(rename = "csrf")]
    _csrf: String,
}

async fn set_password(
    State(app): State<App>,
    caller: Caller,
    Form(new): Form<NewPassword>,
) -> Result<Response, Problem> {
    let wrong = |word| Ok(page(&app, &caller, "identity-password", ui::password(&caller, Some(word))));
    if new.password.expose() != new.again.expose() {
        return wrong("differs");
    }
    let keep = caller.session.as_ref().map(|session| session.id);
    let by = (caller.actor, caller.channel);
    let set = Identity::of(&app)?.set_query_password(caller.customer()?, &new.password, by, keep).await;
    match set {
        Err(IdentityError::Weak(weak)) => wrong(weak.word()),
        Err(error) => Err(error.into()),
        Ok(kept) => Ok(back_to_proofs(&app, kept.as_ref())),
    }
}

/// Back to the list, with the new token of the session that was kept.
fn back_to_proofs(app: &App, kept: Option<&Opened>) -> Response {
    let response = Redirect::to("/security/proofs").into_response();
    match kept {
        Some(opened) => with_new_token(app, opened, response),
        None => response,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    told: ui::Told,
}

async fn authenticator_page(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let set = Identity::of(&app)?.has_authenticator(caller.customer()?).await?;
    let main = ui::authenticator(&caller, set, asked.told);
    Ok(page(&app, &caller, "identity-authenticator", main))
}

/// Shows the secret once.
async fn begin(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let enrolment = Identity::of(&app)?.begin_authenticator(&caller).await?;
    let main = ui::enrolment(&caller, &enrolment)?;
    Ok(page(&app, &caller, "identity-authenticator", main))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    code: Secret<String>,
    #[serde(rename = "csrf")]
    _csrf: String,
}

async fn confirm(
    State(app): State<App>,
    caller: Caller,
    Form(given): Form<Confirmation>,
) -> Result<Response, Problem> {
    let confirmed = Identity::of(&app)?.confirm_authenticator(&caller, &given.code).await?;
    Ok(match confirmed {
        Some(kept) => back_to_proofs(&app, Some(&kept)),
        None => Redirect::to("/security/authenticator?told=no").into_response(),
    })
}

async fn remove(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let kept = Identity::of(&app)?.remove_authenticator(&caller).await?;
    Ok(back_to_proofs(&app, kept.as_ref()))
}

/// "This was not me."
async fn stop(State(app): State<App>, caller: Caller) -> Result<Redirect, Problem> {
    Identity::of(&app)?.stop_activation(&caller, caller.customer()?).await?;
    Ok(Redirect::to("/security/proofs"))
}
