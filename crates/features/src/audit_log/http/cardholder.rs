//! Who looked at my data.

use super::super::service::{SHOWN, looks, teller};
use super::super::{access, ui};
use axum::extract::State;
use axum::response::Html;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::frame::Frame;
use platform::http::page::PageRequest;
use platform::http::problem::Problem;
use platform::i18n::t;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/who-looked", &access::OWN, page)]
}

async fn page(State(app): State<App>, caller: Caller, piece: PageRequest) -> Result<Html<String>, Problem> {
    let owner = caller.customer()?;
    let found = looks(&app, owner, piece.after()).await?;
    let found = PageRequest::of(SHOWN, piece.after()).cut(found, |entry| entry.id);
    let teller = teller(&app, &caller).await?;
    let calendar = app.calendar(caller.locale);
    let title = t(caller.locale, "audit-log-own-title", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/who-looked" };
    let older = found.next_cursor.map(|cursor| format!("/who-looked?cursor={cursor}"));
    let main = ui::own_page(&teller, &calendar, &found.data, older.as_deref(), piece.after().is_none());
    Ok(frame.app_page(main))
}
