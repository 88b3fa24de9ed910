//! The live wall: the page, and the stream of its parts.

use super::super::{
    error::MonitoringError,
    model::Range,
    service::{self, View, Watch},
    ui::{self, EngineState, WallView, Words},
};
use super::page::words;
use crate::authorizations::{Engine, Policy};
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response, sse::Event};
use futures_util::stream::unfold;
use platform::{
    access::Caller,
    app::App,
    http::{extract::Query, frame::Frame, problem::Problem, sse},
    i18n::Locale,
    ui::Theme,
};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// Open alerts looked at for the wall: the newest.
const ALERTS_MAX: i64 = 50;
/// How often a stream looks for something new.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Which range the reader wants; anything unknown is the usual one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RangeQuery {
    range: Option<String>,
}

impl RangeQuery {
    fn range(&self) -> Range {
        self.range.as_deref().and_then(Range::from_word).unwrap_or_default()
    }
}

/// The page. It shows the present by itself; with script it follows.
pub(super) async fn show(
    State(app): State<App>,
    mut caller: Caller,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<RangeQuery>,
) -> Result<Response, Problem> {
    let watch = app.service::<Watch>()?;
    let range = query.range();
    let address = uri.path_and_query().map_or(uri.path(), |whole| whole.as_str());
    let words = words(&app, &watch, caller.locale).await?;
    let stream = format!("/desk/live/events?range={}", range.word());
    let main = with_view(&app, &watch, &words, range, |view| ui::wall(view, &stream)).await?;
    let title = words.t("monitoring-live-title");
    // A wall hangs in a dim room: dark unless somebody chose otherwise.
    if caller.theme == Theme::System {
        caller.theme = Theme::Dark;
    }
    let frame = Frame { app: &app, caller: &caller, title: &title, address };
    let beside = ui::beside(&words, app.now()).html;
    Ok(frame.desk_page(beside, ui::tools(&words, range, address), main).into_response())
}

/// Gathers what the wall shows and hands it to `render`.
async fn with_view<T>(
    app: &App,
    watch: &Watch,
    words: &Words<'_>,
    range: Range,
    render: impl FnOnce(&WallView<'_>) -> T,
) -> Result<T, MonitoringError> {
    let alerts = service::list(&app.db, false, None, ALERTS_MAX).await?;
    let open = service::open_now(&app.db).await?;
    let picture = watch.picture(range);
    let engine = match app.service::<Engine>() {
        Ok(engine) if engine.has_failed() => EngineState::Stopped,
        Ok(_) => EngineState::Running,
        Err(_) => EngineState::Unknown,
    };
    let rule_set = app.service::<Arc<Policy>>().ok().map(|policy| policy.rules.version().number);
    Ok(render(&WallView {
        words,
        picture: &picture,
        alerts: &alerts,
        open_alerts: open.count,
        oldest_alert: open.oldest,
        budget_us: watch.settings().latency_budget_us,
        engine,
        rule_set,
        behind: watch.waiting(),
        dropped: watch.dropped(),
    }))
}

struct Viewer {
    app: App,
    watch: Watch,
    range: Range,
    locale: Locale,
    seen: u64,
    first: bool,
}

/// The stream: each second what changed, shared by all who look at the same range in the same language.
pub(super) async fn events(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<RangeQuery>,
) -> Result<Response, Problem> {
    let watch = app.service::<Watch>()?;
    let (range, locale) = (query.range(), caller.locale);
    let viewer = Viewer { app: app.clone(), watch, range, locale, seen: 0, first: true };
    let source = unfold(viewer, |mut viewer| async move {
        let event = viewer.next().await?;
        Some((event, viewer))
    });
    Ok(sse::live(&app, &caller, Box::pin(source)))
}

impl Viewer {
    async fn next(&mut self) -> Option<Event> {
        if !std::mem::take(&mut self.first) {
            self.app.sleep.sleep(LOOK_EVERY).await;
        }
        let shared = self.watch.views().view(self.range, self.locale);
        let mut view = shared.lock().await;
        let now_us = self.watch.monotonic_us();
        if view.is_old(now_us)
            && let Err(error) = self.render(&mut view, now_us).await
        {
            // The page says by itself that it hears nothing new; the stream ends and is tried again.
            tracing::warn!(%error, "the live wall can't be rendered");
            return None;
        }
        let (html, version) = view.since(self.seen);
        self.seen = version;
        // A carriage return would end the line of the stream.
        let html = html.replace('\r', " ");
        Some(if html.is_empty() {
            Event::default().event(sse::BEAT).data(sse::BEAT)
        } else {
            Event::default().data(html)
        })
    }

    async fn render(&self, view: &mut View, now_us: u64) -> Result<(), MonitoringError> {
        let words = words(&self.app, &self.watch, self.locale).await?;
        let parts = with_view(&self.app, &self.watch, &words, self.range, |wall| {
            let parts = ui::fragments(wall).into_iter();
            parts.map(|part| (part.id, part.html.into_string())).collect::<Vec<_>>()
        })
        .await?;
        view.put(now_us, parts);
        Ok(())
    }
}
