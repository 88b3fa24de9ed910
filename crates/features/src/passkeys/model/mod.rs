//! Passkeys, ceremonies and codes as they are.

mod assertion;
mod ceremony;
mod code;
mod person;
mod soft_key;

pub(super) use assertion::crosses_origins;
pub use assertion::{ActRefusal, SignedAct, SignedResponse, verify_signed_act};
pub(super) use ceremony::{CEREMONY_LIFE_US, Ceremony, Purpose};
pub use code::{CodeTerms, EnrolmentCode};
pub(super) use code::{FirstCode, code_hash, is_letter, new_code, read_code};
pub(super) use person::Person;
pub use soft_key::{SoftAnswer, SoftKey};

use kernel::{DeviceId, Masked, Timestamp};
use platform::access::Assurance;
use webauthn_rs::prelude::Passkey as Credential;

/// Passkeys that one person can have at the same time.
pub(super) const PASSKEYS_MAX: usize = 20;
/// Letters of a passkey's name, at most.
pub(super) const NAME_CHARS_MAX: usize = 40;

/// A passkey of a person, and with it the device or keychain that holds its private part.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// Its id, which sessions carry as their device.
    pub id: DeviceId,
    /// Whose it is.
    pub(super) person: Person,
    /// Public key and flags, as the library keeps them.
    pub(super) credential: Credential,
    /// The counter that it had last; 0 for one that does not count.
    pub(super) counter: u32,
    /// Whether its private part can be copied to other devices (backup eligible).
    pub can_sync: bool,
    /// What its owner calls it; `None` where they have given no name, and for staff.
    pub name: Option<Masked>,
    /// The browser that it was made in: family and system.
    pub made_with: String,
    /// When it was enrolled.
    pub made_at: Timestamp,
    /// What its owner had proved when it was enrolled.
    pub made_assurance: Assurance,
    /// When it last proved something.
    pub used_at: Option<Timestamp>,
}

impl Passkey {
    /// The public key and what goes with it, for [`verify_signed_act`].
    pub fn credential(&self) -> &Credential {
        &self.credential
    }
}

/// Why a passkey does not work any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Its owner ended it.
    Owner,
    /// Its counter went back: there may be a copy of its private part.
    Copied,
    /// Whoever had it lost the access: recovery, or a colleague who left.
    Recovered,
}

impl EndReason {
    /// The word in the table and in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Copied => "copied",
            Self::Recovered => "recovered",
        }
    }
}
