//! At the desk: how many passkeys a customer has, and ending all of them where a phone is gone. Staff see none of them.

use super::super::access::END_ALL;
use super::super::service::{count_of_customer, end_all_of_customer};
use super::super::ui;
use crate::accounts::Accounts;
use axum::extract::State;
use axum::response::{Html, Redirect};
use kernel::{AccountId, CustomerId};
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::Path;
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/accounts/{account}/passkeys", &END_ALL, page),
        Route::post("/desk/accounts/{account}/passkeys/end", &END_ALL, end),
    ]
}

async fn holder(app: &App, account: AccountId) -> Result<CustomerId, Problem> {
    let account = Accounts::of(app).account(account).await?.ok_or_else(Problem::absent)?;
    Ok(account.customer)
}

fn address(account: AccountId) -> String {
    format!("/desk/accounts/{account}/passkeys")
}

async fn page(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<AccountId>,
) -> Result<Html<String>, Problem> {
    let customer = holder(&app, account).await?;
    let count = count_of_customer(&app, &caller, customer).await?;
    let title = t(caller.locale, "passkeys-of-customer", &[]);
    let address = address(account);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &address };
    Ok(frame.desk_page(maud::html! {}, maud::html! {}, ui::of_customer(&caller, &address, count)))
}

async fn end(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<AccountId>,
) -> Result<Redirect, Problem> {
    let customer = holder(&app, account).await?;
    end_all_of_customer(&app, &caller, customer).await?;
    Ok(Redirect::to(&address(account)))
}
