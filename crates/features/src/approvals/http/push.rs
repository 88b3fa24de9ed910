//! Asking one's own app for a proof, from another browser: the page with the number, and what becomes of it.

use super::super::model::Asker;
use super::super::service::Approvals;
use super::super::{access, ui};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::ApprovalId;
use platform::access::{Caller, Surface, agent_words, landing, session_cookie};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Path, Query};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::http::wants_part;
use platform::i18n::t;
use serde::Deserialize;

/// Where one asks.
const ASK: &str = "/step-up/app";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(ASK, &access::ASK_APP, offer),
        Route::post(ASK, &access::ASK_APP, ask),
        Route::get("/step-up/app/{approval}", &access::ASK_APP, wait),
        Route::post("/step-up/app/{approval}", &access::ASK_APP, finish),
    ]
}

/// Where the reader wanted to go.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Next {
    next: String,
}

/// The page, or the part of another page, from which one asks.
async fn offer(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(next): Query<Next>,
) -> Result<Html<String>, Problem> {
    let view = ui::View { app: &app, caller: &caller };
    let main = ui::offer(&view, ASK, &next.next);
    if wants_part(&headers) {
        return Ok(Html(main.into_string()));
    }
    let title = t(caller.locale, "approvals-ask-title", &[]);
    Ok(Frame { app: &app, caller: &caller, title: &title, address: ASK }.app_page(main))
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Form(next): Form<Next>,
) -> Result<Redirect, Problem> {
    let asker = Asker {
        actor: caller.actor,
        channel: caller.channel,
        session: caller.session.as_ref().map(|session| session.id),
        agent: agent_words(&headers),
    };
    let (id, _) = Approvals::of(&app).ask_app(caller.customer()?, asker).await?;
    Ok(Redirect::to(&with_next(id, &next.next)))
}

fn with_next(id: ApprovalId, next: &str) -> String {
    // Only a plain path of ours goes along; the gate checks where it leads.
    let plain = next.starts_with('/')
        && next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    if plain { format!("/step-up/app/{id}?next={next}") } else { format!("/step-up/app/{id}") }
}

async fn wait(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
    Query(next): Query<Next>,
) -> Result<Html<String>, Problem> {
    let approval = Approvals::of(&app).asked_here(&caller, id).await?;
    let title = t(caller.locale, "approvals-ask-title", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &format!("/step-up/app/{id}") };
    let view = ui::View { app: &app, caller: &caller };
    Ok(frame.app_page(ui::asking(&view, &approval, &next.next)))
}

async fn finish(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
    Form(next): Form<Next>,
) -> Result<Response, Problem> {
    let Some(opened) = Approvals::of(&app).finish_push(&caller, id).await? else {
        return Ok(Redirect::to(&with_next(id, &next.next)).into_response());
    };
    let mut response = Redirect::to(landing(&opened.session, &next.next)).into_response();
    if let Some(cookie) = session_cookie(Surface::App, app.is_secure(), &opened.token) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
