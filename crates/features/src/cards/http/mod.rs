//! Addresses of cards.

mod api;
mod cardholder;
mod desk;

pub(super) use api::openapi;

use super::{Cards, HeldCard};
use kernel::CardId;
use platform::app::App;
use platform::feature::Route;
use platform::http::problem::Problem;

pub(super) fn routes() -> Vec<Route> {
    [api::routes(), cardholder::routes(), desk::routes()].into_iter().flatten().collect()
}

/// The card with this id, and the face by which it is changed.
async fn held(app: &App, id: CardId) -> Result<(Cards, HeldCard), Problem> {
    let cards = Cards::of(app)?;
    let held = cards.card(id).await?.ok_or_else(Problem::absent)?;
    Ok((cards, held))
}
