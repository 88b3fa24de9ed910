//! One entry: its sentence, where it stands in the tree, and its proof as a file.

use super::super::service::{Proved, proved, teller, words};
use super::super::{access, ui};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::audit::tiles::Folder;
use platform::feature::Route;
use platform::http::frame::Frame;
use platform::http::no_store;
use platform::http::problem::Problem;
use platform::i18n::t;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/audit-log/entries/{entry}", &access::READ, show),
        Route::get("/desk/audit-log/entries/{entry}/proof", &access::READ, file),
    ]
}

async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(entry): Path<i64>,
) -> Result<Html<String>, Problem> {
    let Proved { entry, standing } = proved(&app, &caller, entry).await?;
    let teller = teller(&app, &caller).await?;
    let words = words(&app, &teller, std::slice::from_ref(&entry)).await?;
    let calendar = app.calendar(caller.locale);
    let title = t(caller.locale, "audit-log-entry-title", &[]);
    let main = ui::entry_page(&ui::EntryPage {
        teller: &teller,
        calendar: &calendar,
        entry: &entry,
        words: words.get(&entry.id),
        standing: standing.as_ref(),
        witnesses: app.config.log.witnesses.0.len(),
    });
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/desk/audit-log" };
    Ok(frame.desk_page(maud::html! {}, maud::html! {}, main))
}

/// The proof in the format of C2SP tlog-proof, with the entry's exact text in it.
async fn file(State(app): State<App>, caller: Caller, Path(entry): Path<i64>) -> Result<Response, Problem> {
    let Proved { standing, .. } = proved(&app, &caller, entry).await?;
    let standing = standing.ok_or_else(Problem::absent)?;
    let folder = app.service::<Folder>()?;
    let proof = audit::proof(&folder, &standing).await.map_err(Problem::internal)?;
    let mut response = proof.ok_or_else(Problem::absent)?.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let saved = format!("attachment; filename=\"entry-{}.tlog-proof\"", standing.index);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&saved).map_err(Problem::internal)?);
    no_store(headers);
    Ok(response)
}
