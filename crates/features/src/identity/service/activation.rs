//! Codes by letter: the first enrolment of a device, and recovery when all of them are gone.
//!
//! Recovery is not weaker than enrolment: it is the same code by the same letter. Staff can start it and can choose
//! nothing: the code goes to the address we have, nobody at the desk sees it, and it is worth nothing for a day (three
//! where something else is against the person), while every contact we have has been told. "Not me" stops it; that can
//! be said from a session, at the desk and on the phone, and does nothing but stop it.

use super::super::error::IdentityError;
use super::super::model::{Proof, ProofKind, Risk, Subject, activation_code, typed_activation_code};
use super::super::port::{CodeLetter, LetterBox};
use super::super::store::{self, NewActivation};
use super::super::{events, messages};
use super::Identity;
use crate::accounts::Customer;
use crate::messages::{Message, Messages, Way, send_in_tx};
use kernel::{Actor, Channel, CustomerId, DAY_US, HOUR_US, Masked, Secret, Timestamp};
use platform::access::Caller;
use platform::audit::{self, Entry};
use platform::db::Write;
use platform::i18n::t;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// For what an activation code's verifier is made.
const CONTEXT: [u8; 32] = *b"cardea activation code v1\0\0\0\0\0\0\0";

/// Whose code was used, and the proof that it is.
#[derive(Clone, Copy, Debug)]
pub struct Activated {
    /// Whose it is.
    pub customer: CustomerId,
    /// What was proved by it.
    pub proof: Proof,
}

/// By what a code by letter is found again between its being typed and its being used up. It is the code's keyed verifier,
/// from which nobody gets the code, and it has a text for tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeMark([u8; 32]);

impl fmt::Display for CodeMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for CodeMark {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut mark = [0; 32];
        if text.len() != 2 * mark.len() {
            return Err(IdentityError::Unreadable("mark of a code"));
        }
        for (at, byte) in mark.iter_mut().enumerate() {
            let two = text.get(2 * at..2 * at + 2).unwrap_or_default();
            *byte = u8::from_str_radix(two, 16).map_err(|_| IdentityError::Unreadable("mark of a code"))?;
        }
        Ok(Self(mark))
    }
}

/// A code by letter that works at this moment.
#[derive(Clone, Debug)]
pub struct WaitingCode {
    /// Whose it is.
    pub customer: CustomerId,
    /// For [`Identity::use_activation_in_tx`].
    pub mark: CodeMark,
}

impl Identity {
    /// Has a code sent to a customer by letter and tells every contact of theirs. A code that waited is stopped. Returns
    /// from when it can be used.
    ///
    /// # Errors
    /// [`IdentityError::NoLetterBox`] where nobody prints letters; [`IdentityError::Absent`]; or something failed.
    pub async fn ask_activation(
        &self,
        customer: CustomerId,
        (by, channel): (Actor, Channel),
    ) -> Result<Timestamp, IdentityError> {
        let letters = self.app.service::<Arc<dyn LetterBox>>().map_err(|_| IdentityError::NoLetterBox)?;
        let known = self.accounts.customer(customer).await?.ok_or(IdentityError::Absent)?;
        let recovery = self.policy().recovery;
        let delay_hours = match self.risk_of(Subject::Customer(customer)).await? {
            Risk::Usual => recovery.delay_hours,
            Risk::Raised | Risk::High => recovery.second_sign_delay_hours,
        };
        let usable_at = self.app.now().plus_us(i64::from(delay_hours) * HOUR_US);
        let ends_at = usable_at.plus_us(i64::from(recovery.life_days) * DAY_US);
        let code = activation_code(&*self.app.random);
        let verifier = self.activation_verifier(code.expose())?.ok_or(IdentityError::Unreadable("code"))?;
        let language = known.person.language;
        let from = self.app.calendar(language).date_time(usable_at);
        let notice = Message::new(customer, &messages::ACTIVATION, &[Way::Push, Way::Sms, Way::Mail]);
        let notice = Messages::of(&self.app).prepare(&notice.with("from", from.clone())).await?;
        let made_by = by.to_string();
        let mut write = self.app.db.write().await?;
        let id = write.next_id();
        let new = NewActivation { id, customer, verifier: &verifier, made_by: &made_by, usable_at, ends_at };
        store::put_activation_in_tx(&mut write, &new).await?;
        send_in_tx(&mut write, &notice).await?;
        let detail = serde_json::json!({ "delay_hours": delay_hours });
        let entry = Entry::new(by, channel, events::ACTIVATION_ASKED).subject(customer).concerns(customer);
        write.commit(entry.detail(detail)).await?;
        letters.take(&self.letter(&known, code, &from)).map_err(|error| {
            tracing::error!(%error, "a letter with a code could not be taken over; ask for another");
            IdentityError::NoLetterBox
        })?;
        Ok(usable_at)
    }

