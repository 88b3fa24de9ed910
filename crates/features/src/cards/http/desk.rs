//! A card at the desk: freezing it, which any member of staff who serves customers may, and letting a proof be tried again
//! that was refused, which needs more.

use super::super::{CardError, Cards, access};
use crate::authorizations::CountedProof;
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
        Route::post("/desk/cards/{card}/unblocks", &access::UNBLOCK, unblock),
    ]
}

async fn freeze(
    State(app): State<App>,
    caller: Caller,
    Path(card): Path<CardId>,
) -> Result<Response, Problem> {
    caller.staff()?;
    let cards = Cards::of(&app)?;
    let held = cards.card(card).await?.ok_or(CardError::Absent)?;
    cards.freeze(&held.card, caller.actor, caller.channel).await?;
    Ok(Redirect::to(&format!("/desk/accounts/{}", held.card.account)).into_response())
}

#[derive(Deserialize)]
struct Refused {
    proof: CountedProof,
}

async fn unblock(
    State(app): State<App>,
    caller: Caller,
    Path(card): Path<CardId>,
    Form(Refused { proof }): Form<Refused>,
) -> Result<Response, Problem> {
    caller.staff()?;
    let cards = Cards::of(&app)?;
    let held = cards.card(card).await?.ok_or(CardError::Absent)?;
    cards.unblock(&held.card, proof, caller.actor, caller.channel).await?;
    Ok(Redirect::to(&format!("/desk/accounts/{}", held.card.account)).into_response())
}
