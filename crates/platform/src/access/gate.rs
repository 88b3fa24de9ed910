//! The gate in front of every handler: who is it, may they, is the request their own doing.
//!
//! In order: identify (cookie or key), permission, assurance, cross-site check for changes made by
//! pages, the guard of records ([`super::RecordGuard`]), idempotency for POST of the API, handler. A handler can't be reached another way, and it
//! gets the [`Caller`] that this found.
//!
//! Somebody who is known and is refused leaves an entry in the log, before they hear of it. What the handler
//! writes into the log has their session or key as its origin.
//!
//! A page that lacks its sign-in leads to `/sign-in` (at the desk `/desk/sign-in`), one that lacks a proof to `/step-up`
//! (at the desk `/desk/sign-in`); everything else gets a problem, which names the proofs that would do. A use of the
//! session is written down behind the answer.

use super::api_key::{take_nonce, touch_api_key};
use super::signature::{self, SKEW_US, SignatureError};
use super::{
    ApiKey, Assurance, Caller, Permission, ProofAdvice, RecordGuard, RecordPlace, Refusal, Role, Session,
    SessionRef, decide, find_api_key, find_session, read_session_cookie, touch_session,
};
use crate::app::App;
use crate::audit::{self, Origin};
use crate::db::DbError;
use crate::feature::{self, Route};
use crate::http::problem::Problem;
use crate::http::{csrf, idempotency, limits, shown_address, wants_page};
use crate::i18n::{Wishes, lang_cookie};
use crate::ui::{Theme, theme_cookie};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{Actor, Channel, Fault};
use std::sync::Arc;

/// Somebody asked for what they have no right to.
pub(super) const REFUSED: &str = "access.request.refused";

/// Which of the three faces of the server an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// The cardholder's app: everything that is not one of the others.
    App,
    /// The desk: `/desk` and below.
    Desk,
    /// The API: `/v1` and below.
    Api,
}

impl Surface {
    /// The face that `path` belongs to.
    pub fn of(path: &str) -> Self {
        let under =
            |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match path {
            _ if under("/desk") => Self::Desk,
            _ if under("/v1") => Self::Api,
            _ => Self::App,
        }
    }

    const fn channel(self) -> Channel {
        match self {
            Self::App => Channel::App,
            Self::Desk => Channel::Desk,
            Self::Api => Channel::Api,
        }
    }
}

/// What the gate of one route knows.
#[derive(Clone)]
pub(crate) struct Gate {
    app: App,
    permission: &'static Permission,
    surface: Surface,
    extends_session: bool,
    path: &'static str,
    record: RecordPlace,
    guard: Option<RecordGuard>,
}

impl Gate {
    pub(crate) fn new(app: &App, route: &Route, guard: Option<RecordGuard>) -> Self {
        Self {
            app: app.clone(),
            permission: route.permission(),
            surface: Surface::of(route.path()),
            extends_session: route.extends_session(),
            path: route.path(),
            record: route.record(),
            guard,
        }
    }
}

