//! At the desk: having a code by letter sent, stopping one, setting wrong tries back. Staff see no code and no value.

use super::super::events::PROOFS_READ;
use super::super::model::ProofKind;
use super::super::service::Identity;
use super::super::{access, ui};
use crate::accounts::Accounts;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::{AccountId, CustomerId};
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::feature::{Route, panels};
use platform::http::extract::{Form, Path};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use serde::Deserialize;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/accounts/{account}/proofs", &access::ASK, page),
        Route::post("/desk/accounts/{account}/activation", &access::ASK, ask),
        Route::post("/desk/accounts/{account}/activation/stop", &access::STOP, stop),
        Route::post("/desk/accounts/{account}/proofs/reset", &access::RESET, reset),
    ]
}

async fn holder(app: &App, account: AccountId) -> Result<CustomerId, Problem> {
    let account = Accounts::of(app).account(account).await?.ok_or_else(Problem::absent)?;
    Ok(account.customer)
}

fn back(account: AccountId) -> String {
    format!("/desk/accounts/{account}/proofs")
}

async fn page(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<AccountId>,
) -> Result<Response, Problem> {
    let (identity, customer) = (Identity::of(&app)?, holder(&app, account).await?);
    // Before anything is shown: what can't be written down is not looked at.
    let entry = caller.entry(PROOFS_READ).subject(account).concerns(customer);
    audit::record(&app.db, entry).await?;
    let calendar = app.calendar(caller.locale);
    let state = ui::DeskProofs {
        account,
        waiting: identity.waiting_activation(customer).await?.map(|(from, _)| calendar.date_time(from)),
        refused: identity.refused_kinds(customer).await?,
        may_reset: access::RESET.allows(caller.role),
        more: panels(&app.features, "desk.proofs", caller.role),
    };
    let title = t(caller.locale, "identity-proofs", &[]);
    let address = back(account);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &address };
    let page: Html<String> = frame.desk_page(maud::html! {}, maud::html! {}, ui::desk(&caller, &state));
    Ok(page.into_response())
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<AccountId>,
) -> Result<Redirect, Problem> {
    let customer = holder(&app, account).await?;
    Identity::of(&app)?.ask_activation(customer, (caller.actor, caller.channel)).await?;
    Ok(Redirect::to(&back(account)))
}

async fn stop(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<AccountId>,
) -> Result<Redirect, Problem> {
    let customer = holder(&app, account).await?;
    Identity::of(&app)?.stop_activation(&caller, customer).await?;
    Ok(Redirect::to(&back(account)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    kind: ProofKind,
    #[serde(rename = "csrf")]
    _csrf: String,
}

async fn reset(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<AccountId>,
    Form(reset): Form<Reset>,
) -> Result<Redirect, Problem> {
    let customer = holder(&app, account).await?;
    Identity::of(&app)?.reset(&caller, customer, reset.kind).await?;
    Ok(Redirect::to(&back(account)))
}
