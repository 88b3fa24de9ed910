//! Alerts at the desk: list, one alert, taking it, closing it.

use super::super::{
    events,
    model::{AlertId, Outcome},
    service::{self, Watch},
    ui::{self, AlertPage, AlertsPage},
};
use super::page::words;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use platform::{
    access::Caller,
    app::App,
    audit,
    http::{
        extract::{Form, Path, Query},
        frame::Frame,
        page::PageRequest,
        problem::Problem,
    },
};
use serde::Deserialize;

/// Which alerts the reader wants; the open ones unless they say otherwise.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    state: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<ListQuery>,
    piece: PageRequest,
) -> Result<Response, Problem> {
    let watch = app.service::<Watch>()?;
    let closed = query.state.as_deref() == Some("closed");
    let found = service::list(&app.db, closed, piece.after(), piece.fetch()).await?;
    let found = piece.cut(found, |alert| alert.id.raw());
    let state = if closed { "closed" } else { "open" };
    let older = found
        .next_cursor
        .map(|cursor| format!("/desk/alerts?state={state}&cursor={cursor}"))
        .unwrap_or_default();
    let words = words(&app, &watch, caller.locale).await?;
    let main = ui::alerts_page(&AlertsPage {
        words: &words,
        alerts: &found.data,
        closed,
        older,
        reader: caller.staff()?,
        csrf: caller.csrf(),
    });
    let title = words.t("monitoring-alerts-title");
    let address = uri.path_and_query().map_or(uri.path(), |whole| whole.as_str());
    let frame = Frame { app: &app, caller: &caller, title: &title, address };
    Ok(frame.desk_page(html! {}, ui::switch(&words, closed), main).into_response())
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let watch = app.service::<Watch>()?;
    let id: AlertId = id.parse()?;
    let (alert, hits) = service::detail(&app.db, id).await?;
    let accounts: Vec<i64> = hits.iter().map(|hit| hit.account).chain([alert.account]).collect();
    let read = service::concerning(caller.entry(events::ALERT_READ).subject(id), &accounts);
    audit::record(&app.db, read).await?;
    let words = words(&app, &watch, caller.locale).await?;
    let main = ui::alert_page(&AlertPage {
        words: &words,
        alert: &alert,
        hits: &hits,
        reader: caller.staff()?,
        csrf: caller.csrf(),
    });
    let title = words.t("monitoring-alerts-title");
    let frame = Frame { app: &app, caller: &caller, title: &title, address: uri.path() };
    Ok(frame.desk_page(html! {}, html! {}, main).into_response())
}

pub(super) async fn take(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: AlertId = id.parse()?;
    service::take(&app.db, id, caller.staff()?).await?;
    Ok(Redirect::to(&format!("/desk/alerts/{id}")).into_response())
}

#[derive(Debug, Deserialize)]
pub(super) struct Closure {
    outcome: Outcome,
}

pub(super) async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Form(closure): Form<Closure>,
) -> Result<Response, Problem> {
    let watch = app.service::<Watch>()?;
    let id: AlertId = id.parse()?;
    service::close(&app.db, &watch, id, closure.outcome, caller.staff()?).await?;
    Ok(Redirect::to("/desk/alerts").into_response())
}
