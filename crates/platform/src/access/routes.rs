//! The routes of links, of a demo's people, and of signing out. The pages of signing in are the feature `passkeys`'.

use super::api_key::sweep_nonces;
use super::cookie::{clear_session_cookie, session_cookie};
use super::gate::REFUSED;
use super::{Assurance, Caller, Direction, Permission, Role, STAFF_ADDED, Surface, Token};
use super::{Opened, Session, close_session, end_sessions_that_are_over};
use super::{redeem_sign_in_link, sign_in_as, sweep_sessions};
use crate::app::App;
use crate::audit;
use crate::feature::{AuditAct, Feature, PersonalData, Route};
use crate::http::extract::{Form, Path};
use crate::http::idempotency;
use crate::http::problem::Problem;
use crate::jobs;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{Actor, Channel, Fault, HOUR_US, MINUTE_US};
use serde::Deserialize;
use std::sync::Arc;

/// Somebody tried to sign in and could not.
const SIGN_IN_REFUSED: &str = "access.sign_in.refused";

static SIGN_IN: Permission = Permission {
    name: "access.session.open",
    direction: Direction::Reading,
    assurance: Assurance::NONE,
    roles: Role::ALL,
};

static SIGN_OUT: Permission = Permission {
    name: "access.session.close",
    direction: Direction::Protective,
    assurance: Assurance::NONE,
    roles: Role::ALL,
};

/// Sessions, keys, staff.
pub static FEATURE: Feature = Feature {
    name: "access",
    routes: || {
        vec![
            Route::post("/sign-in", &SIGN_IN, open_as),
            Route::get("/sign-in/link/{token}", &SIGN_IN, open_by_link),
            Route::post("/sign-out", &SIGN_OUT, sign_out),
            Route::post("/desk/sign-out", &SIGN_OUT, sign_out),
        ]
    },
    permissions: &[&SIGN_IN, &SIGN_OUT],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    jobs: |app| {
        let (app, db) = (app.clone(), app.db.clone());
        let run = move |_body| -> jobs::Done {
            let app = app.clone();
            Box::pin(async move {
                sweep_sessions(&app.db).await?;
                sweep_nonces(&app.db).await?;
                idempotency::sweep(&app.db).await
            })
        };
        let end = move |_body| -> jobs::Done {
            let db = db.clone();
            Box::pin(async move { end_sessions_that_are_over(&db).await })
        };
        vec![
            jobs::Handler { kind: "access.sweep", every_us: Some(HOUR_US), run: Arc::new(run) },
            jobs::Handler { kind: "access.end_sessions", every_us: Some(MINUTE_US), run: Arc::new(end) },
        ]
    },
    audit_acts: &[
        AuditAct { name: "access.session.opened", sentence: "audit-access-session-opened" },
        AuditAct { name: REFUSED, sentence: "audit-access-request-refused" },
        AuditAct { name: SIGN_IN_REFUSED, sentence: "audit-access-sign-in-refused" },
        AuditAct { name: "access.session.closed", sentence: "audit-access-session-closed" },
        AuditAct { name: "access.link.made", sentence: "audit-access-link-made" },
        AuditAct { name: "access.link.used", sentence: "audit-access-link-used" },
        AuditAct { name: "access.api_key.made", sentence: "audit-access-api-key-made" },
        AuditAct { name: "access.api_key.rotated", sentence: "audit-access-api-key-rotated" },
        AuditAct { name: "access.api_key.revoked", sentence: "audit-access-api-key-revoked" },
        AuditAct { name: STAFF_ADDED, sentence: "audit-access-staff-added" },
    ],
    personal_data: &[
        PersonalData { place: "staff.name", class: "C2", retention: "for good" },
        PersonalData { place: "sign_in_links.name", class: "C2", retention: "demos only" },
        PersonalData { place: "sessions", class: "C1", retention: "30 days after its end" },
    ],
    tables: &["staff", "sessions", "sign_in_links", "api_keys", "api_nonces", "idempotency_keys"],
    ..Feature::EMPTY
};

