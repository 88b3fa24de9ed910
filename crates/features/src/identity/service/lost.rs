//! "My phone is gone", from any browser.
//!
//! With one proof (query password, or the value on a card) every session and every passkey ends, and all cards are frozen.
//! With a card's number and its expiry alone, which prove nothing, that one card is frozen: reversible, told to its holder,
//! and only so many in an hour over all, so that a list of stolen numbers can't stop an issuer's cards. The answer is always
//! the same page, after the same work: what is to be done is a job of the same transaction, also where it is nothing.
//!
//! What opens the account ends first and once for each word, in one transaction that also puts the job which freezes: a
//! card that can't be frozen now holds nothing up and is tried again, and whoever came in since stays.

use super::super::error::IdentityError;
use super::super::model::{Attempt, ProofKind, Subject, Verdict};
use super::super::{events, messages, store};
use super::Identity;
use crate::authorizations::CardStatus;
use crate::messages::{Message, Messages, Way, send_in_tx};
use kernel::{Actor, CardId, Channel, CustomerId, HOUR_US, MINUTE_US, Secret};
use platform::access::{AccessLost, end_access_in_tx, end_sessions_of_in_tx};
use platform::app::App;
use platform::audit::Entry;
use platform::db::{DbError, Housekeeping};
use platform::jobs::put_in_tx;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use vault::Pan;

/// The job that does it.
pub(in super::super) const LOSE_PHONE: &str = "identity.lose_phone";
/// The job that tries again to freeze.
pub(in super::super) const FREEZE: &str = "identity.freeze_lost";
/// The cards of somebody whose phone is gone are frozen by nobody's hand.
const BY: (Actor, Channel) = (Actor::System, Channel::App);
/// Strangers share this many counts, so that names that nobody has can't fill the database.
const STRANGERS: i64 = 1 << 16;

/// Who is meant by what was typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    pub(super) subject: Subject,
    pub(super) card: Option<CardId>,
}

#[derive(Deserialize)]
struct Loss {
    /// The word that it was.
    loss: i64,
    customer: Option<CustomerId>,
    /// The one card, where nothing was proved.
    card: Option<CardId>,
}

impl Identity {
    /// Who is meant by a telephone number or a card's number. Whoever is nobody shares a count with other strangers, so that
    /// tries are counted for them too. Both are looked for, whatever was typed.
    pub(super) async fn named(&self, typed: &Secret<String>) -> Result<Named, IdentityError> {
        let typed = typed.expose().trim();
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        // Only what has a card's check digit can be a card; 8613800016021 has as many digits.
        let held = match Pan::parse(typed) {
            Ok(pan) => self.cards.card_by_number(&pan).await?,
            Err(_) => None,
        };
        let international = typed.starts_with('+') || digits.starts_with("00");
        let phone = if international { typed.to_owned() } else { format!("+{digits}") };
        let known = self.accounts.customers_by_phone(&phone).await?;
        Ok(match (held, known.as_slice()) {
            (Some(held), _) => {
                Named { subject: Subject::Customer(held.card.customer), card: Some(held.card.id) }
            }
            (None, [one]) => Named { subject: Subject::Customer(one.id), card: None },
            // A number that several share names none of them.
            (None, _) => Named { subject: Subject::Nobody(number_of(&digits)), card: None },
        })
    }

    /// Takes the word of somebody who says that their phone is gone. Nothing tells whether it came to anything; the owner
    /// is told by every contact.
    ///
    /// # Errors
    /// Something failed, or the kind is not taken here.
    pub async fn lose_phone(
        &self,
        name: &Secret<String>,
        kind: ProofKind,
        value: Secret<String>,
    ) -> Result<(), IdentityError> {
        let taken = [ProofKind::QueryPassword, ProofKind::CardValue, ProofKind::CardExpiry];
        if !taken.contains(&kind) {
            return Err(IdentityError::NotHere(kind));
        }
        let proved = !matches!(kind, ProofKind::CardExpiry);
        let id = self.take_word(proved).await?;
        let named = self.named(name).await?;
        let attempt = Attempt::new(kind, value, Channel::App, Actor::Nobody);
        let attempt = Attempt { card: named.card, ..attempt };
        let verdict = self.check(named.subject, attempt).await?;
        let customer = named.subject.customer().filter(|_| matches!(verdict, Verdict::Match(_)));
        let card = named.card.filter(|_| !proved);
        let now = self.app.now();
        let mut write = self.app.db.write().await?;
        store::hold_losses_in_tx(&mut write).await?;
        let since = now.plus_us(-HOUR_US);
        let unproved = store::unproved_losses_since_in_tx(&mut write, since).await?;
        let full = unproved >= i64::from(self.policy().emergency.unproved_per_hour_max);
        let customer = customer.filter(|_| proved || !full);
        store::end_loss_in_tx(&mut write, id, customer).await?;
        let body = serde_json::json!({ "loss": id, "customer": customer, "card": card });
        put_in_tx(&mut write, LOSE_PHONE, &id.to_string(), now, &body).await?;
        let entry = Entry::new(Actor::Nobody, Channel::App, events::LOSS_SAID);
        let detail = serde_json::json!({ "kind": kind, "held": customer.is_some(), "full": full && !proved });
        write.commit(entry.detail(detail)).await?;
        if full && !proved {
            metrics::counter!("cardea_identity_emergency_full_total").increment(1);
            tracing::warn!("as many cards as an hour allows were asked to be frozen with nothing proved");
        }
        Ok(())
    }

