//! Being shown a full value.

use super::super::model::{Thing, Why};
use super::super::service::{Asked, show};
use super::super::{access, ui};
use super::passing;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::{AccountId, Fault};
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Path};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use platform::text::FreeText;
use serde::Deserialize;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::post("/desk/accounts/{account}/reveals", &access::VALUE, reveal)]
}

fn back(account: AccountId) -> String {
    format!("/desk/accounts/{account}")
}

#[derive(Deserialize)]
struct RevealForm {
    form: i64,
    thing: String,
    why: Why,
    words: FreeText,
}

async fn reveal(
    State(app): State<App>,
    caller: Caller,
    Path(account): Path<AccountId>,
    Form(form): Form<RevealForm>,
) -> Result<Response, Problem> {
    let unknown = || Problem::new(Fault::Invalid, "field_invalid").at("field thing");
    let thing: Thing = form.thing.parse().map_err(|()| unknown())?;
    let asked = Asked { form: form.form, thing, why: form.why, words: form.words };
    let shown = show(&app, &caller, account, &asked).await?;
    let back = back(shown.account.id);
    let title = t(caller.locale, ui::title_of(thing), &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: &back };
    let main = ui::shown(caller.locale, thing, &shown.value, app.config.reveals.shown_seconds, &back);
    let page = frame.desk_page(maud::html! {}, maud::html! {}, main).into_response();
    Ok(passing(&app, page, &back))
}
