//! A cardholder's own cards: see them, freeze and unfreeze, set their switches.
//!
//! Every read takes the holder's id, so somebody else's card is absent. Lowering a switch is protective and needs
//! no more than being signed in; raising one is signed by its holder's passkey, and needs assurance 2 where they have none.
//! Which it is, is decided here from both versions of the switches, since one form carries both directions.

use super::super::ui::{self, OwnCard, Said, Shown};
use super::super::{CardError, Cards, HeldCard, access};
use super::desk::LossForm;
use crate::accounts::Accounts;
use crate::authorizations::Controls;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::{CardId, Currency, Fault, Money};
use platform::access::{Assurance, Caller};
use platform::app::App;
use platform::feature::Route;
use platform::http::extract::{Form, Path, Query};
use platform::http::frame::Frame;
use platform::http::problem::Problem;
use platform::i18n::t;
use serde::Deserialize;
use std::collections::BTreeMap;

pub(in super::super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/cards", &access::OWN, list),
        Route::post("/cards/{card}/freeze", &access::FREEZE, freeze),
        Route::post("/cards/{card}/unfreeze", &access::UNFREEZE, unfreeze),
        Route::post("/cards/{card}/loss-reports", &access::REPORT_LOSS, report_loss),
        Route::post("/cards/{card}/controls", &access::OWN_CONTROLS, set_controls),
    ]
}

/// The holder's name, as the card has it.
async fn holder(app: &App, caller: &Caller) -> Result<String, Problem> {
    let customer = Accounts::of(app).customer(caller.customer()?).await?;
    let customer = customer.ok_or_else(Problem::absent)?;
    Ok(customer.shown_name(caller.locale))
}

fn shown<'a>(app: &'a App, caller: &'a Caller, holder: &'a str, back: &'a str) -> Shown<'a> {
    Shown {
        locale: caller.locale,
        issuer: app.brand.name(caller.locale),
        holder,
        csrf: caller.csrf(),
        assurance: caller.assurance,
        back,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    told: String,
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(told): Query<Told>,
) -> Result<Html<String>, Problem> {
    page(&app, &caller, if told.told == "controls" { Said::Saved } else { Said::Nothing }).await
}

async fn page(app: &App, caller: &Caller, said: Said) -> Result<Html<String>, Problem> {
    let owner = caller.customer()?;
    let holder = holder(app, caller).await?;
    let accounts = Accounts::of(app).accounts_of(owner).await?;
    let currencies: BTreeMap<_, Currency> =
        accounts.iter().map(|account| (account.id, account.currency)).collect();
    let held = Cards::of(app)?.cards_of(owner).await?;
    let cards: Vec<OwnCard> = held
        .into_iter()
        .filter_map(|held| {
            let currency = *currencies.get(&held.card.account)?;
            Some(OwnCard { held, currency, form: app.ids().next(app.now()) })
        })
        .collect();
    let title = t(caller.locale, "cards-title", &[]);
    let frame = Frame { app, caller, title: &title, address: "/cards" };
    Ok(frame.app_page(ui::page(&shown(app, caller, &holder, "/cards"), &cards, said)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Back {
    back: String,
}

impl Back {
    /// Only our own two pages; anything else leads to the cards.
    fn path(&self) -> &'static str {
        if self.back == "/" { "/" } else { "/cards" }
    }
}

async fn freeze(
    State(app): State<App>,
    caller: Caller,
    Path(card): Path<CardId>,
    headers: HeaderMap,
    Form(back): Form<Back>,
) -> Result<Response, Problem> {
    let (cards, held) = own(&app, &caller, card).await?;
    cards.freeze(&held.card, caller.actor, caller.channel).await?;
    changed(&app, &caller, card, &headers, &back).await
}

async fn unfreeze(
    State(app): State<App>,
    caller: Caller,
    Path(card): Path<CardId>,
    headers: HeaderMap,
    Form(back): Form<Back>,
) -> Result<Response, Problem> {
    let (cards, held) = own(&app, &caller, card).await?;
    cards.unfreeze(&held.card, caller.actor, caller.channel).await?;
    changed(&app, &caller, card, &headers, &back).await
}

async fn report_loss(
    State(app): State<App>,
    caller: Caller,
    Path(card): Path<CardId>,
    Form(form): Form<LossForm>,
) -> Result<Response, Problem> {
    let (cards, held) = own(&app, &caller, card).await?;
    cards.report_loss(&held.card, form.kind, caller.actor, caller.channel).await?;
    Ok(Redirect::to("/cards").into_response())
}

async fn own(app: &App, caller: &Caller, card: CardId) -> Result<(Cards, HeldCard), Problem> {
    let cards = Cards::of(app)?;
    let held = cards.card_of(caller.customer()?, card).await?.ok_or(CardError::Absent)?;
    Ok((cards, held))
}

/// The card as it is now: the fragment for a page that replaces parts, else back to where the reader was.
async fn changed(
    app: &App,
    caller: &Caller,
    card: CardId,
    headers: &HeaderMap,
    back: &Back,
) -> Result<Response, Problem> {
    if headers.get("x-requested-with").is_none_or(|value| value != "fetch") {
        return Ok(Redirect::to(back.path()).into_response());
    }
    let (_, held) = own(app, caller, card).await?;
    let holder = holder(app, caller).await?;
    let shown = shown(app, caller, &holder, back.path());
    Ok(Html(ui::changed_item(&shown, &held).into_string()).into_response())
}

/// A form of switches: a box that is not ticked is not sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Switches {
    online: Option<String>,
    abroad: Option<String>,
    cash: Option<String>,
    payment_max: String,
}

impl Switches {
    /// The switches; `None` where the bound is no amount of money.
    fn controls(&self, currency: Currency) -> Option<Controls> {
        let typed = self.payment_max.trim().replace(',', "");
        let payment_max_minor = match typed.as_str() {
            "" => None,
            text => Some(positive_minor(text, currency)?),
        };
        Some(Controls {
            online: self.online.is_some(),
            abroad: self.abroad.is_some(),
            cash: self.cash.is_some(),
            payment_max_minor,
        })
    }
}

fn positive_minor(text: &str, currency: Currency) -> Option<i64> {
    let money = Money::parse(text, currency).ok()?;
    (money.minor() >= 0).then(|| money.minor())
}

/// Whether `new` lets more through than `old` in any respect.
fn raises(old: &Controls, new: &Controls) -> bool {
    let opened = |before: bool, after: bool| after && !before;
    let max = match (old.payment_max_minor, new.payment_max_minor) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(before), Some(after)) => after > before,
    };
    max || opened(old.online, new.online) || opened(old.abroad, new.abroad) || opened(old.cash, new.cash)
}

