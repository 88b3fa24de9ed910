//! Tests that need no database; those that do are in `crates/testkit/tests/monitoring.rs`.

mod counting;
mod findings;
mod sharing;
mod tried;

use crate::authorizations::{Class, Decided, Reason};
use decision::{Channel, Payment};
use kernel::Timestamp;

/// Noon UTC on 12 March 2026.
pub const NOON: Timestamp = Timestamp::from_us(1_773_316_800_000_000);

/// A decided request that took `latency_us`.
pub fn decided(reason: Reason, latency_us: u64, city: &str) -> Decided {
    Decided {
        authorization: 1,
        account: 1,
        card: 1,
        class: Class::Authorization,
        reason,
        at: NOON.us(),
        arrived_us: 1_000,
        answered_us: 1_000 + latency_us,
        billing_minor: 250,
        payment: Some(Payment {
            mcc: 5812,
            country: 156,
            home_country: 156,
            channel: Channel::Chip,
            card_present: true,
            ..Payment::default()
        }),
        city: city.to_owned(),
        country: 156,
        alert: false,
        range: 0,
    }
}