    fn letter(&self, known: &Customer, code: Secret<String>, from: &str) -> CodeLetter {
        let person = &known.person;
        let args = [("code", code.expose().into()), ("from", from.into())];
        let text = t(person.language, "identity-letter-activation", &args);
        let to = [&person.name, &person.address, &person.city].map(|line| line.reveal());
        CodeLetter {
            customer: known.id,
            to: Masked::new(to.join("\n")),
            language: person.language,
            text: Masked::new(text),
            code,
        }
    }

    fn activation_verifier(&self, typed: &str) -> Result<Option<[u8; 32]>, IdentityError> {
        let Some(code) = typed_activation_code(typed) else { return Ok(None) };
        // The code is worth a key of its own: it is looked up by itself, whoever types it.
        let nobody = CustomerId::from_raw(0);
        Ok(Some(self.app.keys.code_verifier(nobody, &CONTEXT, code.expose())?.0))
    }

    /// Looks a code by letter up without using it up, so that whoever breaks off can begin again. `None`: unknown, used,
    /// stopped, over, or not usable yet; whoever typed it is told the same, and it is counted.
    ///
    /// # Errors
    /// Something failed.
    pub async fn activation_of(&self, code: &Secret<String>) -> Result<Option<WaitingCode>, IdentityError> {
        let verifier = self.activation_verifier(code.expose())?.unwrap_or_default();
        if let Some(customer) = store::usable_activation(&self.app.db, &verifier).await? {
            return Ok(Some(WaitingCode { customer, mark: CodeMark(verifier) }));
        }
        let entry = Entry::new(Actor::Nobody, Channel::App, events::MISSED).refused();
        let detail = serde_json::json!({ "kind": ProofKind::ActivationCode, "channel": Channel::App });
        audit::record(&self.app.db, entry.detail(detail)).await?;
        metrics::counter!("cardea_identity_activation_misses_total").increment(1);
        Ok(None)
    }

    /// Uses a code by letter up, over the app, in the transaction that makes something of it. `None`, and nothing is
    /// changed, where it was used, stopped or ended since it was looked up.
    ///
    /// # Errors
    /// The database failed.
    pub async fn use_activation_in_tx(
        &self,
        write: &mut Write,
        mark: &CodeMark,
    ) -> Result<Option<Activated>, IdentityError> {
        let now = write.now();
        let Some(customer) = store::use_activation_in_tx(write, &mark.0).await? else { return Ok(None) };
        let entry = Entry::new(Actor::Cardholder(customer), Channel::App, events::ACTIVATION_USED);
        write.also(entry.subject(customer).concerns(customer)).await?;
        let proof = Proof { kind: ProofKind::ActivationCode, at: now, channel: Channel::App, device: None };
        Ok(Some(Activated { customer, proof }))
    }

    /// "This was not me": stops every code by letter that waits. Returns how many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn stop_activation(&self, caller: &Caller, customer: CustomerId) -> Result<u64, IdentityError> {
        let mut write = self.app.db.write().await?;
        let stopped = store::stop_activation_in_tx(&mut write, customer).await?;
        if stopped == 0 {
            write.rollback().await?;
            return Ok(0);
        }
        write.commit(caller.entry(events::ACTIVATION_STOPPED).subject(customer).concerns(customer)).await?;
        Ok(stopped)
    }

    /// From when and until when the code by letter of a customer can be used; `None` where none waits.
    ///
    /// # Errors
    /// The database failed.
    pub async fn waiting_activation(
        &self,
        customer: CustomerId,
    ) -> Result<Option<(Timestamp, Timestamp)>, IdentityError> {
        Ok(store::waiting_activation(&self.app.db, customer).await?)
    }
}
