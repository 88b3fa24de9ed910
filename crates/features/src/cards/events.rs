//! What cards announce. The names are also those of audit entries.

/// A card's row was written; it can't be used yet. An audit entry only.
pub const MADE: &str = "cards.card.made";
/// A card has another PIN: body `card`, `customer`. Its holder is told.
pub const PIN_SET: &str = "cards.pin.set";
/// A new PIN no longer waits for its chip; how that came stands in the entry. An audit entry only.
pub const NEW_PIN_ENDED: &str = "cards.chip_pin.ended";
/// A card can be used from now on. The engine's audit entry.
pub const ISSUED: &str = "cards.card.issued";
/// Somebody read a card, or the cards of an account. An audit entry only.
pub const READ: &str = "cards.card.read";