/// The middleware itself.
pub(crate) async fn gate(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match pass(&gate, request, next).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn pass(gate: &Gate, mut request: Request, next: Next) -> Result<Response, Problem> {
    let Identified { mut caller, session, key } = identify(gate, request.uri(), request.headers()).await?;
    if let Err(refusal) = decide(gate.permission, caller.standing()) {
        note_refusal(gate, &caller, refusal).await?;
        return led_away(gate, refusal, &request).ok_or_else(|| problem_of(gate, &caller, refusal));
    }
    if gate.surface != Surface::Api {
        request = csrf::check(&gate.app, caller.session.as_ref(), request).await?;
    }
    if let Some(key) = key {
        request = check_signature(gate, &caller, &key, request).await?;
        touch_key_later(&gate.app, key);
    }
    ask_guard(gate, &caller, request.uri()).await?;
    let api_key = match caller.actor {
        Actor::ApiKey(id) if request.method() == Method::POST => Some(id),
        _ => None,
    };
    let (personal, origin) = (caller.session.is_some(), caller.origin());
    let uri = (gate.surface != Surface::Api).then(|| request.uri().clone());
    let is_page = request.method() == Method::GET && wants_page(request.headers());
    if caller.session.is_some() && is_page {
        caller.waiting = feature::waiting(&gate.app, gate.surface, caller.role, caller.actor).await;
    }
    request.extensions_mut().insert(caller);
    if let Some(session) = session.filter(|_| gate.extends_session) {
        touch_later(&gate.app, session);
    }
    let work = async {
        match api_key {
            Some(id) => idempotency::run_once(&gate.app, id, request, next).await,
            None => Ok(next.run(request).await),
        }
    };
    let mut response = Origin::around(origin, work).await?;
    if let Some(uri) = uri {
        remember_choices(&uri, response.headers_mut());
    }
    if personal {
        // What one person saw must not come out of a cache for the next.
        crate::http::no_store(response.headers_mut());
    }
    Ok(response)
}

/// Asks the guard of records for each record that the request opens.
async fn ask_guard(gate: &Gate, caller: &Caller, uri: &Uri) -> Result<(), Problem> {
    for record in gate.record.records(gate.path, uri) {
        let guard = gate.guard.ok_or_else(|| Problem::internal("a record without a guard"))?;
        guard(&gate.app, caller, &record).await?;
    }
    Ok(())
}

/// Who calls, by their session or key.
struct Identified {
    caller: Caller,
    session: Option<Session>,
    key: Option<ApiKey>,
}

impl Identified {
    fn nobody(caller: Caller) -> Self {
        Self { caller, session: None, key: None }
    }
}

/// Gives the request back when its key asks for no signature, or when the signature holds and comes for the first time.
async fn check_signature(
    gate: &Gate,
    caller: &Caller,
    key: &ApiKey,
    request: Request,
) -> Result<Request, Problem> {
    let Some(verifier) = &key.verifier else { return Ok(request) };
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, limits::BODY_BYTES).await.map_err(|_| csrf::body_too_large())?;
    let now = gate.app.now();
    let told = match signature::check(verifier, &parts, &bytes, now) {
        Ok(nonce) => {
            // Older than this, the request is refused for its time.
            let until = now.plus_us(2 * SKEW_US);
            if take_nonce(&gate.app.db, key.id, &nonce, until).await? {
                return Ok(Request::from_parts(parts, Body::from(bytes)));
            }
            Problem::new(Fault::Unproved, "signature_replayed").detail("This request was sent before.")
        }
        Err(error @ SignatureError::Missing) => {
            Problem::new(Fault::Unproved, "signature_missing").detail(error.to_string())
        }
        Err(error) => Problem::new(Fault::Unproved, "signature_invalid").detail(error.to_string()),
    };
    let entry = caller.entry(REFUSED).subject(gate.permission.name).refused();
    let detail = serde_json::json!({ "role": caller.role, "code": told.code() });
    audit::record(&gate.app.db, entry.detail(detail)).await?;
    Err(told.at("header Signature"))
}

async fn identify(gate: &Gate, uri: &Uri, headers: &HeaderMap) -> Result<Identified, DbError> {
    let wishes = Wishes::from_request(uri, headers);
    let mut caller = Caller {
        actor: Actor::Nobody,
        channel: gate.surface.channel(),
        role: Role::Nobody,
        assurance: Assurance::NONE,
        permission: gate.permission,
        locale: wishes.locale(),
        theme: Theme::from_request(uri, headers),
        session: None,
        waiting: Vec::new(),
        scope_holds: true,
    };
    // Files, health and the like: the same for everybody, so nobody need be looked up.
    if gate.permission.is_open() && !gate.extends_session {
        return Ok(Identified::nobody(caller));
    }
    if gate.surface == Surface::Api {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(text) = bearer.and_then(|value| value.strip_prefix("Bearer ")) else {
            return Ok(Identified::nobody(caller));
        };
        if let Some(key) = find_api_key(&gate.app.db, text.trim()).await? {
            caller.actor = Actor::ApiKey(key.id);
            // A key proves possession of a secret that an administrator gave out: as much as any proof.
            caller.assurance = Assurance::THREE;
            caller.role = Role::ApiClient;
            caller.scope_holds = key.covers(gate.permission);
            return Ok(Identified { caller, session: None, key: Some(key) });
        }
        return Ok(Identified::nobody(caller));
    }
    let Some(token) = read_session_cookie(headers, gate.surface, gate.app.is_secure()) else {
        return Ok(Identified::nobody(caller));
    };
    let Some(session) = find_session(&gate.app.db, &token).await? else {
        return Ok(Identified::nobody(caller));
    };
    caller.actor = session.actor;
    caller.role = session.role;
    caller.assurance = session.assurance;
    caller.locale = wishes.with_person(session.locale).locale();
    caller.session = Some(SessionRef {
        id: session.id,
        csrf: token.csrf(),
        ends_at: session.ends_at,
        device: session.device,
    });
    Ok(Identified { caller, session: Some(session), key: None })
}

