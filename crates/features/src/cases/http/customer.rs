//! The cases of a customer at the desk, and opening one for them.

use super::super::access;
use super::super::error::CaseError;
use super::super::events;
use super::super::model::{By, Opening, roles_of};
use super::super::service::Cases;
use super::super::ui::{self, CustomerPage, Naming};
use super::form::Sent;
use axum::extract::State;
use axum::response::{Html, Redirect};
use kernel::{CaseId, CustomerId};
use maud::html;
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::feature::Route;
use platform::http::extract::{Form, Path};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use std::collections::BTreeMap;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/customers/{customer}/cases", &access::READ, list),
        Route::post("/desk/customers/{customer}/cases", &access::OPEN, open),
    ]
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(customer): Path<CustomerId>,
) -> Result<Html<String>, Problem> {
    let (cases, by) = (Cases::of(&app)?, By::from(&caller));
    let naming = |kind| Naming { locale: caller.locale, book: cases.book(), kind };
    audit::record(&app.db, caller.entry(events::READ).subject(customer).concerns(customer)).await?;
    let rows = cases.of_customer(&by, customer).await?;
    let rows = rows.into_iter().filter_map(|row| Some((naming(cases.book().newest(&row.kind, None)?), row)));
    let opens = |kind: &&cases::Kind| {
        access::OPEN.allows(caller.role)
            && roles_of(kind, by.role, by.actor, customer).iter().any(|role| kind.opened_by.contains(role))
    };
    let page = CustomerPage {
        calendar: &app.calendar(caller.locale),
        now: app.now(),
        customer,
        rows: rows.collect(),
        openable: cases.book().kinds().filter(opens).map(naming).collect(),
        csrf: caller.csrf(),
        form: app.ids().next(app.now()),
    };
    let title = t(caller.locale, "cases-of-customer", &[]);
    let address = format!("/desk/customers/{customer}/cases");
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &address };
    Ok(frame.desk_page(html! {}, html! {}, ui::customer(&page)))
}

async fn open(
    State(app): State<App>,
    caller: Caller,
    Path(customer): Path<CustomerId>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Redirect, Problem> {
    let (cases, form) = (Cases::of(&app)?, Sent(form));
    let kind = form.text("kind");
    let pack = Some(form.text("pack")).filter(|pack| !pack.is_empty());
    let def = cases.book().newest(&kind, pack.as_deref()).ok_or(CaseError::Absent)?;
    let fields = form.fields(cases.book(), def)?;
    let id = CaseId::from_raw(i64::try_from(form.number("form")?).unwrap_or_default());
    cases.open(&By::from(&caller), id, &Opening { kind, pack, customer, fields }).await?;
    Ok(Redirect::to(&format!("/desk/cases/{id}")))
}
