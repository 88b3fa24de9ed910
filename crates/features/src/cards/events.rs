//! What cards announce. The names are also those of audit entries.

/// A card's row was written; it can't be used yet. An audit entry only.
pub const MADE: &str = "cards.card.made";
/// A card can be used from now on. The engine's audit entry.
pub const ISSUED: &str = "cards.card.issued";