async fn open_by_link(
    State(app): State<App>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    // A browser that fetches the page ahead of the click must not use the link up.
    let ahead = |name: &str| headers.get(name).is_some_and(|v| v.as_bytes().starts_with(b"prefetch"));
    if ahead("sec-purpose") || ahead("purpose") {
        return Err(Problem::new(Fault::Busy, "no_prefetch"));
    }
    let refused = || {
        Problem::new(Fault::Absent, "link_not_valid")
            .detail("This sign-in link is unknown, used already, or too old.")
            .mend("Ask for a new link.")
    };
    let opened = match Token::from_text(&token) {
        Some(token) => redeem_sign_in_link(&app, &token).await?,
        None => None,
    };
    match opened {
        Some(opened) => Ok(signed_in(&app, &opened, "")),
        None => {
            note_refused_sign_in(&app, "link").await?;
            Err(refused())
        }
    }
}

/// Where to go after signing in: to `next`, when it is an address of ours that this session is for, else to the start.
pub fn landing<'n>(session: &Session, next: &'n str) -> &'n str {
    let surface = if session.role.is_staff() { Surface::Desk } else { Surface::App };
    match (is_address_of(surface, next), surface) {
        (true, _) => next,
        (false, Surface::Desk) => "/desk",
        (false, _) => "/",
    }
}

/// Whether `next` is an address of this surface that somebody may be led to: never one of another host, and no sign-in.
pub fn is_address_of(surface: Surface, next: &str) -> bool {
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    // Two slashes would lead to another host.
    let ours = plain && next.starts_with('/') && !next.contains("//") && !leads_to_sign_in(next);
    ours && Surface::of(next) == surface
}

fn leads_to_sign_in(next: &str) -> bool {
    next.starts_with("/sign-") || next.starts_with("/desk/sign-")
}

fn signed_in(app: &App, opened: &Opened, next: &str) -> Response {
    let surface = if opened.session.role.is_staff() { Surface::Desk } else { Surface::App };
    let target = landing(&opened.session, next);
    with_cookie(Redirect::to(target), session_cookie(surface, app.is_secure(), &opened.token))
}

#[derive(Deserialize)]
struct Choice {
    who: String,
    #[serde(default)]
    next: String,
}

async fn open_as(State(app): State<App>, Form(choice): Form<Choice>) -> Result<Response, Problem> {
    match sign_in_as(&app, &choice.who).await? {
        Some(opened) => Ok(signed_in(&app, &opened, &choice.next)),
        None => {
            note_refused_sign_in(&app, "choice").await?;
            Err(Problem::new(Fault::Absent, "nobody_of_that_name"))
        }
    }
}

/// Writes down that somebody tried to sign in and could not; who it was is not known, and what they sent is not kept.
async fn note_refused_sign_in(app: &App, way: &'static str) -> Result<(), Problem> {
    let entry = audit::Entry::new(Actor::Nobody, Channel::App, SIGN_IN_REFUSED)
        .detail(serde_json::json!({ "way": way }))
        .refused();
    Ok(audit::record(&app.db, entry).await?)
}

async fn sign_out(
    State(app): State<App>,
    caller: Caller,
    request: axum::extract::Request,
) -> Result<Response, Problem> {
    if let Some(session) = &caller.session {
        close_session(&app.db, session.id, caller.actor).await?;
    }
    let surface = Surface::of(request.uri().path());
    let sign_in = if surface == Surface::Desk { "/desk/sign-in" } else { "/sign-in" };
    Ok(with_cookie(Redirect::to(sign_in), clear_session_cookie(surface, app.is_secure())))
}

fn with_cookie(redirect: Redirect, cookie: Option<HeaderValue>) -> Response {
    let mut response = redirect.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    crate::http::no_store(response.headers_mut());
    response
}
