//! Cases: complaints, change requests and every other matter that has a state, an owner and a clock.
//!
//! Problem: a case must be changed by one path, or its clocks, its approvals and its timeline drift apart. Design:
//! the kernel ([`cases::Book`]) decides; here are one table of events that only grows, one act that appends to it
//! ([`Cases::apply`]), and one row a case that is worked out of the events and can be thrown away
//! ([`Cases::differing`] holds the two against each other). The decision is made inside the transaction that locks
//! the case, so what it saw is what it changes. Timers are a column of that row; whoever fires them asks the kernel
//! again, which fires each once, however many servers there are. Why safe: texts that people typed are sealed under
//! the customer's key and everything else is needed for replay, so an erasure leaves the case whole; a case of a kind
//! that a reader may not see is answered like one that doesn't exist, in lists too.
//!
//! Tables: `case_events`, `case_links`, `cases`. It carries no effect out, sends no notice and
//! attaches no document: features read effects and notices off the events.

mod access;
mod error;
mod events;
mod http;
mod jobs;
mod model;
mod privacy;
mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod ui;

pub use error::CaseError;
pub use events::{ACTED, FIRED, OPENED, READ, RETURN_READ};
pub use model::{By, Figures, Linked, Opening, Request, Seen, Whose, roles_of};
pub use rules::{Counted, Line, Return, Sign, SignKind, complaint_signs};
pub use service::{Cases, book_with, built_in_book, with_book};
pub use store::CaseRow;

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem, Panel};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "cases",
    routes: http::routes,
    permissions: &[&access::READ, &access::OPEN, &access::ACT, &access::RETURN],
    panels: &[Panel {
        slot: "desk.customer",
        path: "/desk/customers/{customer}/cases",
        label: "cases-of-customer",
        order: 10,
        permission: &access::READ,
    }],
    navigation: &[NavItem {
        surface: Surface::Desk,
        path: "/desk/cases",
        label: "cases-nav",
        icon: "case",
        order: 30,
        permission: &access::READ,
    }],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: events::OPENED, sentence: "audit-cases-case-opened" },
        AuditAct { name: events::ACTED, sentence: "audit-cases-case-acted" },
        AuditAct { name: events::FIRED, sentence: "audit-cases-timer-fired" },
        AuditAct { name: events::READ, sentence: "audit-cases-case-read" },
        AuditAct { name: events::RETURN_READ, sentence: "audit-cases-return-read" },
    ],
    jobs: jobs::jobs,
    personal_data: privacy::HELD,
    tables: &["case_events", "case_links", "cases"],
    openapi: Some(http::openapi),
    ..Feature::EMPTY
};
