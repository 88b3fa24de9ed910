//! The query password: six digits for the phone line, kept as a verifier whose key is in the key module.

use super::super::error::IdentityError;
use super::super::model::{Count, ProofKind, Subject};
use super::super::rules::weakness;
use super::super::{events, store};
use super::Identity;
use kernel::{Actor, Channel, CustomerId, Secret, SessionId};
use platform::access::end_sessions_of_in_tx;
use platform::audit::Entry;

/// Query passwords that are set in one transaction at most.
pub const PASSWORDS_AT_ONCE_MAX: usize = 500;

impl Identity {
    /// Sets a customer's query password, after their proof at assurance 2. Weak ones are refused. It is a change of a
    /// proof: every session of the customer ends but for `keep`.
    ///
    /// # Errors
    /// [`IdentityError::Weak`] with the reason; or something failed.
    pub async fn set_query_password(
        &self,
        customer: CustomerId,
        password: &Secret<String>,
        (by, channel): (Actor, Channel),
        keep: Option<SessionId>,
    ) -> Result<(), IdentityError> {
        let known = self.known_numbers(customer).await?;
        let known: Vec<&str> = known.iter().map(|number| number.expose().as_str()).collect();
        if let Some(weak) = weakness(password.expose(), &known) {
            return Err(IdentityError::Weak(weak));
        }
        let verifier = self.keys.query_password_verifier(customer, password.expose())?;
        let person = Subject::Customer(customer).columns();
        let mut write = self.db.write().await?;
        store::take_count_in_tx(&mut write, person, ProofKind::QueryPassword).await?;
        store::put_count_in_tx(&mut write, person, ProofKind::QueryPassword, &Count::default()).await?;
        store::put_password_in_tx(&mut write, customer, &verifier.0).await?;
        end_sessions_of_in_tx(&mut write, Actor::Cardholder(customer), keep).await?;
        let entry = Entry::new(by, channel, events::PASSWORD_SET).subject(customer).concerns(customer);
        Ok(write.commit(entry).await?)
    }

    /// Sets the query passwords of the people that a demo or an import makes, as they are; at most 500 at once.
    ///
    /// # Errors
    /// Something failed.
    pub async fn take_over_passwords(
        &self,
        passwords: &[(CustomerId, Secret<String>)],
    ) -> Result<(), IdentityError> {
        let mut verifiers = Vec::with_capacity(passwords.len());
        for (customer, password) in passwords {
            verifiers.push((*customer, self.keys.query_password_verifier(*customer, password.expose())?));
        }
        for batch in verifiers.chunks(PASSWORDS_AT_ONCE_MAX) {
            let mut write = self.db.write().await?;
            for (customer, verifier) in batch {
                store::put_password_in_tx(&mut write, *customer, &verifier.0).await?;
            }
            let entry = Entry::new(Actor::System, Channel::Console, events::PASSWORD_SET);
            write.commit(entry.detail(serde_json::json!({ "people": batch.len() }))).await?;
        }
        Ok(())
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
