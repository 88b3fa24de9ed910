//! Who looked at my data, and how I was recognised.

use super::super::service::{SHOWN, checks, looks, teller};
use super::super::{access, ui};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Html;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::frame::Frame;
use platform::http::page::PageRequest;
use platform::http::problem::Problem;
use platform::http::wants_part;
use platform::i18n::t;

/// Where the checks are.
const CHECKS: &str = "/security/checks";

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/who-looked", &access::OWN, page), Route::get(CHECKS, &access::OWN, checked)]
}

async fn page(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    piece: PageRequest,
) -> Result<Html<String>, Problem> {
    let owner = caller.customer()?;
    let found = looks(&app, owner, piece.after()).await?;
    let found = PageRequest::of(SHOWN, piece.after()).cut(found, |entry| entry.id);
    let teller = teller(&app, &caller).await?;
    let calendar = app.calendar(caller.locale);
    if wants_part(&headers) {
        return Ok(Html(ui::own_part(&teller, &calendar, &found.data).into_string()));
    }
    let title = t(caller.locale, "audit-log-own-title", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/who-looked" };
    let older = found.next_cursor.map(|cursor| format!("/who-looked?cursor={cursor}"));
    let main = ui::own_page(&teller, &calendar, &found.data, older.as_deref(), piece.after().is_none());
    Ok(frame.app_page(main))
}

async fn checked(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    piece: PageRequest,
) -> Result<Html<String>, Problem> {
    let found = checks(&app, caller.customer()?, piece.after()).await?;
    let found = PageRequest::of(SHOWN, piece.after()).cut(found, |entry| entry.id);
    let calendar = app.calendar(caller.locale);
    if wants_part(&headers) {
        return Ok(Html(ui::checks_part(&calendar, &found.data).into_string()));
    }
    let title = t(caller.locale, "audit-log-checks", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: CHECKS };
    let older = found.next_cursor.map(|cursor| format!("{CHECKS}?cursor={cursor}"));
    Ok(frame.app_page(ui::checks_page(&calendar, &found.data, older.as_deref())))
}
