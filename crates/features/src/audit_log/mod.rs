//! Reading the log: what compliance searches, and what a cardholder is told about who looked at their data.
//!
//! Problem: a log that nobody can read proves nothing to anybody. Design: this feature owns no table; entries are
//! platform's, and it tells each as a sentence in the reader's language, made from the act's text and the entry's
//! facts. People are sought by what they tell, as at the desk, and looked for by their ids; what was sought enters
//! no address. Why safe: reading the log is itself an entry, written first; a cardholder's page shows looks at their
//! own data only, and of colleagues the role and the name said on the telephone; files for spreadsheets can't carry
//! formulas.
//!
//! Each entry has a page that says which checkpoint covers it and who cosigned that, with the proof as a file. It
//! checks no proof itself: that is for programs that share no code with the writer.

mod access;
mod http;
mod model;
mod service;
#[cfg(test)]
mod tests;
mod ui;

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem, Panel};

/// Somebody searched the log.
const ENTRIES_READ: &str = "audit_log.entries.read";
/// Somebody took entries of the log out as a file.
const ENTRIES_EXPORTED: &str = "audit_log.entries.exported";

/// Somebody looked at one entry with its proof.
const ENTRIES_PROVED: &str = "audit_log.entries.proved";

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "audit_log",
    routes: http::routes,
    permissions: &[&access::READ, &access::OWN],
    navigation: &[NavItem {
        surface: Surface::Desk,
        path: "/desk/audit-log",
        label: "audit-log-nav",
        icon: "book",
        order: 80,
        permission: &access::READ,
    }],
    panels: &[
        Panel {
            slot: "app.security",
            path: "/security/checks",
            label: "audit-log-checks",
            order: 30,
            permission: &access::OWN,
        },
        Panel {
            slot: "app.security",
            path: "/who-looked",
            label: "audit-log-own-nav",
            order: 40,
            permission: &access::OWN,
        },
    ],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: ENTRIES_READ, sentence: "audit-audit-log-entries-read" },
        AuditAct { name: ENTRIES_EXPORTED, sentence: "audit-audit-log-entries-exported" },
        AuditAct { name: ENTRIES_PROVED, sentence: "audit-audit-log-entries-proved" },
    ],
    openapi: Some(http::openapi),
    ..Feature::EMPTY
};
