//! What waits for the reader's approval, signing it, saying no; and the security centre around it.

use super::super::model::{Answer, decode};
use super::super::service::{self, Approvals};
use super::super::{access, ui};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::{Actor, ApprovalId, Fault};
use maud::Markup;
use platform::access::{Caller, Surface, session_cookie};
use platform::app::App;
use platform::feature::{self, Counted, Route};
use platform::http::extract::{Form, Json, Path};
use platform::http::frame::Frame;
use platform::http::page::PageRequest;
use platform::http::problem::Problem;
use platform::http::wants_part;
use platform::i18n::t;
use serde::Deserialize;
use serde_json::{Value, json};

/// Approvals in one piece of the list.
const PIECE_MAX: i64 = 20;
/// Where the security centre's parts register.
const SLOT: &str = "app.security";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/security", &access::OWN, centre),
        Route::get("/approvals", &access::OWN, list),
        Route::get("/approvals/{approval}", &access::OWN, one),
        Route::post("/approvals/{approval}/question", &access::SIGN, question),
        Route::post("/approvals/{approval}/signature", &access::SIGN, sign),
        Route::post("/approvals/{approval}/number", &access::SIGN, number),
        Route::post("/approvals/{approval}/refuse", &access::REFUSE, refuse),
        Route::post("/approvals/{approval}/not-me", &access::REFUSE, disown),
    ]
}

/// How many acts wait for a reader, for the menu.
pub(in super::super) fn waiting(app: App, actor: Actor) -> Counted {
    Box::pin(async move {
        match actor {
            Actor::Cardholder(owner) => service::waiting_of(&app.db, owner).await,
            _ => Ok(0),
        }
    })
}

fn page(app: &App, caller: &Caller, address: &str, main: Markup) -> Html<String> {
    let title = t(caller.locale, "approvals-title", &[]);
    Frame { app, caller, title: &title, address }.app_page(main)
}

async fn centre(State(app): State<App>, caller: Caller) -> Result<Html<String>, Problem> {
    let panels = feature::panels(&app.features, SLOT, caller.role);
    let title = t(caller.locale, "approvals-security", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/security" };
    Ok(frame.app_page(ui::security(caller.locale, &panels)))
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    piece: PageRequest,
) -> Result<Html<String>, Problem> {
    let piece = PageRequest::of(PIECE_MAX, piece.after());
    let found = Approvals::of(&app).approvals_of(caller.customer()?, piece.after(), piece.fetch()).await?;
    let found = piece.cut(found, |approval| approval.id.raw());
    let view = ui::View { app: &app, caller: &caller };
    if wants_part(&headers) {
        return Ok(Html(ui::part(&view, &found).into_string()));
    }
    Ok(page(&app, &caller, "/approvals", ui::list(&view, &found)))
}

async fn one(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
) -> Result<Html<String>, Problem> {
    let approval = Approvals::of(&app).approval_of(caller.customer()?, id).await?;
    let view = ui::View { app: &app, caller: &caller };
    let main = ui::one(&view, &approval)?;
    Ok(page(&app, &caller, &format!("/approvals/{id}"), main))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {}

async fn question(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
    Json(Question {}): Json<Question>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(Approvals::of(&app).question(&caller, id).await?))
}

/// What the script sends for a signature; `ceremony` and `next` go along for others' forms.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    ceremony: ApprovalId,
    credential: Credential,
    #[serde(default, rename = "next")]
    _next: Option<String>,
}

/// A credential's answer (WebAuthn level 3, 5.1), in base64url.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
struct Credential {
    #[serde(rename = "id")]
    _id: String,
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: Assertion,
    #[serde(default, rename = "clientExtensionResults")]
    _extensions: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
struct Assertion {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    #[serde(default, rename = "userHandle")]
    _user_handle: Option<String>,
}

impl Credential {
    fn answer(&self) -> Result<Answer, Problem> {
        let bytes = |at: &'static str, text: &str| {
            let wrong = || Problem::new(Fault::Invalid, "field_invalid").at(at).detail("Not base64url.");
            decode(text).ok_or_else(wrong)
        };
        if self.kind != "public-key" {
            let problem = Problem::new(Fault::Invalid, "field_invalid").at("/credential/type");
            return Err(problem.detail("Not a public key credential."));
        }
        Ok(Answer {
            credential: bytes("/credential/rawId", &self.raw_id)?,
            client_data: bytes("/credential/response/clientDataJSON", &self.response.client_data)?,
            authenticator_data: bytes(
                "/credential/response/authenticatorData",
                &self.response.authenticator_data,
            )?,
            signature: bytes("/credential/response/signature", &self.response.signature)?,
        })
    }
}

async fn sign(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
    Json(sent): Json<Signature>,
) -> Result<Response, Problem> {
    if sent.ceremony != id {
        return Err(Problem::new(Fault::Invalid, "field_invalid").at("/ceremony").detail("Of another act."));
    }
    let (location, renewed) = Approvals::of(&app).sign(&caller, id, &sent.credential.answer()?).await?;
    let mut response = Json(json!({ "location": location })).into_response();
    let cookie = renewed.and_then(|opened| session_cookie(Surface::App, app.is_secure(), &opened.token));
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[derive(Deserialize)]
struct Chosen {
    number: String,
}

async fn number(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let number = chosen.number.trim().parse().ok();
    Approvals::of(&app).match_number(&caller, id, number).await?;
    Ok(Redirect::to(&format!("/approvals/{id}")).into_response())
}

async fn refuse(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
) -> Result<Redirect, Problem> {
    Approvals::of(&app).refuse(&caller, id).await?;
    Ok(Redirect::to(&format!("/approvals/{id}")))
}

async fn disown(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApprovalId>,
) -> Result<Redirect, Problem> {
    Approvals::of(&app).disown(&caller, id).await?;
    Ok(Redirect::to("/security"))
}
