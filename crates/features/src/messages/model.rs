//! Messages, the ways they go, and where a delivery stands. Pure: no SQL, no HTTP, no clock.

use kernel::{CustomerId, Masked, MessageId, Secret, Timestamp};
use platform::feature::MessageKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zeroize::Zeroize;

/// A way out of the house. The inbox is none: every message is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// To the customer's app on their devices.
    Push,
    /// To a telephone number.
    Sms,
    /// To a mail address.
    Mail,
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Push, Self::Sms, Self::Mail];

    /// The word in columns, metrics and the file of a demo.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Sms => "sms",
            Self::Mail => "mail",
        }
    }

    /// The way with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// Where a message goes instead of the contact that the customer has now: to the old one as well as to the new one.
#[derive(Clone, Debug)]
pub enum Contact {
    /// A telephone number, for SMS.
    Phone(Masked),
    /// A mail address.
    Email(Masked),
}

/// Something to be told to one customer.
#[derive(Clone, Debug)]
pub struct Message {
    /// To whom.
    pub to: CustomerId,
    /// What kind it is; its words come from there.
    pub kind: &'static MessageKind,
    /// By which ways it goes out, beside the inbox.
    pub ways: &'static [Way],
    /// What stands in its words' `{ $name }`.
    pub params: Vec<(&'static str, String)>,
    /// A code, for SMS and push alone. It is gone once it was sent.
    pub code: Option<Secret<String>>,
    /// When it is of no use any more: a delivery that has not succeeded by then is given up.
    pub ends_at: Option<Timestamp>,
    /// Where it goes instead of the customer's present contacts; empty for those.
    pub contacts: Vec<Contact>,
}

impl Message {
    /// A message without code, to the customer's present contacts.
    pub fn new(to: CustomerId, kind: &'static MessageKind, ways: &'static [Way]) -> Self {
        Self { to, kind, ways, params: Vec::new(), code: None, ends_at: None, contacts: Vec::new() }
    }

    /// With the value of one `{ $name }` of its words.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }

    /// Whether its code, where it has one, goes only by ways that are allowed, and by one at least.
    pub(super) fn code_is_placed(&self) -> bool {
        let fits = |way: &Way| matches!(way, Way::Sms | Way::Push);
        let placed = !self.ways.is_empty() && self.ways.iter().all(fits) && self.kind.coded.is_some();
        self.code.is_none() || placed
    }

    /// Every way with the address there; a contact that is empty has none.
    pub(super) fn targets(&self, phone: &Masked, email: &Masked) -> Vec<(Way, Masked)> {
        let mut targets = Vec::new();
        for way in self.ways {
            let named = self.contacts.iter().filter_map(|contact| match (way, contact) {
                (Way::Sms, Contact::Phone(to)) | (Way::Mail, Contact::Email(to)) => Some(to.clone()),
                _ => None,
            });
            let present = match way {
                Way::Push => Some(Masked::new(self.to.to_string())),
                Way::Sms => Some(phone.clone()),
                Way::Mail => Some(email.clone()),
            };
            let any = *way != Way::Push && !self.contacts.is_empty();
            let all: Vec<Masked> = if any { named.collect() } else { present.into_iter().collect() };
            targets.extend(all.into_iter().filter(|to| !to.reveal().is_empty()).map(|to| (*way, to)));
        }
        targets
    }
}

/// The values of a message's words, as they are sealed.
pub(super) type Params = BTreeMap<String, String>;

/// What is sealed for one delivery and gone with it.
#[derive(Serialize, Deserialize)]
pub(super) struct SealedLetter {
    pub(super) to: String,
    pub(super) language: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) code: Option<String>,
}

impl Drop for SealedLetter {
    fn drop(&mut self) {
        self.to.zeroize();
        self.text.zeroize();
        self.code.zeroize();
    }
}

/// Why a delivery was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The carrier refused it for good.
    Refused,
    /// It was tried as often as is allowed.
    Exhausted,
    /// There is no carrier for this way.
    NoCarrier,
    /// It was of no use any more.
    Ended,
    /// The customer was erased, or what was sealed can't be read.
    Unreadable,
}

impl Failure {
    const ALL: [Self; 5] = [Self::Refused, Self::Exhausted, Self::NoCarrier, Self::Ended, Self::Unreadable];

    /// The word in columns, metrics and the log.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Exhausted => "exhausted",
            Self::NoCarrier => "no_carrier",
            Self::Ended => "ended",
            Self::Unreadable => "unreadable",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.word() == word)
    }

    /// Whether another try can help.
    pub(super) const fn can_be_retried(self) -> bool {
        matches!(self, Self::Refused | Self::Exhausted | Self::NoCarrier)
    }
}

/// A message of an inbox, in the reader's words.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: MessageId,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) at: Timestamp,
    pub(super) unread: bool,
}

/// A delivery that was given up, as the desk sees it: who and what kind, not what it says.
#[derive(Clone, Debug)]
pub(super) struct Undelivered {
    pub(super) id: i64,
    pub(super) message: MessageId,
    pub(super) to: CustomerId,
    pub(super) kind: String,
    pub(super) way: Way,
    pub(super) failure: Failure,
    pub(super) attempts: i64,
    pub(super) at: Timestamp,
}
