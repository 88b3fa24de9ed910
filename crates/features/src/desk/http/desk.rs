//! Finding a customer, and the screen of one account.

use super::super::service::{Found, customer, find, screen};
use super::super::{access, ui};
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::{AccountId, AuthorizationId, CustomerId};
use platform::access::{Caller, Role, Surface};
use platform::app::App;
use platform::feature::{Route, navigation, panels};
use platform::http::extract::{Form, Path, Query};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use serde::Deserialize;

pub(in super::super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk", &access::START, start),
        Route::get("/desk/customers", &access::FIND, ask),
        Route::post("/desk/customers", &access::FIND, answer),
        Route::get("/desk/customers/{customer}", &access::READ, one_customer),
        Route::get("/desk/accounts/{account}", &access::READ, one_account),
    ]
}

/// Whoever comes to the desk begins where their menu begins.
async fn start(State(app): State<App>, caller: Caller) -> Redirect {
    let first = navigation(&app.features, Surface::Desk, caller.role).first().map(|item| item.path);
    Redirect::to(first.unwrap_or("/desk/customers"))
}

fn find_page(app: &App, caller: &Caller, found: Option<&Found>) -> Html<String> {
    let title = t(caller.locale, "desk-title-customers", &[]);
    let frame = Frame { app, caller, title: &title, address: "/desk/customers" };
    let main = ui::find(&app.calendar(caller.locale), caller.csrf(), found);
    frame.desk_page(maud::html! {}, maud::html! {}, main)
}

async fn ask(State(app): State<App>, caller: Caller) -> Html<String> {
    find_page(&app, &caller, None)
}

#[derive(Deserialize)]
struct Sought {
    sought: String,
}

async fn answer(
    State(app): State<App>,
    caller: Caller,
    Form(Sought { sought }): Form<Sought>,
) -> Result<Response, Problem> {
    match find(&app, &caller, &sought).await? {
        Found::Account(id) => Ok(Redirect::to(&format!("/desk/accounts/{id}")).into_response()),
        found => Ok(find_page(&app, &caller, Some(&found)).into_response()),
    }
}

async fn one_customer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Result<Html<String>, Problem> {
    let found = Found::Customers(vec![customer(&app, &caller, id).await?]);
    Ok(find_page(&app, &caller, Some(&found)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct From {
    from: Option<AuthorizationId>,
}

async fn one_account(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
    Query(From { from }): Query<From>,
) -> Result<Html<String>, Problem> {
    let screen = screen(&app, &caller, id, from).await?;
    let title = t(caller.locale, "desk-customer", &[]);
    let address = format!("/desk/accounts/{id}");
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &address };
    let calendar = app.calendar(caller.locale);
    let reader = ui::Reader {
        calendar: &calendar,
        csrf: caller.csrf(),
        // Readers of the account who may be shown full values; the route of each reveal decides.
        reveals: matches!(caller.role, Role::Agent | Role::Manager | Role::Compliance),
        calls: matches!(caller.role, Role::Agent | Role::Manager),
        form: app.ids().next(app.now()),
        panels: &panels(&app.features, ui::SLOT, caller.role),
    };
    let main = ui::account(&reader, &screen, from.is_none());
    Ok(frame.desk_page(maud::html! {}, maud::html! {}, main))
}
