//! Streams of events to a page (server-sent events) that end with the session and never extend it.
//!
//! The route must be [`crate::feature::Route::unattended`]. Every heartbeat asks whether the session is
//! live; when it has ended (idle, signed out, too old, staff disabled) the stream sends `ended` and
//! closes, and the page leads to the sign-in. It also closes when the server stops. A heartbeat also keeps proxies from closing the stream.

use crate::access::{Caller, is_live};
use crate::app::App;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, select};
use futures_util::stream::{BoxStream, StreamExt, unfold};
use kernel::SessionId;
use std::convert::Infallible;
use std::time::Duration;

/// How often a stream gives a sign of life and looks at its session, seconds.
pub const HEARTBEAT_SECONDS: u64 = 10;
/// The event that tells a page that its session has ended. Its data is not empty: a browser drops events
/// without data.
pub const ENDED: &str = "ended";

struct Live {
    app: App,
    session: Option<SessionId>,
    source: BoxStream<'static, Event>,
    done: bool,
}

/// Answers with the events of `source` for as long as the caller's session lives and the source gives.
pub fn live(app: &App, caller: &Caller, source: BoxStream<'static, Event>) -> Response {
    let session = caller.session.as_ref().map(|session| session.id);
    let state = Live { app: app.clone(), session, source, done: false };
    let events = unfold(state, |mut state| async move {
        let event = next(&mut state).await?;
        Some((Ok::<_, Infallible>(event), state))
    });
    let mut response = Sse::new(events).into_response();
    super::no_store(response.headers_mut());
    response
}

async fn next(state: &mut Live) -> Option<Event> {
    if state.done {
        return None;
    }
    let heartbeat = state.app.sleep.sleep(Duration::from_secs(HEARTBEAT_SECONDS));
    let stopped = Box::pin(state.app.health.stopped());
    match select(select(state.source.next(), heartbeat), stopped).await {
        Either::Left((Either::Left((event, _)), _)) => event,
        // The page connects again by itself, to whichever server is there then.
        Either::Right(_) => None,
        Either::Left((Either::Right(_), _)) => {
            let lives = match state.session {
                None => true,
                // A database that does not answer is no reason to believe in the session.
                Some(id) => is_live(&state.app.db, id).await.unwrap_or(false),
            };
            state.done = !lives;
            Some(if lives {
                Event::default().comment("")
            } else {
                Event::default().event(ENDED).data("session")
            })
        }
    }
}
