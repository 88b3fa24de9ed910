//! "My phone is gone", from any browser.
//!
//! With one proof (query password, or the value on a card) all cards are frozen, every session and every passkey ends. With a card's
//! number and its expiry alone, which prove nothing, that one card is frozen: reversible, told to its holder, and only so
//! many in an hour over all, so that a list of stolen numbers can't stop an issuer's cards. The answer is always the same
//! page, after the same work: what is to be done is a job of the same transaction, also where it is nothing.

use super::super::error::IdentityError;
use super::super::model::{Attempt, ProofKind, Subject, Verdict};
use super::super::{events, messages, store};
use super::Identity;
use crate::authorizations::CardStatus;
use crate::cards::HeldCard;
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
        let body = serde_json::json!({ "customer": customer, "card": card });
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

    /// Freezes the cards of a customer, or one of them, and ends their sessions and keys where something was proved.
    async fn do_loss(&self, customer: CustomerId, only: Option<CardId>) -> Result<(), IdentityError> {
        let by = (Actor::System, Channel::App);
        let active = |held: &HeldCard| held.status == Some(CardStatus::Active);
        for held in self.cards.cards_of(customer).await?.into_iter().filter(active) {
            if only.is_none_or(|card| card == held.card.id) {
                self.cards.freeze(&held.card, by.0, by.1).await?;
            }
        }
        let notice = Message::new(customer, &messages::PHONE_LOST, &[Way::Push, Way::Sms, Way::Mail]);
        let notice = Messages::of(&self.app).prepare(&notice).await?;
        let mut write = self.app.db.write().await?;
        let ended = match only {
            None => {
                let whose = Actor::Cardholder(customer);
                // The lost phone opens nothing any more, whoever knows how to unlock it.
                let lost = AccessLost { whose, by: by.0, channel: by.1 };
                end_access_in_tx(&self.app, &mut write, lost).await?;
                end_sessions_of_in_tx(&mut write, whose, None).await?
            }
            Some(_) => 0,
        };
        send_in_tx(&mut write, &notice).await?;
        let entry = Entry::new(by.0, by.1, events::PHONE_LOST).subject(customer).concerns(customer);
        let detail = serde_json::json!({ "proved": only.is_none(), "sessions": ended });
        Ok(write.commit(entry.detail(detail)).await?)
    }
}

/// Does what the job says; nothing where nothing was right.
pub(in super::super) async fn lose_phone_now(app: &App, body: serde_json::Value) -> Result<(), DbError> {
    let Ok(Loss { customer: Some(customer), card }) = serde_json::from_value(body) else { return Ok(()) };
    let Ok(identity) = Identity::of(app) else { return Ok(()) };
    match identity.do_loss(customer, card).await {
        Ok(()) => Ok(()),
        Err(IdentityError::Db(error)) => Err(error),
        Err(error) => {
            tracing::error!(%error, "the cards of somebody whose phone is gone could not all be frozen");
            Err(DbError::Stale)
        }
    }
}

/// A number that stands for a name we don't know; the same for the same name, and for some others.
fn number_of(name: &str) -> i64 {
    let hash = Sha256::digest(name.as_bytes());
    let first: [u8; 8] = hash.first_chunk().copied().unwrap_or_default();
    i64::from_be_bytes(first).rem_euclid(STRANGERS)
}
