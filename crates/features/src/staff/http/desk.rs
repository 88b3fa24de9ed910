//! The page of colleagues and requests, and the page of alarms.

use super::super::model::{Command, Mark, Relation};
use super::super::port::IdentityProvider;
use super::super::service;
use super::super::{access, ui};
use axum::extract::State;
use axum::response::{Html, Redirect};
use kernel::{CustomerId, Fault, StaffId};
use platform::access::{Caller, Role, find_staff};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Path};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use platform::text::FreeText;
use serde::Deserialize;

/// Where everything about colleagues is.
const HOME: &str = "/desk/staff";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(HOME, &access::READ, list),
        Route::post("/desk/staff/requests", &access::ASK, ask),
        Route::post("/desk/staff/requests/{request}/decision", &access::DECIDE, decide),
        Route::post("/desk/staff/{staff}/shut-out", &access::SHUT_OUT, shut_out),
        Route::post("/desk/staff/{staff}/relations", &access::RELATE, relate),
        Route::get("/desk/alarms", &access::ALARMS, alarms),
        Route::post("/desk/alarms/{alarm}/seen", &access::ALARMS, seen),
    ]
}

async fn list(State(app): State<App>, caller: Caller) -> Result<Html<String>, Problem> {
    let overview = service::overview(&app, &caller).await?;
    let title = t(caller.locale, "staff-title", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: HOME };
    let calendar = app.calendar(caller.locale);
    let reader =
        ui::Reader { calendar: &calendar, csrf: caller.csrf(), staff: caller.staff()?, role: caller.role };
    Ok(frame.desk_page(maud::html! {}, maud::html! {}, ui::staff_page(&reader, &overview)))
}

/// What a form asks for; which fields it needs follows from `what`.
#[derive(Deserialize)]
struct AskForm {
    what: What,
    #[serde(default)]
    staff: Option<StaffId>,
    #[serde(default)]
    customer: Option<CustomerId>,
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    name: FreeText,
    #[serde(default)]
    employee: String,
    #[serde(default)]
    locale: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    mark: Option<Mark>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    TakeOn,
    ChangeRole,
    EnableAgain,
    Vouch,
    Mark,
    Unmark,
    EndRelation,
    OpenRecord,
}

impl AskForm {
    async fn command(self, app: &App, caller: &Caller) -> Result<Command, Problem> {
        let missing = |field: &str| {
            Problem::new(Fault::Invalid, "field_invalid").at(format!("field {field}")).detail("missing")
        };
        let staff = || self.staff.ok_or_else(|| missing("staff"));
        let customer = || self.customer.ok_or_else(|| missing("customer"));
        let mark = || self.mark.ok_or_else(|| missing("mark"));
        let role = || self.role.ok_or_else(|| missing("role"));
        Ok(match self.what {
            What::TakeOn => Command::TakeOn {
                role: role()?,
                name: self.name.reveal().to_owned(),
                employee: self.employee.trim().to_ascii_uppercase(),
                locale: self.locale,
            },
            What::ChangeRole => {
                let found = find_staff(&app.db, staff()?).await?.ok_or_else(Problem::absent)?;
                Command::ChangeRole { staff: found.id, from: found.role, to: role()? }
            }
            What::Vouch => {
                let provider = app.service::<IdentityProvider>().map_err(|_| Problem::absent())?;
                let issuer = provider.provider.issuer().to_owned();
                Command::Vouch { staff: staff()?, issuer, subject: self.subject }
            }
            What::EnableAgain => Command::EnableAgain { staff: staff()? },
            What::Mark => Command::Mark { customer: customer()?, mark: mark()? },
            What::Unmark => Command::Unmark { customer: customer()?, mark: mark()? },
            What::EndRelation => Command::EndRelation { staff: staff()?, customer: customer()? },
            What::OpenRecord => Command::OpenRecord { staff: caller.staff()?, customer: customer()? },
        })
    }
}

async fn ask(State(app): State<App>, caller: Caller, Form(form): Form<AskForm>) -> Result<Redirect, Problem> {
    let command = form.command(&app, &caller).await?;
    service::ask(&app, &caller, command).await?;
    let to = if access::READ.allows(caller.role) { HOME } else { "/desk/customers" };
    Ok(Redirect::to(to))
}

#[derive(Deserialize)]
struct DecisionForm {
    decision: Decision,
    /// The hash of the command that was shown.
    command: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Approve,
    Refuse,
}

async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(request): Path<i64>,
    Form(form): Form<DecisionForm>,
) -> Result<Redirect, Problem> {
    let approve = form.decision == Decision::Approve;
    service::decide(&app, &caller, request, approve, &form.command).await?;
    Ok(Redirect::to(HOME))
}

async fn shut_out(
    State(app): State<App>,
    caller: Caller,
    Path(staff): Path<StaffId>,
) -> Result<Redirect, Problem> {
    service::shut_out(&app, &caller, staff).await?;
    Ok(Redirect::to(HOME))
}

#[derive(Deserialize)]
struct RelationForm {
    customer: CustomerId,
    relation: Relation,
}

async fn relate(
    State(app): State<App>,
    caller: Caller,
    Path(staff): Path<StaffId>,
    Form(form): Form<RelationForm>,
) -> Result<Redirect, Problem> {
    service::relate(&app, &caller, staff, form.customer, form.relation).await?;
    let to = if access::READ.allows(caller.role) { HOME } else { "/desk/customers" };
    Ok(Redirect::to(to))
}

async fn alarms(State(app): State<App>, caller: Caller) -> Result<Html<String>, Problem> {
    let alarms = service::alarms(&app, &caller).await?;
    let title = t(caller.locale, "staff-alarms", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/desk/alarms" };
    let main = ui::alarms_page(&app.calendar(caller.locale), caller.csrf(), &alarms);
    Ok(frame.desk_page(maud::html! {}, maud::html! {}, main))
}

async fn seen(State(app): State<App>, caller: Caller, Path(alarm): Path<i64>) -> Result<Redirect, Problem> {
    service::see(&app, &caller, alarm).await?;
    Ok(Redirect::to("/desk/alarms"))
}
