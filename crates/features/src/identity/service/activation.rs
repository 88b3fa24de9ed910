//! Codes by letter: the first enrolment of a device, and recovery when all of them are gone.
//!
//! Recovery is not weaker than enrolment: it is the same code by the same letter. Staff can start it and can choose
//! nothing: the code goes to the address we have, nobody at the desk sees it, and it is worth nothing for a day (three
//! where something else is against the person), while every contact we have has been told. "Not me" stops it; that can
//! be said from a session, at the desk and on the phone, and does nothing but stop it.

use super::super::error::IdentityError;
use super::super::model::{ProofKind, Risk, Subject, activation_code, typed_activation_code};
use super::super::port::{CodeLetter, LetterBox};
use super::super::store::{self, NewActivation};
use super::super::{events, messages};
use super::Identity;
use crate::accounts::Customer;
use crate::messages::{Message, Messages, Way, send_in_tx};
use kernel::{Actor, Channel, CustomerId, DAY_US, HOUR_US, Masked, Secret, Timestamp};
use platform::access::Caller;
use platform::app::App;
use platform::audit::{self, Entry};
use platform::db::{DbError, Housekeeping, Write};
use platform::i18n::{Locale, t};
use platform::jobs::put_in_tx;
use platform::keys::{KeyError, PersonKeys};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use vault::Place;
use zeroize::Zeroize;

/// The job that hands a letter over.
pub(in super::super) const SEND_LETTER: &str = "identity.send_letter";
/// For what an activation code's verifier is made.
const CONTEXT: [u8; 32] = *b"cardea activation code v1\0\0\0\0\0\0\0";

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

/// A letter as it is sealed until it was taken over.
#[derive(Serialize, Deserialize)]
struct SealedLetter {
    to: String,
    language: String,
    text: String,
    code: String,
}

impl Drop for SealedLetter {
    fn drop(&mut self) {
        self.to.zeroize();
        self.text.zeroize();
        self.code.zeroize();
    }
}

fn letter_place(id: i64) -> Place<'static> {
    Place { table: "activation_codes", row: id, column: "letter" }
}

#[derive(Deserialize)]
struct Waiting {
    id: i64,
}