    /// Writes down that something is said, where a minute allows it; counted one after the other, before anything is
    /// compared.
    async fn take_word(&self, proved: bool) -> Result<i64, IdentityError> {
        let mut write = self.app.db.write().await?;
        store::hold_losses_in_tx(&mut write).await?;
        let since = write.now().plus_us(-MINUTE_US);
        let minute = store::losses_since_in_tx(&mut write, since).await?;
        if minute >= i64::from(self.policy().emergency.words_per_minute_max) {
            write.rollback().await?;
            return Err(IdentityError::TooMany);
        }
        let id = store::put_loss_in_tx(&mut write, proved).await?;
        write.housekeeping(Housekeeping::Jobs).await?;
        Ok(id)
    }

    /// Ends the sessions and keys of a customer where something was proved, and tells them; says whether that was new. The
    /// job that freezes is put with it.
    async fn end_ways_in(
        &self,
        (loss, customer): (i64, CustomerId),
        only: Option<CardId>,
    ) -> Result<bool, IdentityError> {
        let notice = Message::new(customer, &messages::PHONE_LOST, &[Way::Push, Way::Sms, Way::Mail]);
        let notice = Messages::of(&self.app).prepare(&notice).await?;
        let body = serde_json::json!({ "loss": loss, "customer": customer, "card": only });
        let mut write = self.app.db.write().await?;
        let now = write.now();
        if !put_in_tx(&mut write, FREEZE, &loss.to_string(), now, &body).await? {
            write.rollback().await?;
            return Ok(false);
        }
        let ended = match only {
            None => {
                let whose = Actor::Cardholder(customer);
                // The lost phone opens nothing any more, whoever knows how to unlock it.
                let lost = AccessLost { whose, by: BY.0, channel: BY.1 };
                end_access_in_tx(&self.app, &mut write, lost).await?;
                end_sessions_of_in_tx(&mut write, whose, None).await?
            }
            Some(_) => 0,
        };
        send_in_tx(&mut write, &notice).await?;
        let entry = Entry::new(BY.0, BY.1, events::PHONE_LOST).subject(customer).concerns(customer);
        let detail = serde_json::json!({ "proved": only.is_none(), "sessions": ended });
        write.commit(entry.detail(detail)).await?;
        Ok(true)
    }

    /// Freezes the cards of a customer, or one of them; one that can't be frozen holds up no other.
    async fn freeze_lost(&self, customer: CustomerId, only: Option<CardId>) -> Result<(), IdentityError> {
        let mut frozen = Ok(());
        for held in self.cards.cards_of(customer).await? {
            let meant = only.is_none_or(|card| card == held.card.id);
            if meant
                && held.status == Some(CardStatus::Active)
                && let Err(error) = self.cards.freeze(&held.card, BY.0, BY.1).await
            {
                frozen = Err(error.into());
            }
        }
        frozen
    }
}

/// Does what the job says; nothing where nothing was right. The cards are frozen at once; what fails is left to the job
/// that tries again.
pub(in super::super) async fn lose_phone_now(app: &App, body: serde_json::Value) -> Result<(), DbError> {
    let Ok(Loss { loss, customer: Some(customer), card }) = serde_json::from_value(body) else {
        return Ok(());
    };
    let Ok(identity) = Identity::of(app) else { return Ok(()) };
    let ended = identity.end_ways_in((loss, customer), card).await;
    // Neither waits for the other.
    if !matches!(ended, Ok(false))
        && let Err(error) = identity.freeze_lost(customer, card).await
    {
        tracing::warn!(%error, "cards of somebody whose phone is gone were not frozen at once; it is tried again");
    }
    ended.map(drop).map_err(failed)
}

/// Freezes what could not be frozen at once.
pub(in super::super) async fn freeze_lost_now(app: &App, body: serde_json::Value) -> Result<(), DbError> {
    let Ok(Loss { customer: Some(customer), card, .. }) = serde_json::from_value(body) else {
        return Ok(());
    };
    let Ok(identity) = Identity::of(app) else { return Ok(()) };
    identity.freeze_lost(customer, card).await.map_err(failed)
}

fn failed(error: IdentityError) -> DbError {
    match error {
        IdentityError::Db(error) => error,
        error => {
            tracing::error!(%error, "what a lost phone asks for could not all be done; it is tried again");
            DbError::Stale
        }
    }
}

/// A number that stands for a name we don't know; the same for the same name, and for some others.
fn number_of(name: &str) -> i64 {
    let hash = Sha256::digest(name.as_bytes());
    let first: [u8; 8] = hash.first_chunk().copied().unwrap_or_default();
    i64::from_be_bytes(first).rem_euclid(STRANGERS)
}
