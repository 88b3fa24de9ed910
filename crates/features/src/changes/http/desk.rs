//! A customer's changes at the desk: the same lines of steps that the customer sees, with values masked, and stopping one.

use super::super::service::Changes;
use super::super::{access, ui};
use crate::accounts::Accounts;
use axum::extract::State;
use axum::response::{Html, Redirect};
use kernel::{AccountId, ChangeId, CustomerId};
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::Path;
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;

/// Changes that are listed.
const LISTED_MAX: i64 = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/accounts/{account}/changes", &access::READ, page),
        Route::post("/desk/accounts/{account}/changes/{change}/stop", &access::STOP_FOR, stop),
    ]
}

async fn holder(app: &App, account: AccountId) -> Result<CustomerId, Problem> {
    let account = Accounts::of(app).account(account).await?.ok_or_else(Problem::absent)?;
    Ok(account.customer)
}

async fn page(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<AccountId>,
) -> Result<Html<String>, Problem> {
    let customer = holder(&app, account).await?;
    let found = Changes::of(&app)?.read_for(&caller, customer, (None, LISTED_MAX)).await?;
    let title = t(caller.locale, "changes-list", &[]);
    let address = format!("/desk/accounts/{account}/changes");
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &address };
    let view = ui::View { app: &app, caller: &caller };
    Ok(frame.desk_page(maud::html! {}, maud::html! {}, ui::desk(&view, account, &found)))
}

async fn stop(
    State(app): State<App>,
    caller: Caller,
    Path((account, change)): Path<(AccountId, ChangeId)>,
) -> Result<Redirect, Problem> {
    let customer = holder(&app, account).await?;
    Changes::of(&app)?.stop(&caller, customer, change).await?;
    Ok(Redirect::to(&format!("/desk/accounts/{account}/changes")))
}
