//! Streams of events to a page (server-sent events) that end with the session and never extend it.
//!
//! The route must be [`crate::feature::Route::unattended`]. Every beat asks whether the session is
//! live; when it has ended (idle, signed out, too old, staff disabled) the stream sends `end` and
//! closes, and the page leads to the sign-in. It also closes when the server stops. A beat also keeps proxies from closing the stream.

use crate::access::{Caller, is_live};
use crate::app::App;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::future::{BoxFuture, Either, ready, select};
use futures_util::stream::{BoxStream, StreamExt, once, unfold};
use kernel::SessionId;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How often a stream gives a sign of life and looks at its session, seconds.
pub const BEAT_SECONDS: u64 = 5;
/// The event that is only a sign of life.
pub const BEAT: &str = "beat";
/// The event that tells a page that its session has ended.
pub const END: &str = "end";

struct Live {
    app: App,
    session: Option<SessionId>,
    source: BoxStream<'static, Event>,
    beat: BoxFuture<'static, ()>,
    stopped: BoxFuture<'static, ()>,
    done: bool,
}

/// Answers with the events of `source` for as long as the caller's session lives and the source gives.
pub fn live(app: &App, caller: &Caller, source: BoxStream<'static, Event>) -> Response {
    let session = caller.session.as_ref().map(|session| session.id);
    let stopped = Box::pin(app.health.stopped());
    let state = Live { app: app.clone(), session, source, beat: next_beat(app), stopped, done: false };
    let events = unfold(state, |mut state| async move {
        let event = next(&mut state).await?;
        Some((Ok::<_, Infallible>(event), state))
    });
    // One at once: the page knows that it is connected, and proxies let the head through.
    let first = once(ready(Ok(sign(BEAT))));
    let mut response = Sse::new(first.chain(events)).into_response();
    super::no_store(response.headers_mut());
    response
}

fn next_beat(app: &App) -> BoxFuture<'static, ()> {
    let sleep = Arc::clone(&app.sleep);
    Box::pin(async move { sleep.sleep(Duration::from_secs(BEAT_SECONDS)).await })
}

/// An event of ours. Its data is not empty: a browser drops events without data.
fn sign(name: &str) -> Event {
    Event::default().event(name).data(name)
}

async fn next(state: &mut Live) -> Option<Event> {
    if state.done {
        return None;
    }
    // The beat is asked first and kept from event to event, so that a busy source can't put it off.
    match select(select(&mut state.beat, &mut state.stopped), state.source.next()).await {
        Either::Left((Either::Left(_), _)) => {
            state.beat = next_beat(&state.app);
            let lives = match state.session {
                None => true,
                // A database that does not answer is no reason to believe in the session.
                Some(id) => is_live(&state.app.db, id).await.unwrap_or(false),
            };
            state.done = !lives;
            Some(sign(if lives { BEAT } else { END }))
        }
        // The page connects again by itself, to whichever server is there then.
        Either::Left((Either::Right(_), _)) => None,
        Either::Right((event, _)) => event,
    }
}
