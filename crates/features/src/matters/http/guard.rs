//! Before a record opens: whose it is, and whether the caller serves them now. A browser that is refused gets the page
//! where a matter is opened; it leads back to what was asked for.

use super::super::access::EMERGENCY;
use super::super::error::MatterError;
use super::super::rules::kinds_of;
use super::super::service::{alert_of, finish, owner, pass};
use super::super::ui;
use kernel::CustomerId;
use platform::access::{Caller, Record, Surface, is_address_of};
use platform::app::App;
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use std::future::Future;
use std::pin::Pin;

pub(in super::super) fn guard<'a>(
    app: &'a App,
    caller: &'a Caller,
    record: &'a Record,
) -> Pin<Box<dyn Future<Output = Result<(), Problem>> + Send + 'a>> {
    Box::pin(let_pass(app, caller, record))
}

async fn let_pass(app: &App, caller: &Caller, record: &Record) -> Result<(), Problem> {
    let customer = owner(app, caller, record).await?.ok_or(MatterError::Absent)?;
    let passed = pass(app, caller, customer).await;
    match finish(app, caller, customer, passed).await {
        Err(problem) if ["no_matter", "important_person"].contains(&problem.code()) => {
            Err(mending(app, caller, record, customer, problem).await?)
        }
        done => done,
    }
}

/// The refusal with the page that asks what the customer is served for.
async fn mending(
    app: &App,
    caller: &Caller,
    record: &Record,
    customer: CustomerId,
    problem: Problem,
) -> Result<Problem, Problem> {
    let important = problem.code() == "important_person";
    let alert = if important { None } else { alert_of(app, caller.staff()?, customer).await? };
    let kinds = if important { &[] } else { kinds_of(caller.role) };
    let asking = ui::Asking {
        locale: caller.locale,
        csrf: caller.csrf(),
        customer,
        kinds,
        emergency: EMERGENCY.allows(caller.role),
        alert: alert.as_deref(),
        case: record.id.parse().ok(),
        next: if is_address_of(Surface::Desk, &record.address) { &record.address } else { "" },
    };
    let title = t(caller.locale, "matters-none", &[]);
    let address = platform::http::shown_address(&record.address);
    let frame = Frame { app, caller, title: &title, address };
    Ok(problem.page(frame.desk_page(maud::html! {}, maud::html! {}, ui::asking(&asking))))
}