async fn set_controls(
    State(app): State<App>,
    caller: Caller,
    Path(card): Path<CardId>,
    Form(switches): Form<Switches>,
) -> Result<Response, Problem> {
    let (cards, held) = own(&app, &caller, card).await?;
    let account = Accounts::of(&app).account_of(caller.customer()?, held.card.account).await?;
    let account = account.ok_or_else(Problem::absent)?;
    let Some(new) = switches.controls(account.currency) else {
        let page = page(&app, &caller, Said::Wrong(card)).await?;
        return Ok((StatusCode::BAD_REQUEST, page).into_response());
    };
    if raises(&held.controls, &new) {
        let asked = Cards::ask_to_raise(&app, &caller, &held, (&new, account.currency)).await?;
        if let Some(address) = asked.address() {
            return Ok(Redirect::to(&address).into_response());
        }
        if caller.assurance < Assurance::TWO {
            return Err(Problem::new(Fault::Unproved, "assurance_too_low")
                .detail("Letting a card do more needs assurance 2; letting it do less needs nothing."));
        }
    }
    cards.set_controls(&held.card, new, caller.actor, caller.channel).await?;
    Ok(Redirect::to("/cards?told=controls").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn controls()(
            online: bool, abroad: bool, cash: bool, max in proptest::option::of(0_i64..1_000),
        ) -> Controls {
            Controls { online, abroad, cash, payment_max_minor: max }
        }
    }

    /// Whether `controls` let a payment through; the meaning that `raises` must agree with.
    fn lets(controls: &Controls, online: bool, abroad: bool, cash: bool, minor: i64) -> bool {
        (!online || controls.online)
            && (!abroad || controls.abroad)
            && (!cash || controls.cash)
            && controls.payment_max_minor.is_none_or(|max| minor <= max)
    }

    proptest! {
        #[test]
        fn what_does_not_raise_lets_no_new_payment_through(
            old in controls(), new in controls(), online: bool, abroad: bool, cash: bool, minor in 0_i64..2_000,
        ) {
            if !raises(&old, &new) {
                let through = lets(&new, online, abroad, cash, minor);
                prop_assert!(!through || lets(&old, online, abroad, cash, minor));
            }
        }

        #[test]
        fn going_back_to_more_is_always_raising(old in controls(), new in controls()) {
            prop_assert!(old == new || raises(&old, &new) || raises(&new, &old));
        }
    }

    #[test]
    fn only_own_pages_are_returned_to() {
        for (back, path) in [("/", "/"), ("/cards", "/cards"), ("//evil.example", "/cards"), ("", "/cards")] {
            assert_eq!(Back { back: back.to_owned() }.path(), path);
        }
    }
}
