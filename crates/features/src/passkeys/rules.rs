//! What a passkey is worth, from what is known of it.

use super::model::Passkey;
use crate::identity::{Proof, ProofKind};
use kernel::{DAY_US, Timestamp};
use platform::access::Assurance;

/// How old a passkey must be before it counts as bound to its device, microseconds: its owner has had the notice and the
/// time to end it.
const SETTLED_US: i64 = DAY_US;

/// Whether the passkey stands for one device. One that can be copied does a day after it was enrolled at assurance 2. One
/// that says that it can't does at once only where it was enrolled from a bound device, and else after a day too: without
/// attestation that it can't be copied is its maker's word, and a thief makes what they like.
pub fn is_bound(passkey: &Passkey, now: Timestamp) -> bool {
    let settled = now.since_us(passkey.made_at) >= SETTLED_US;
    if passkey.can_sync {
        settled && passkey.made_assurance >= Assurance::TWO
    } else {
        settled || passkey.made_assurance >= Assurance::THREE
    }
}

/// What a signature of the passkey, with its user verified, proves; the policy says how far it goes.
pub(super) fn proof_by(passkey: &Passkey, now: Timestamp) -> Proof {
    let kind = if is_bound(passkey, now) { ProofKind::DevicePasskey } else { ProofKind::Passkey };
    Proof { kind, at: now, channel: passkey.person.channel(), device: Some(passkey.id) }
}
