//! The full number of one's own card.

use super::super::service::show_own;
use super::super::{access, ui};
use super::passing;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::CardId;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Path};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use serde::Deserialize;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::post("/cards/{card}/number", &access::OWN_CARD, number)]
}

#[derive(Deserialize)]
struct NumberForm {
    form: i64,
}

async fn number(
    State(app): State<App>,
    caller: Caller,
    Path(card): Path<CardId>,
    Form(NumberForm { form }): Form<NumberForm>,
) -> Result<Response, Problem> {
    let (card, number) = show_own(&app, &caller, card, form).await?;
    let title = t(caller.locale, "reveals-own-title", &[]);
    let frame = Frame { app: &app, caller: &caller, title: &title, address: "/cards" };
    let expiry = format!("{:02}/{:02}", card.expiry.month, card.expiry.year);
    let main = ui::own(caller.locale, &number, &expiry, app.config.reveals.shown_seconds);
    Ok(passing(&app, frame.app_page(main).into_response(), "/cards"))
}
