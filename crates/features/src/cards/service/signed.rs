//! Acts on cards that their holder signs first: letting a card do more.
//!
//! What was signed says what the switches were and what they become. It is done only while they are still what they were:
//! a card that its holder closed meanwhile is not opened by an older signature.

use super::super::access::RAISE;
use super::super::{CardError, HeldCard};
use super::Cards;
use crate::accounts::Done;
use crate::authorizations::{AccountCommand, Controls};
use kernel::{Actor, CardId, Channel, Currency, Money};
use platform::access::Caller;
use platform::app::App;
use platform::approval::{Applied, Applying, Asked, Details, Signed, ask};
use platform::http::problem::Problem;
use serde_json::Value;

impl Cards {
    /// Asks the holder to sign that a card of theirs may do more.
    pub(in super::super) async fn ask_to_raise(
        app: &App,
        caller: &Caller,
        held: &HeldCard,
        (new, currency): (&Controls, Currency),
    ) -> Result<Asked, Problem> {
        ask(app, caller, &RAISE, details(held, new, currency)).await
    }
}

fn details(held: &HeldCard, new: &Controls, currency: Currency) -> Details {
    let old = &held.controls;
    let max = |controls: &Controls| controls.payment_max_minor.map(|minor| Money::new(minor, currency));
    Details::new()
        .text("card", held.card.id)
        .text("card_number", &held.card.masked)
        .switched("online", old.online, new.online)
        .switched("abroad", old.abroad, new.abroad)
        .switched("cash", old.cash, new.cash)
        .moved("payment_max", max(old), max(new))
}

/// Does what was signed, if the card is still as it was.
pub(in super::super) fn raise(app: App, signed: Signed) -> Applying {
    Box::pin(async move {
        let cards = Cards::of(&app)?;
        let card: CardId = signed.details.parse("card").ok_or(CardError::Absent)?;
        let held = cards.card_of(signed.owner, card).await?.ok_or(CardError::Absent)?;
        let (old, new) = (controls(&signed.details, "from"), controls(&signed.details, "to"));
        let (Some(old), Some(new)) = (old, new) else { return Err(CardError::Unreadable("approval").into()) };
        let command = AccountCommand::SetControls { card, controls: new, from: Some(old) };
        let by = Actor::Cardholder(signed.owner);
        match cards.command(held.card.account, command, by, Channel::App).await {
            Ok(Done::Applied | Done::AlreadyApplied) => Ok(Applied::Done),
            Err(CardError::Refused) => Ok(Applied::Changed),
            Err(error) => Err(error.into()),
        }
    })
}

/// The switches before (`from`) or after (`to`) the signed change.
fn controls(details: &Details, side: &str) -> Option<Controls> {
    let value = |name: &str| details.get(name)?.get(side);
    let max = match value("payment_max")? {
        Value::Null => None,
        amount => Some(amount.get("minor")?.as_i64()?),
    };
    Some(Controls {
        online: value("online")?.as_bool()?,
        abroad: value("abroad")?.as_bool()?,
        cash: value("cash")?.as_bool()?,
        payment_max_minor: max,
    })
}
