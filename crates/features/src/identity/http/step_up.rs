//! Proving more in one's session: the page offers the proofs that this person has, best first, and leads back.

use super::super::model::{ActionHash, Attempt, ProofKind, Verdict};
use super::super::service::{Identity, Sent};
use super::super::{access, ui};
use super::{no_store, with_new_token};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::{CardId, Fault, Secret};
use platform::access::{Assurance, Caller, Surface};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Query};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::http::shown_address;
use platform::i18n::t;
use serde::Deserialize;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/step-up", &access::STEP_UP, page),
        Route::post("/step-up/codes", &access::STEP_UP, send),
        Route::post("/step-up/proofs", &access::STEP_UP, prove),
    ]
}

/// Where to go afterwards, and what the page has to say.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    next: String,
    told: ui::Told,
}

/// An address of the card app; anything else leads to its start.
fn back(next: &str) -> &str {
    let plain = next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    let ours = plain && next.starts_with('/') && !next.starts_with("//") && Surface::of(next) == Surface::App;
    if ours && shown_address(next) == next { next } else { "/" }
}

/// What a code for proving more is for: this session and no other.
fn action(caller: &Caller) -> Result<ActionHash, Problem> {
    let session = caller.session.as_ref().ok_or_else(Problem::absent)?;
    Ok(ActionHash::of(access::STEP_UP.name, &[("session", &session.id.to_string())]))
}

async fn page(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (identity, owner) = (Identity::of(&app)?, caller.customer()?);
    let ways = ui::Ways {
        authenticator: identity.has_authenticator(owner).await?,
        password: identity.has_query_password(owner).await?,
        cards: identity.cards_to_name(owner).await?,
    };
    let title = t(caller.locale, "identity-step-up", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/step-up" };
    let main = ui::step_up(&caller, &ways, back(&asked.next), asked.told);
    let mut response = frame.app_page(main).into_response();
    no_store(&mut response);
    Ok(response)
}

fn again(next: &str, told: &str) -> Redirect {
    Redirect::to(&format!("/step-up?told={told}&next={}", back(next)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    next: String,
    #[serde(rename = "csrf")]
    _csrf: String,
}

async fn send(
    State(app): State<App>,
    caller: Caller,
    Form(wanted): Form<Wanted>,
) -> Result<Redirect, Problem> {
    let by = (caller.actor, caller.channel);
    let sent = Identity::of(&app)?.send_identity_code(caller.customer()?, action(&caller)?, by).await?;
    // Whether one was sent is not told: the owner sees it on their phone.
    let (Sent::Now | Sent::NotNow) = sent;
    Ok(again(&wanted.next, "sent"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    kind: ProofKind,
    value: Secret<String>,
    #[serde(default)]
    card: Option<CardId>,
    #[serde(default)]
    next: String,
    #[serde(rename = "csrf")]
    _csrf: String,
}

async fn prove(
    State(app): State<App>,
    caller: Caller,
    Form(given): Form<Given>,
) -> Result<Response, Problem> {
    let typed =
        [ProofKind::AuthenticatorCode, ProofKind::TextCode, ProofKind::QueryPassword, ProofKind::CardValue];
    if !typed.contains(&given.kind) {
        return Err(Problem::new(Fault::Invalid, "proof_not_taken_here").at("field kind"));
    }
    let identity = Identity::of(&app)?;
    let attempt = Attempt::new(given.kind, given.value, caller.channel, caller.actor).at(caller.assurance);
    let attempt = Attempt { context: Some(action(&caller)?), card: given.card, ..attempt };
    match identity.check(caller.customer()?, attempt).await? {
        Verdict::NoMatch => Ok(again(&given.next, "no").into_response()),
        Verdict::Match(proof) => {
            let opened = identity.prove(&caller, proof).await?;
            let enough = opened.session.assurance >= Assurance::TWO;
            let to = if enough { Redirect::to(back(&given.next)) } else { again(&given.next, "more") };
            Ok(with_new_token(&app, &opened, to.into_response()))
        }
    }
}
