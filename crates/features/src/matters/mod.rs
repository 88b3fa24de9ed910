//! Matters: what somebody at the desk serves a customer for, without which no record opens.
//!
//! Problem: staff must see a customer to serve them, and must not see whomever they like. Design: a record of a
//! customer opens only for a live *matter* of that member of staff: a call, a case with its reference, an alert that
//! they work on, or the reason of an officer who checks; it ends by itself. One guard ([`FEATURE`] brings it) stands
//! before every route of the desk whose address names a customer, an account, a card, an authorization or a case;
//! whoever lacks a matter is refused with 403 `no_matter`, and the page of the refusal is where one is opened. Why safe: the
//! guard is asked by the gate, not by pages, so none can forget it; every opening and every refusal is an entry that
//! concerns the customer; an hour allows the records of so many customers, also where they are opened at once. A protective act (a freeze) shows no record and needs no matter.
//!
//! The record of oneself or of a relation never opens; that of an important person opens for managers, or by leave of
//! one ([`crate::staff`]). An emergency opens a record at once, with a reason in words, for an hour: it raises an alarm
//! and waits for a review by compliance.
//!
//! Calls ask [`may_serve`] at each step and open their matters through [`open_in_tx`], which has the quota and the alarms.
//! What it does not do: verify that somebody is on the line; and the reference of a case that is kept elsewhere is taken as told.
//!
//! Tables: `matters`.

mod access;
mod error;
mod events;
mod http;
mod model;
mod privacy;
mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod ui;

pub use error::MatterError;
pub use model::{Matter, MatterKind, Reference};
pub use service::{close_in_tx, live_matter, live_matter_of, may_serve, open_in_tx, refused};
pub use ui::{MatterPanel, matter_panel};

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "matters",
    routes: http::routes,
    permissions: &[&access::OPEN, &access::EMERGENCY, &access::REVIEW],
    navigation: &[NavItem {
        surface: Surface::Desk,
        path: "/desk/reviews",
        label: "matters-nav-reviews",
        icon: "case",
        order: 75,
        permission: &access::REVIEW,
    }],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: events::OPENED, sentence: "audit-matters-matter-opened" },
        AuditAct { name: events::CLOSED, sentence: "audit-matters-matter-closed" },
        AuditAct { name: events::EMERGENCY_OPENED, sentence: "audit-matters-emergency-opened" },
        AuditAct { name: events::REVIEWS_READ, sentence: "audit-matters-emergencies-read" },
        AuditAct { name: events::REVIEWED, sentence: "audit-matters-emergency-reviewed" },
        AuditAct { name: events::REFUSED, sentence: "audit-matters-record-refused" },
    ],
    personal_data: privacy::HELD,
    tables: &["matters"],
    record_guard: Some(http::guard),
    ..Feature::EMPTY
};
