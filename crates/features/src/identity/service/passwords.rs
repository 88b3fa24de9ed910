//! The query password: six digits for the phone line, kept as a verifier whose key is in the key module.

use super::super::error::IdentityError;
use super::super::model::{Count, ProofKind, Subject};
use super::super::rules::weakness;
use super::super::{events, messages, store};
use super::Identity;
use crate::accounts::Accounts;
use crate::messages::{Message, Messages, Prepared, Way, send_in_tx};
use kernel::{Actor, Channel, CustomerId, Secret, SessionId};
use platform::access::Opened;
use platform::audit::Entry;
use platform::i18n::t;

/// Query passwords that are set in one transaction at most.
pub const PASSWORDS_AT_ONCE_MAX: usize = 500;

impl Identity {
    /// Sets a customer's query password, after their proof at assurance 2. Weak ones are refused. It is a change of a
    /// proof: every session of the customer ends but for `keep`, which gets a new token, for the cookie of the answer.
    ///
    /// # Errors
    /// [`IdentityError::Weak`] with the reason; [`IdentityError::Absent`] where `keep` has ended; or something failed.
    pub async fn set_query_password(
        &self,
        customer: CustomerId,
        password: &Secret<String>,
        (by, channel): (Actor, Channel),
        keep: Option<SessionId>,
    ) -> Result<Option<Opened>, IdentityError> {
        let known = self.known_numbers(customer).await?;
        let known: Vec<&str> = known.iter().map(|number| number.expose().as_str()).collect();
        if let Some(weak) = weakness(password.expose(), &known) {
            return Err(IdentityError::Weak(weak));
        }
        let verifier = self.app.keys.query_password_verifier(customer, password.expose())?;
        let notice = self.changed(customer, ProofKind::QueryPassword).await?;
        let person = Subject::Customer(customer).columns();
        let mut write = self.app.db.write().await?;
        store::take_count_in_tx(&mut write, person, ProofKind::QueryPassword).await?;
        store::put_count_in_tx(&mut write, person, ProofKind::QueryPassword, &Count::default()).await?;
        store::put_password_in_tx(&mut write, customer, &verifier.0).await?;
        let kept = self.keep_only_in_tx(&mut write, Actor::Cardholder(customer), keep).await?;
        send_in_tx(&mut write, &notice).await?;
        let entry = Entry::new(by, channel, events::PASSWORD_SET).subject(customer).concerns(customer);
        write.commit(entry).await?;
        Ok(kept)
    }

    /// Whether a customer has a query password.
    ///
    /// # Errors
    /// The database failed.
    pub async fn has_query_password(&self, customer: CustomerId) -> Result<bool, IdentityError> {
        Ok(store::has_password(&self.app.db, customer).await?)
    }

    /// The notice that a proof of theirs was set or changed, ready to be sent with the change.
    pub(super) async fn changed(
        &self,
        customer: CustomerId,
        kind: ProofKind,
    ) -> Result<Prepared, IdentityError> {
        let what = self.name_for(customer, kind).await?;
        let message = Message::new(customer, &messages::CHANGED, &[Way::Push, Way::Sms, Way::Mail]);
        Ok(Messages::of(&self.app).prepare(&message.with("what", what)).await?)
    }

    /// The name of a proof in a customer's language.
    pub(super) async fn name_for(
        &self,
        customer: CustomerId,
        kind: ProofKind,
    ) -> Result<String, IdentityError> {
        let known = self.accounts.customer(customer).await?.ok_or(IdentityError::Absent)?;
        Ok(t(known.person.language, &kind.name_key(), &[]))
    }

    /// Numbers that others know of a customer: telephone, and what is shown of their cards.
    async fn known_numbers(&self, customer: CustomerId) -> Result<Vec<Secret<String>>, IdentityError> {
        let person = self.accounts.customer(customer).await?.ok_or(IdentityError::Absent)?.person;
        let digits = |text: &str| Secret::new(text.chars().filter(char::is_ascii_digit).collect::<String>());
        let mut known = vec![digits(person.phone.reveal()), digits(person.email.reveal())];
        for held in self.cards.cards_of(customer).await? {
            known.push(digits(held.card.masked.bin()));
            known.push(digits(held.card.masked.last4()));
        }
        Ok(known)
    }
}

/// Sets the query passwords of the people that a demo or an import makes, as they are; at most 500 in a transaction.
///
/// # Errors
/// Something failed.
pub async fn take_over_passwords(
    accounts: &Accounts,
    passwords: &[(CustomerId, Secret<String>)],
) -> Result<(), IdentityError> {
    let mut verifiers = Vec::with_capacity(passwords.len());
    for (customer, password) in passwords {
        verifiers.push((*customer, accounts.keys().query_password_verifier(*customer, password.expose())?));
    }
    for batch in verifiers.chunks(PASSWORDS_AT_ONCE_MAX) {
        let mut write = accounts.db().write().await?;
        for (customer, verifier) in batch {
            store::put_password_in_tx(&mut write, *customer, &verifier.0).await?;
        }
        let entry = Entry::new(Actor::System, Channel::Console, events::PASSWORDS_TAKEN_OVER);
        write.commit(entry.detail(serde_json::json!({ "people": batch.len() }))).await?;
    }
    Ok(())
}
