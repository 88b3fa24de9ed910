//! Signing in with an outside provider: there and back.

use super::super::access;
use super::super::service::{Back, begin, finish};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::html;
use platform::access::{Caller, Surface, cookie_value, landing, session_cookie};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::Query;
use platform::http::no_store;
use platform::http::problem::Problem;
use platform::i18n::t;
use platform::ui::{PlainPage, Theme, plain_page};
use serde::Deserialize;

/// How long the browser keeps what it must bring back, seconds.
const KEPT_SECONDS: u32 = 600;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/sign-in/provider", &access::SIGN_IN, there),
        Route::get("/desk/sign-in/provider/callback", &access::SIGN_IN, back),
    ]
}

const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-cardea_provider" } else { "cardea_provider" }
}

/// `Lax`, since the browser comes back from another site.
fn cookie(app: &App, value: &str, seconds: u32) -> Result<HeaderValue, Problem> {
    let secure = if app.is_secure() { "; Secure" } else { "" };
    let name = cookie_name(app.is_secure());
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut value = HeaderValue::from_str(&text).map_err(Problem::internal)?;
    value.set_sensitive(true);
    Ok(value)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct There {
    next: String,
}

async fn there(State(app): State<App>, Query(There { next }): Query<There>) -> Result<Response, Problem> {
    let begun = begin(&app, platform::http::shown_address(&next)).await?;
    let mut response = Redirect::to(&begun.address).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie(&app, begun.state.expose(), KEPT_SECONDS)?);
    no_store(response.headers_mut());
    Ok(response)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    code: String,
    state: String,
    iss: Option<String>,
}

/// A page that leads on by itself: the desk's cookie is for requests that begin on our own pages only.
async fn back(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Problem> {
    let back = Back {
        code: &answer.code,
        state: &answer.state,
        issuer: answer.iss.as_deref(),
        kept: cookie_value(&headers, cookie_name(app.is_secure())),
    };
    let (opened, next) = finish(&app, &back).await?;
    let target = landing(&opened.session, &next);
    let title = t(caller.locale, "staff-signed-in", &[]);
    let page = PlainPage {
        locale: caller.locale,
        theme: Theme::default(),
        issuer: app.brand.name(caller.locale),
        title: &title,
        address: "/desk",
        banner: None,
        main: html! { h1 { (title) } p { a href=(target) { (t(caller.locale, "staff-go-on", &[])) } } },
    };
    let mut response = Html(plain_page(&page).into_string()).into_response();
    let headers = response.headers_mut();
    if let Some(session) = session_cookie(Surface::Desk, app.is_secure(), &opened.token) {
        headers.append(header::SET_COOKIE, session);
    }
    headers.append(header::SET_COOKIE, cookie(&app, "", 0)?);
    let on = HeaderValue::from_str(&format!("0; url={target}")).map_err(Problem::internal)?;
    headers.insert(header::REFRESH, on);
    no_store(headers);
    Ok(response)
}
