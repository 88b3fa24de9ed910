//! What can be proved, and one proof.

use kernel::{Channel, DeviceId, Timestamp};
use platform::access::Assurance;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kinds of proof there are: a closed list, so that nobody adds one by a setting. A voice is none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// A passkey on a bound device: its key can't be copied, or it has been known for a day.
    DevicePasskey,
    /// A passkey that its maker keeps in step over several devices.
    Passkey,
    /// What an outside identity provider says about a colleague.
    StaffProvider,
    /// A code of a letter or from a branch, for the first enrolment and for recovery.
    ActivationCode,
    /// A request in the app, answered with the number that the other screen shows.
    PushMatch,
    /// A code that changes every 30 seconds (RFC 6238).
    AuthenticatorCode,
    /// A code sent by text message: restricted, since a number can be taken over.
    TextCode,
    /// The PIN, at a terminal.
    Pin,
    /// The six digits for the phone line.
    QueryPassword,
    /// The value printed on the card.
    CardValue,
    /// The month until which the card is valid.
    CardExpiry,
    /// An answer about a payment or the profile. A sign of risk and never a proof.
    Fact,
}

/// What a proof shows about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// That they know something.
    Knows,
    /// That they have something.
    Has,
    /// That they have it, and their device knew their finger, face or code.
    Is,
    /// Nothing.
    Nothing,
}

/// How hard a proof is to come by for somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// It only adds to suspicion.
    Signal,
    /// Few values, or readable by whoever holds the card.
    Weak,
    /// Good, but over a path that others can take over (NIST SP 800-63B-4: restricted).
    Restricted,
    /// A secret of its own device, which a deceived person can still tell.
    Fair,
    /// Can't be told, sent or typed to anybody else.
    Strong,
}

impl ProofKind {
    /// Every kind, best first.
    pub const ALL: &'static [Self] = &[
        Self::DevicePasskey,
        Self::Passkey,
        Self::StaffProvider,
        Self::ActivationCode,
        Self::PushMatch,
        Self::AuthenticatorCode,
        Self::TextCode,
        Self::Pin,
        Self::QueryPassword,
        Self::CardValue,
        Self::CardExpiry,
        Self::Fact,
    ];

    /// The word in columns, files and entries. It never changes.
    pub const fn word(self) -> &'static str {
        match self {
            Self::DevicePasskey => "device_passkey",
            Self::Passkey => "passkey",
            Self::StaffProvider => "staff_provider",
            Self::ActivationCode => "activation_code",
            Self::PushMatch => "push_match",
            Self::AuthenticatorCode => "authenticator_code",
            Self::TextCode => "text_code",
            Self::Pin => "pin",
            Self::QueryPassword => "query_password",
            Self::CardValue => "card_value",
            Self::CardExpiry => "card_expiry",
            Self::Fact => "fact",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    /// The key of its name in the interface.
    pub fn name_key(self) -> String {
        format!("identity-proof-{}", self.word().replace('_', "-"))
    }

    /// Whether somebody could guess it, so that tries are counted and bounded. Keys and what an identity provider
    /// signed can't be guessed; a wrong one is written down, and blocks nobody.
    pub const fn can_be_guessed(self) -> bool {
        !matches!(self, Self::DevicePasskey | Self::Passkey | Self::StaffProvider | Self::Fact)
    }

    /// Whether it stands on the plastic: then the engine counts, in one count of the card over every channel, payments
    /// included.
    pub const fn is_of_card(self) -> bool {
        matches!(self, Self::CardValue | Self::CardExpiry | Self::Pin)
    }
}

impl fmt::Display for ProofKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Something that was proved. Made by this feature after a check, or by one whose own check ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What was proved.
    pub kind: ProofKind,
    /// When.
    pub at: Timestamp,
    /// Over which channel.
    pub channel: Channel,
    /// With which device.
    pub device: Option<DeviceId>,
}

/// What is known against a person at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Nothing.
    #[default]
    Usual,
    /// Something: a proof of theirs is refused after wrong tries, facts were answered wrongly.
    Raised,
    /// Much: their sign-in is under attack, or they said "this was not me".
    High,
}

/// What proofs come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The level now.
    pub level: Assurance,
    /// Until when it holds without a new proof.
    pub until: Timestamp,
    /// The level that holds for the rest of the session or call.
    pub lasting: Assurance,
}
