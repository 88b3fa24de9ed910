//! An administrator makes a code for a colleague's first passkey; the page that shows it is the only place where it is.

use super::super::access::MAKE_CODE;
use super::super::error::PasskeyError;
use super::super::model::CodeTerms;
use super::super::service::new_code;
use super::super::ui;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::{Actor, StaffId};
use platform::access::{Caller, find_staff};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::Path;
use platform::http::frame::Frame;
use platform::http::no_store;
use platform::http::problem::Problem;
use platform::i18n::t;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::post("/desk/staff/{staff}/enrolment-code", &MAKE_CODE, make)]
}

async fn make(State(app): State<App>, caller: Caller, Path(id): Path<StaffId>) -> Result<Response, Problem> {
    let colleague = find_staff(&app.db, id).await?.filter(|staff| staff.active);
    let colleague = colleague.ok_or(PasskeyError::Absent)?;
    let by = (caller.actor, caller.channel);
    let code = new_code(&app.db, &*app.random, Actor::Staff(id), CodeTerms::STAFF, by).await?;
    let title = t(caller.locale, "passkeys-code", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/desk/staff" };
    let main = ui::new_code(&app, &caller, &colleague.name, &code);
    let mut response = frame.desk_page(maud::html! {}, maud::html! {}, main).into_response();
    no_store(response.headers_mut());
    Ok(response)
}
