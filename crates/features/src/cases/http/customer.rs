//! The cases of a customer at the desk, and opening one for them.

use super::super::access;
use super::super::error::CaseError;
use super::super::events;
use super::super::model::{By, Opening};
use super::super::service::Cases;
use super::super::store::CaseRow;
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
use platform::http::page::PageRequest;
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
    piece: PageRequest,
) -> Result<Html<String>, Problem> {
    let (cases, by) = (Cases::of(&app)?, By::from(&caller));
    let naming = |kind| Naming { locale: caller.locale, book: cases.book(), kind };
    audit::record(&app.db, caller.entry(events::READ).subject(customer).concerns(customer)).await?;
    let rows = cases.of_customer(&by, customer, piece.after(), piece.fetch()).await?;
    let found = piece.cut(rows, |row| row.id);
    let named = |row: CaseRow| Some((naming(cases.book().newest(&row.kind, None)?), row));
    let openable = if access::OPEN.allows(caller.role) { cases.openable(&by, customer) } else { Vec::new() };
    let mint = || app.ids().next(app.now());
    let page = CustomerPage {
        calendar: &app.calendar(caller.locale),
        now: app.now(),
        customer,
        rows: found.data.into_iter().filter_map(named).collect(),
        next: found.next_cursor,
        openable: openable.into_iter().map(naming).collect(),
        csrf: caller.csrf(),
        form: &mint,
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
    let (cases, by, form) = (Cases::of(&app)?, By::from(&caller), Sent(form));
    let kind = form.text("kind");
    let pack = Some(form.text("pack")).filter(|pack| !pack.is_empty());
    // One that they can't open is answered like one that doesn't exist, before anything is said about its fields.
    let def =
        cases.openable(&by, customer).into_iter().find(|def| def.id == kind).ok_or(CaseError::Absent)?;
    let fields = form.fields(cases.book(), def)?;
    let (request, id) = (form.request()?, CaseId::mint(app.ids(), app.now()));
    let id = cases.open(&by, id, request, &Opening { kind, pack, customer, fields }).await?;
    Ok(Redirect::to(&format!("/desk/cases/{id}")))
}
