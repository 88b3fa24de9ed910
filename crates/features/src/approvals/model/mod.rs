//! Approvals and receipts as they are.

mod canonical;
mod receipt;

#[cfg(test)]
pub(super) use canonical::canonical;
pub(super) use canonical::{ActText, NONCE_BYTES, challenge};
pub(super) use receipt::{KEYS_PATH, compact, decode, encode, jwk, signing_input, thumbprint};

use kernel::{Actor, ApprovalId, Channel, CustomerId, DeviceId, MINUTE_US, SessionId, Timestamp};
use platform::approval::Details;
use serde::{Deserialize, Serialize};

/// How long an act waits for its signature, microseconds.
pub const LIFE_US: i64 = 10 * MINUTE_US;
/// How long a request with a number waits, microseconds: somebody sits at the other screen.
pub const PUSH_LIFE_US: i64 = 2 * MINUTE_US;
/// Requests from elsewhere that wait for one person at the same time, at most.
pub const PENDING_MAX: u64 = 3;
/// Acts of one's own that wait at the same time, at most.
pub(super) const OWN_PENDING_MAX: u64 = 10;
/// Refusals in a row after which nobody can ask for a while.
pub(super) const REFUSALS_MAX: usize = 2;
/// How long nobody can ask then, microseconds.
pub const PAUSE_US: i64 = 60 * MINUTE_US;

/// Where an approval stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for its owner.
    Waiting,
    /// Its owner has signed it, or chosen the right number; it can be used once.
    Approved,
    /// Its owner said no, or it was answered wrongly.
    Refused,
    /// Nobody answered in time.
    Expired,
    /// What it allowed was done.
    Used,
    /// It was signed and not done: what it started from had changed, or something failed.
    Changed,
}

impl State {
    const ALL: [Self; 6] =
        [Self::Waiting, Self::Approved, Self::Refused, Self::Expired, Self::Used, Self::Changed];

    /// The word in columns and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Used => "used",
            Self::Changed => "changed",
        }
    }

    /// The state with this word.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// Who asked, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// Who.
    pub actor: Actor,
    /// How they reached us.
    pub channel: Channel,
    /// Their session, which ends when the owner says "this was not me".
    pub session: Option<SessionId>,
    /// Their browser in words, such as `Chrome · Android`.
    pub agent: Option<String>,
}

/// An act that waits, or waited, for its owner.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// Whose act it is.
    pub owner: CustomerId,
    /// Its kind.
    pub act: String,
    /// Its details.
    pub details: Details,
    /// The number at the other screen, for requests of that kind.
    pub(super) number: Option<i64>,
    /// Random bytes before the text.
    pub(super) nonce: Vec<u8>,
    /// Who asked.
    pub asker: Asker,
    /// When.
    pub at: Timestamp,
    /// Until when it can be answered, and, once approved, used.
    pub expires_at: Timestamp,
    /// Where it stands; see [`Self::state_at`].
    pub(super) state: State,
    /// When it was answered.
    pub decided_at: Option<Timestamp>,
    /// With which passkey it was signed, or on which device it was answered.
    pub device: Option<DeviceId>,
    /// Whether there is a receipt.
    pub has_receipt: bool,
}

impl Approval {
    /// Where it stands at `now`: what was not answered, or not used, in time has expired.
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.state {
            State::Waiting | State::Approved if now >= self.expires_at => State::Expired,
            state => state,
        }
    }

    /// Whether it is answered by a number instead of a signature.
    pub fn is_push(&self) -> bool {
        self.number.is_some()
    }

    /// The text that is signed; made anew from the row each time. `None` where it can't be one.
    pub(super) fn text(&self) -> Option<String> {
        self.text_with(&self.act, &self.details)
    }

    /// The text that this approval would have for another act: equal to [`Self::text`] for the same one only.
    pub(super) fn text_with(&self, act: &str, details: &Details) -> Option<String> {
        let (details, expires_at) = (details.to_value(), self.expires_at);
        ActText { id: self.id, owner: self.owner, act, details: &details, expires_at }.canonical()
    }

    /// Whether `act` with `details` is what this approval is for.
    pub fn is_for(&self, act: &str, details: &Details) -> bool {
        let text = self.text();
        text.is_some() && text == self.text_with(act, details)
    }
}

/// An authenticator's answer, decoded and not believed.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which credential.
    pub(super) credential: Vec<u8>,
    /// `clientDataJSON`.
    pub(super) client_data: Vec<u8>,
    /// `authenticatorData`.
    pub(super) authenticator_data: Vec<u8>,
    /// The signature over both.
    pub(super) signature: Vec<u8>,
}
