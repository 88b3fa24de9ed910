//! What a passkey is worth, from what is known of it.

use super::model::Passkey;
use crate::identity::{Proof, ProofKind};
use kernel::{DAY_US, Timestamp};
use platform::access::Assurance;

/// How old a passkey that can be copied must be before it counts as bound to its device, microseconds.
const SETTLED_US: i64 = DAY_US;

/// Whether the passkey stands for one device: its private part can't leave it, or it was enrolled at assurance 2 more
/// than a day ago, so that its owner has had the notice and the time to end it.
pub fn is_bound(passkey: &Passkey, now: Timestamp) -> bool {
    let settled = now.since_us(passkey.made_at) >= SETTLED_US;
    !passkey.can_sync || (passkey.made_assurance >= Assurance::TWO && settled)
}

/// What a signature of the passkey, with its user verified, proves; the policy says how far it goes.
pub(super) fn proof_by(passkey: &Passkey, now: Timestamp) -> Proof {
    let kind = if is_bound(passkey, now) { ProofKind::DevicePasskey } else { ProofKind::Passkey };
    Proof { kind, at: now, channel: passkey.person.channel(), device: Some(passkey.id) }
}
