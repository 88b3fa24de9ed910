//! Reveals: showing a full card, telephone or document number or mail address, which every other screen masks.
//!
//! Problem: staff sometimes need the whole value, and a screen that shows it to whoever looks leaks it sooner or
//! later. Design: showing is an act of its own. It needs a permission, a live matter of the same person
//! ([`crate::matters`]), a reason from a list with words beside it, and room in the hour's quota; the answer shows one value once, is not stored by browsers, and the page goes away by
//! itself. Cardholders see the number of their own card with assurance 2. Why safe: the value is decrypted for one
//! answer, the entry is durable before it leaves, and the customer finds each reveal under "who looked at my data";
//! the words of the reason are sealed under the customer's key. Two at once are counted one after the other.
//!
//! The feature is called by its act, since `vault` is the crate that keeps the values.
//!
//! Tables: `reveals`, `reveal_turns`. It does not verify a caller.

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

pub use error::RevealError;
pub use events::{CARD_SHOWN, DOCUMENT_SHOWN, EMAIL_SHOWN, OWN_CARD_SHOWN, PHONE_SHOWN};
pub use model::{Thing, Why};
pub use ui::{DeskReveals, desk_reveals};

use platform::config::RevealsConfig;
use platform::feature::{AuditAct, Feature};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "reveals",
    routes: http::routes,
    permissions: &[&access::VALUE, &access::OWN_CARD],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: events::CARD_SHOWN, sentence: "audit-reveals-card-shown" },
        AuditAct { name: events::PHONE_SHOWN, sentence: "audit-reveals-phone-shown" },
        AuditAct { name: events::EMAIL_SHOWN, sentence: "audit-reveals-email-shown" },
        AuditAct { name: events::DOCUMENT_SHOWN, sentence: "audit-reveals-document-shown" },
        AuditAct { name: events::OWN_CARD_SHOWN, sentence: "audit-reveals-own-card-shown" },
        AuditAct { name: events::REFUSED, sentence: "audit-reveals-value-refused" },
    ],
    personal_data: privacy::HELD,
    tables: &["reveals", "reveal_turns"],
    ..Feature::EMPTY
};
