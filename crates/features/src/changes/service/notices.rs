//! Notices of a change, to the contacts before it and after it.
//!
//! Whoever has one of the contacts must hear of it: the owner, whose contact is taken, and somebody whose number or address
//! was named without their knowing. So each notice goes to the present contacts and to both values of the change. The codes of
//! one change differ, so that the log knows by which notice somebody said no; whoever reads the inbox has both.

use super::super::error::ChangeError;
use super::super::messages;
use super::super::model::{Change, StopCode, Value};
use super::super::store::{self, StopRow};
use super::Changes;
use crate::accounts::Person;
use crate::messages::{Contact, Message, Messages, Prepared, Way, send_in_tx};
use kernel::Masked;
use platform::db::{DbError, Write};
use platform::feature::MessageKind;

const EVERY_WAY: &[Way] = &[Way::Push, Way::Sms, Way::Mail];
const BY_SMS: &[Way] = &[Way::Sms];
const BY_MAIL: &[Way] = &[Way::Mail];

/// The notices of a signed change, each with a code of its own.
pub(super) struct Notices {
    letters: Vec<(Prepared, StopCode, &'static str)>,
}

impl Notices {
    pub(super) async fn send_in_tx(&self, write: &mut Write, change: &Change) -> Result<(), DbError> {
        for (letter, code, contact) in &self.letters {
            let stop = StopRow { hash: &code.hash(), change: change.id, contact };
            store::add_stop_in_tx(write, &stop).await?;
            send_in_tx(write, letter).await?;
        }
        Ok(())
    }
}

impl Changes {
    /// What is sent when a change was signed.
    pub(super) async fn waiting_notices(
        &self,
        change: &Change,
        person: &Person,
    ) -> Result<Notices, ChangeError> {
        let named = match &change.to {
            Value::Phone(phone) => Some((BY_SMS, Contact::Phone(phone.clone()))),
            Value::Email(email) => Some((BY_MAIL, Contact::Email(email.clone()))),
            Value::Address { .. } | Value::Language(_) => None,
        };
        let mut letters = Vec::new();
        let present = (EVERY_WAY, Vec::new(), "before");
        let after = named.map(|(ways, contact)| (ways, vec![contact], "after"));
        for (ways, contacts, contact) in [Some(present), after].into_iter().flatten() {
            let code = StopCode::create(&*self.app.random);
            let message = self.message(change, person, &messages::WAITING).with("stop", code.shown());
            let message = Message { ways, contacts, ..message };
            letters.push((Messages::of(&self.app).prepare(&message).await?, code, contact));
        }
        Ok(Notices { letters })
    }

    /// What is sent when something became of a change, to all contacts that it is about.
    pub(super) async fn notice(
        &self,
        change: &Change,
        person: &Person,
        kind: &'static MessageKind,
    ) -> Result<Prepared, ChangeError> {
        Ok(Messages::of(&self.app).prepare(&self.about(change, person, kind)).await?)
    }

    /// The same before it is sealed.
    pub(super) fn about(&self, change: &Change, person: &Person, kind: &'static MessageKind) -> Message {
        let (mut phones, mut emails) = (vec![person.phone.clone()], vec![person.email.clone()]);
        let mut add = |value: &Value| match value {
            Value::Phone(phone) if !phones.contains(phone) => phones.push(phone.clone()),
            Value::Email(email) if !emails.contains(email) => emails.push(email.clone()),
            _ => {}
        };
        add(&change.from);
        add(&change.to);
        let present = |contact: &Masked| !contact.reveal().is_empty();
        let phones = phones.into_iter().filter(present).map(Contact::Phone);
        let contacts = phones.chain(emails.into_iter().filter(present).map(Contact::Email)).collect();
        Message { contacts, ..self.message(change, person, kind) }
    }

    fn message(&self, change: &Change, person: &Person, kind: &'static MessageKind) -> Message {
        let calendar = self.app.calendar(person.language);
        Message::new(change.customer, kind, EVERY_WAY)
            .with("field", change.field.word())
            .with("due", calendar.date_time(change.due_at))
            .with("until", calendar.date_time(change.undo_until))
    }
}