/// Hands over the letter that the job names.
pub(in super::super) async fn send_letter(app: &App, body: serde_json::Value) -> Result<(), DbError> {
    let Ok(Waiting { id }) = serde_json::from_value(body) else { return Ok(()) };
    let Ok(identity) = Identity::of(app) else { return Err(DbError::Stale) };
    match identity.send_letter(id).await {
        Err(IdentityError::Db(error) | IdentityError::Keys(KeyError::Db(error))) => Err(error),
        Err(IdentityError::NoLetterBox) => Err(DbError::Stale),
        Err(error) => {
            // Somebody whose data was erased gets no letter.
            tracing::warn!(%error, "a letter with a code could not be read");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

impl Identity {
    /// Has a code sent to a customer by letter and tells every contact of theirs. A code that waited is stopped. Returns
    /// from when it can be used.
    ///
    /// # Errors
    /// [`IdentityError::NoLetterBox`] where nobody prints letters; [`IdentityError::TooManyLetters`] where as many were asked
    /// for as are allowed; [`IdentityError::Absent`]; or something failed.
    pub async fn ask_activation(
        &self,
        customer: CustomerId,
        (by, channel): (Actor, Channel),
    ) -> Result<Timestamp, IdentityError> {
        self.app.service::<Arc<dyn LetterBox>>().map_err(|_| IdentityError::NoLetterBox)?;
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
        let id = self.app.ids().next(self.app.now());
        let letter = self.sealed_letter(&known, id, code.expose(), &from).await?;
        let (letter, made_by) = (letter.as_slice(), by.to_string());
        let new = NewActivation {
            id,
            customer,
            verifier: &verifier,
            made_by: &made_by,
            usable_at,
            ends_at,
            letter,
        };
        let mut write = self.app.db.write().await?;
        // Two who ask at one moment come one after the other.
        let person = Subject::Customer(customer).columns();
        store::take_count_in_tx(&mut write, person, ProofKind::ActivationCode).await?;
        let since = write.now().plus_us(-i64::from(recovery.asks_days) * DAY_US);
        if store::asked_since_in_tx(&mut write, customer, since).await? >= i64::from(recovery.asks_max) {
            write.rollback().await?;
            return Err(IdentityError::TooManyLetters);
        }
        store::put_activation_in_tx(&mut write, &new).await?;
        let now = write.now();
        put_in_tx(&mut write, SEND_LETTER, &id.to_string(), now, &serde_json::json!({ "id": id })).await?;
        send_in_tx(&mut write, &notice).await?;
        let detail = serde_json::json!({ "delay_hours": delay_hours });
        let entry = Entry::new(by, channel, events::ACTIVATION_ASKED).subject(customer).concerns(customer);
        write.commit(entry.detail(detail)).await?;
        Ok(usable_at)
    }

    /// The letter in its words, sealed, so that it leaves with its reason and is read by nobody meanwhile.
    async fn sealed_letter(
        &self,
        known: &Customer,
        id: i64,
        code: &str,
        from: &str,
    ) -> Result<Vec<u8>, IdentityError> {
        let person = &known.person;
        let args = [("code", code.into()), ("from", from.into())];
        let letter = SealedLetter {
            to: [&person.name, &person.address, &person.city].map(|line| line.reveal()).join("\n"),
            language: person.language.tag().to_owned(),
            text: t(person.language, "identity-letter-activation", &args),
            code: code.to_owned(),
        };
        let text = serde_json::to_vec(&letter).map_err(|_| IdentityError::Unreadable("letter"))?;
        let text = Secret::new(text);
        Ok(PersonKeys::of(&self.app).seal(known.id, letter_place(id), text.expose()).await?)
    }

    /// Hands a letter over, at least once, and forgets it; one that was stopped or is over is handed over no more.
    async fn send_letter(&self, id: i64) -> Result<(), IdentityError> {
        let letters = self.app.service::<Arc<dyn LetterBox>>().map_err(|_| IdentityError::NoLetterBox)?;
        let Some((customer, sealed)) = store::letter(&self.app.db, id).await? else { return Ok(()) };
        let text = PersonKeys::of(&self.app).open(customer, letter_place(id), &sealed).await?;
        let mut letter: SealedLetter =
            serde_json::from_slice(text.expose()).map_err(|_| IdentityError::Unreadable("letter"))?;
        let taken = letters.take(&CodeLetter {
            customer,
            to: Masked::new(std::mem::take(&mut letter.to)),
            language: Locale::from_tag(&letter.language).unwrap_or_default(),
            text: Masked::new(std::mem::take(&mut letter.text)),
            code: Secret::new(std::mem::take(&mut letter.code)),
        });
        taken.map_err(|error| {
            tracing::error!(%error, "a letter with a code could not be taken over; it is tried again");
            IdentityError::NoLetterBox
        })?;
        let mut write = self.app.db.write().await?;
        store::forget_letter_in_tx(&mut write, id).await?;
        Ok(write.housekeeping(Housekeeping::Jobs).await?)
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
    ) -> Result<Option<CustomerId>, IdentityError> {
        let Some(customer) = store::use_activation_in_tx(write, &mark.0).await? else { return Ok(None) };
        let entry = Entry::new(Actor::Cardholder(customer), Channel::App, events::ACTIVATION_USED);
        write.also(entry.subject(customer).concerns(customer)).await?;
        Ok(Some(customer))
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

    /// The same in a transaction that takes back more, with its entry where there was one to stop.
    ///
    /// # Errors
    /// The database failed.
    pub async fn stop_activation_in_tx(
        &self,
        write: &mut Write,
        customer: CustomerId,
        (by, channel): (Actor, Channel),
    ) -> Result<u64, DbError> {
        let stopped = store::stop_activation_in_tx(write, customer).await?;
        if stopped > 0 {
            let entry = Entry::new(by, channel, events::ACTIVATION_STOPPED);
            write.also(entry.subject(customer).concerns(customer)).await?;
        }
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
