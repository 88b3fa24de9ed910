//! Cards: which plastic belongs to which account, what may be shown of it, and its cardholder's switches.
//!
//! Problem: a card number must be found in microseconds, must be usable to compute verification values, and must
//! never be seen. Design: the number is sealed under a key of the card's own; a keyed hash over all of it finds
//! the row and keeps it unique; issuer prefix and last four digits are what everybody else works with. Whether a
//! card may be used, and its switches, are the authorization engine's, because the next authorization must obey
//! them; commands pass its queue, reads merge both. Why safe: one query
//! gives a number back in clear, for a reveal that is recorded, and nothing of a verification value or PIN is stored.
//!
//! A card is issued in two steps: its row first, then the engine. A crash between them leaves a card that can't
//! be used, and the same command again finishes it; the other order could leave a usable card nobody can see.
//!
//! Tables: `cards`. Events out: [`events::ISSUED`]. It does not replace cards yet.

mod access;
mod error;
mod events;
mod http;
mod model;
mod privacy;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod ui;

pub use access::{CONTROLS, FREEZE, UNFREEZE};
pub use error::CardError;
pub use events::{ISSUED, MADE, NEW_PIN_ENDED, PIN_SET};
pub use model::{AccountWithCards, Card, CardGiven, CardOrder, HeldCard, Loss};
pub use service::{BATCH_ACCOUNTS, CardFile, Cards, ChosenPin, open_many};
pub use ui::{Shown, card_item, loss_fields};

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem};
use platform::keys::KeyColumn;

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "cards",
    routes: http::routes,
    permissions: &[
        &access::READ,
        &access::ISSUE,
        &access::FREEZE,
        &access::UNFREEZE,
        &access::REPORT_LOSS,
        &access::CONTROLS,
        &access::UNBLOCK,
        &access::SET_PIN,
        &access::OWN,
        &access::OWN_CONTROLS,
    ],
    signed_acts: &[&access::RAISE],
    navigation: &[NavItem {
        surface: Surface::App,
        path: "/cards",
        label: "cards-nav",
        icon: "card",
        order: 30,
        permission: &access::OWN,
    }],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: MADE, sentence: "audit-cards-card-made" },
        AuditAct { name: ISSUED, sentence: "audit-cards-card-issued" },
        AuditAct { name: events::READ, sentence: "audit-cards-card-read" },
        AuditAct { name: "cards.card.frozen", sentence: "audit-cards-card-frozen" },
        AuditAct { name: "cards.card.unfrozen", sentence: "audit-cards-card-unfrozen" },
        AuditAct { name: "cards.card.blocked", sentence: "audit-cards-card-blocked" },
        AuditAct { name: "cards.proof.matched", sentence: "audit-cards-proof-matched" },
        AuditAct { name: "cards.proof.missed", sentence: "audit-cards-proof-missed" },
        AuditAct { name: "cards.proof.unblocked", sentence: "audit-cards-proof-unblocked" },
        AuditAct { name: "cards.chip_pin.waiting", sentence: "audit-cards-chip-pin-waiting" },
        AuditAct { name: events::NEW_PIN_ENDED, sentence: "audit-cards-chip-pin-ended" },
        AuditAct { name: events::PIN_SET, sentence: "audit-cards-pin-set" },
        AuditAct { name: "cards.controls.set", sentence: "audit-cards-controls-set" },
    ],
    personal_data: privacy::HELD,
    // The hash of the number stays with an erased person: a number must never be issued twice, and payments that
    // are still under way must find their account.
    key_columns: &[KeyColumn { table: "cards", column: "data_key", person: "customer_id", hashes: &[] }],
    tables: &["cards"],
    openapi: Some(http::openapi),
    ..Feature::EMPTY
};