/// Remembers the language or theme that the address has just chosen.
fn remember_choices(uri: &Uri, headers: &mut HeaderMap) {
    let locale = Wishes::from_request(uri, &HeaderMap::new()).query.map(lang_cookie);
    let theme = Theme::chosen(uri).map(theme_cookie);
    for cookie in [locale, theme].into_iter().flatten() {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, value);
        }
    }
}

fn problem_of(gate: &Gate, caller: &Caller, refusal: Refusal) -> Problem {
    let (permission, code) = (gate.permission, refusal.code());
    match refusal {
        Refusal::Unsigned => {
            let problem = Problem::new(Fault::Unproved, code).detail("Nobody is signed in.");
            match gate.surface {
                Surface::Api => {
                    problem.at("header Authorization").mend("Send a valid key: Authorization: Bearer ck_…")
                }
                Surface::App | Surface::Desk => problem.mend("Sign in, then try again."),
            }
        }
        Refusal::Role => {
            let detail = format!("The role {} does not have {}.", caller.role, permission.name);
            Problem::new(Fault::Forbidden, code).detail(detail)
        }
        Refusal::Scope => {
            let detail = format!("The key has no scope for {}.", permission.name);
            Problem::new(Fault::Forbidden, code).detail(detail)
        }
        Refusal::Assurance { has, needs } => {
            let (has, level) = (has.level(), needs.level());
            let detail = format!("This needs assurance {level}; this session has {has}.");
            let problem = Problem::new(Fault::Unproved, code).detail(detail);
            match gate.app.service::<Arc<dyn ProofAdvice>>() {
                Ok(advice) => problem.mend(advice.for_level(caller.role, needs)),
                Err(_) => problem,
            }
        }
    }
}

/// Writes down that somebody who is known was refused; nobody is known who is not signed in.
async fn note_refusal(gate: &Gate, caller: &Caller, refusal: Refusal) -> Result<(), DbError> {
    if caller.role == Role::Nobody {
        return Ok(());
    }
    let detail = serde_json::json!({ "role": caller.role, "code": refusal.code() });
    let entry = audit::Entry::new(caller.actor, caller.channel, REFUSED)
        .origin(caller.origin())
        .subject(gate.permission.name)
        .detail(detail)
        .refused();
    audit::record(&gate.app.db, entry).await
}

/// A browser that asked for a page, and lacks the sign-in or the proof, is led to where it can give it, and back.
fn led_away(gate: &Gate, refusal: Refusal, request: &Request) -> Option<Response> {
    let is_page =
        gate.surface != Surface::Api && request.method() == Method::GET && wants_page(request.headers());
    let target = match (refusal, gate.surface) {
        (Refusal::Unsigned, Surface::Desk) => "/desk/sign-in",
        (Refusal::Unsigned, _) => "/sign-in",
        (Refusal::Assurance { .. }, Surface::App) => "/step-up",
        (Refusal::Assurance { .. }, Surface::Desk) => "/desk/sign-in",
        _ => return None,
    };
    if !is_page {
        return None;
    }
    // The path alone: a query could carry what should not stand in a second address. A path with signs
    // that mean something in a query is left out.
    let path = shown_address(request.uri().path());
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    let target = if plain { format!("{target}?next={path}") } else { target.to_owned() };
    Some(Redirect::to(&target).into_response())
}

fn touch_key_later(app: &App, key: ApiKey) {
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = touch_api_key(&app.db, &key).await {
            tracing::warn!(%error, "the use of a key could not be written down");
        }
    });
}

fn touch_later(app: &App, session: Session) {
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = touch_session(&app.db, &session).await {
            tracing::warn!(%error, "the use of a session could not be written down");
        }
    });
}
