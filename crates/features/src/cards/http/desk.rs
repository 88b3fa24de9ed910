//! A card at the desk: freezing it and reporting its loss, which any member of staff who serves customers may. What gives
//! its holder more is done in a call with them.

use super::super::{Loss, access};
use super::held;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::CardId;
use platform::access::Caller;
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Path};
use platform::http::problem::Problem;
use serde::Deserialize;

pub(in super::super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/desk/cards/{card}/freeze", &access::FREEZE, freeze)
            .opens_no_record("it protects: an unverified caller's card can be frozen, and it shows nothing"),
        Route::post("/desk/cards/{card}/loss-reports", &access::REPORT_LOSS, report_loss)
            .opens_no_record("it protects: whoever calls can have a card blocked, and it shows nothing"),
    ]
}

async fn freeze(
    State(app): State<App>,
    caller: Caller,
    Path(card): Path<CardId>,
) -> Result<Response, Problem> {
    caller.staff()?;
    let (cards, held) = held(&app, card).await?;
    cards.freeze(&held.card, caller.actor, caller.channel).await?;
    Ok(Redirect::to(&format!("/desk/accounts/{}", held.card.account)).into_response())
}

/// The form of a loss. `sure` is a box without which a browser does not send it.
#[derive(Deserialize)]
pub(super) struct LossForm {
    pub(super) kind: Loss,
    #[serde(rename = "sure")]
    _sure: Sure,
}

/// The only value of the box.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sure {
    Yes,
}

async fn report_loss(
    State(app): State<App>,
    caller: Caller,
    Path(card): Path<CardId>,
    Form(form): Form<LossForm>,
) -> Result<Response, Problem> {
    caller.staff()?;
    let (cards, held) = held(&app, card).await?;
    cards.report_loss(&held.card, form.kind, caller.actor, caller.channel).await?;
    Ok(Redirect::to(&format!("/desk/accounts/{}", held.card.account)).into_response())
}
