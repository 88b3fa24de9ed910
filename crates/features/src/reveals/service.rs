//! Showing a full value. The only opener of transactions here.

use super::error::RevealError;
use super::model::{Thing, Why};
use super::store::{self, NewReveal};
use super::{RevealsConfig, events};
use crate::accounts::{Account, Accounts};
use crate::cards::{Card, Cards};
use crate::matters::{MatterError, live_matter};
use kernel::{AccountId, CardId, CustomerId, HOUR_US, Masked};
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::http::problem::Problem;
use platform::keys::PersonKeys;
use platform::text::FreeText;
use vault::Place;

/// Words of a reason, characters at least and at most.
const WORDS_CHARS: std::ops::RangeInclusive<usize> = 3..=300;

/// What a member of staff asks to be shown.
pub(super) struct Asked {
    /// The number of the form: sent twice, it shows once.
    pub(super) form: i64,
    pub(super) thing: Thing,
    pub(super) why: Why,
    pub(super) words: FreeText,
}

/// A full value, on its way to one screen.
pub(super) struct Shown {
    pub(super) value: Masked,
    pub(super) account: Account,
}

fn settings(app: &App) -> &RevealsConfig {
    &app.config.reveals
}

async fn account(app: &App, id: AccountId) -> Result<Account, RevealError> {
    Accounts::of(app).account(id).await?.ok_or(RevealError::Absent)
}

/// Shows a full value to the caller, once. A refusal is in the log as well as what was shown.
pub(super) async fn show(app: &App, caller: &Caller, id: AccountId, asked: &Asked) -> Result<Shown, Problem> {
    let account = account(app, id).await?;
    let done = show_value(app, caller, &account, asked).await;
    finish(app, caller, account.customer, done).await.map(|value| Shown { value, account })
}

async fn show_value(
    app: &App,
    caller: &Caller,
    account: &Account,
    asked: &Asked,
) -> Result<Masked, RevealError> {
    if !WORDS_CHARS.contains(&asked.words.chars()) {
        return Err(RevealError::Words);
    }
    let customer = account.customer;
    let staff = caller.staff().map_err(|_| RevealError::Absent)?;
    let matter = live_matter(&app.db, staff, customer).await?.ok_or(MatterError::NoMatter)?;
    let (value, act, subject) = value(app, account, asked.thing).await?;
    let entry_id = app.ids().next(app.now());
    let place = Place { table: "audit_entries", row: entry_id, column: "sealed" };
    let sealed = PersonKeys::of(app).seal(customer, place, asked.words.reveal().as_bytes()).await?;
    let mut detail = matter.facts();
    detail["reason"] = asked.why.word().into();
    let entry = caller.entry(act).subject(subject).concerns(customer).detail(detail).sealed(entry_id, sealed);
    let limit = i64::from(settings(app).staff_per_hour);
    let new = NewReveal {
        id: asked.form,
        actor: &caller.actor.to_string(),
        customer,
        matter: Some(matter.id),
        thing: &asked.thing.word(),
        at: app.now(),
    };
    write_down(app, &new, limit, entry).await?;
    Ok(value)
}

/// The value in full, the act of showing it, and what it belongs to.
async fn value(
    app: &App,
    account: &Account,
    thing: Thing,
) -> Result<(Masked, &'static str, String), RevealError> {
    if let Thing::Card(id) = thing {
        let (card, number) = number(app, account.customer, id).await?;
        return Ok((number, events::CARD_SHOWN, card.id.to_string()));
    }
    let customer = Accounts::of(app).customer(account.customer).await?.ok_or(RevealError::Absent)?;
    let whose = account.customer.to_string();
    Ok(match thing {
        Thing::Email => (customer.person.email, events::EMAIL_SHOWN, whose),
        Thing::Document => {
            let number = customer.person.document_number.ok_or(RevealError::Absent)?;
            (number, events::DOCUMENT_SHOWN, whose)
        }
        Thing::Phone | Thing::Card(_) => (customer.person.phone, events::PHONE_SHOWN, whose),
    })
}

/// The full number of a card that `owner` holds, in groups of four.
async fn number(app: &App, owner: CustomerId, id: CardId) -> Result<(Card, Masked), RevealError> {
    let cards = Cards::of(app).map_err(|_| RevealError::Absent)?;
    let held = cards.card_of(owner, id).await?.ok_or(RevealError::Absent)?;
    let pan = cards.number(&held.card).await?;
    let mut grouped = String::with_capacity(pan.expose().len() + 4);
    for (at, digit) in pan.expose().chars().enumerate() {
        if at > 0 && at.is_multiple_of(4) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    Ok((held.card, Masked::new(grouped)))
}

/// Counts a reveal and writes it down with its entry, or refuses it. Only after this may the value be shown.
async fn write_down(
    app: &App,
    new: &NewReveal<'_>,
    limit: i64,
    entry: audit::Entry,
) -> Result<(), RevealError> {
    let mut write = app.db.write().await?;
    store::take_turn_in_tx(&mut write, new.actor, new.at).await?;
    if store::shown_since_in_tx(&mut write, new.actor, new.at.plus_us(-HOUR_US)).await? >= limit {
        write.rollback().await?;
        return Err(RevealError::Quota);
    }
    if !store::insert_reveal_in_tx(&mut write, new).await? {
        write.rollback().await?;
        return Err(RevealError::ShownBefore);
    }
    Ok(write.commit(entry).await?)
}

/// A refusal becomes an entry before it becomes an answer.
async fn finish<T>(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    done: Result<T, RevealError>,
) -> Result<T, Problem> {
    if let Err(error) = &done
        && let Some(code) = error.refusal()
    {
        let entry = caller.entry(events::REFUSED).subject(customer).concerns(customer).refused();
        audit::record(&app.db, entry.detail(serde_json::json!({ "code": code }))).await?;
    }
    Ok(done?)
}

/// Shows a cardholder the number of their own card, once.
pub(super) async fn show_own(
    app: &App,
    caller: &Caller,
    id: CardId,
    form: i64,
) -> Result<(Card, Masked), Problem> {
    let owner = caller.customer()?;
    let done = async {
        let (card, number) = number(app, owner, id).await?;
        let new = NewReveal {
            id: form,
            actor: &caller.actor.to_string(),
            customer: owner,
            matter: None,
            thing: &Thing::Card(id).word(),
            at: app.now(),
        };
        let entry = caller.entry(events::OWN_CARD_SHOWN).subject(id).concerns(owner);
        write_down(app, &new, i64::from(settings(app).cardholder_per_hour), entry).await?;
        Ok((card, number))
    };
    finish(app, caller, owner, done.await).await
}
