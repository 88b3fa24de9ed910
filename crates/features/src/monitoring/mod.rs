//! Monitoring: what is happening now, is it as usual, and what should somebody look at.
//!
//! The watch takes every committed batch from the engine behind the answers ([`Watch::start`] gives the
//! observer), keeps the cross tables and the figures of the wall up to date, and stores sums once a minute.
//! Alerts are opened from the engine's events ([`consumers`]) and from figures that are out of bounds; people
//! take and close them, and what they turned out to be becomes a label that the risk tables learn from.
//!
//! Tables: `monitoring_minutes`, `monitoring_hours`, `monitoring_alerts`, `monitoring_hits`. Events in:
//! `authorizations.authorization.alerted`. Events out: none. Services wanted: [`Watch`]; `Arc<Policy>` for the
//! names of rules and `Engine` for its state, where they are there.
//!
//! Safe because nothing here stands in the way of an answer: the observer never waits, a full queue costs
//! figures and nothing else, and the cross tables are written a few payments at a time.

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

pub use error::MonitoringError;
pub use model::{
    Alert, AlertId, AlertKind, AlertState, Hit, NewAlert, OUTCOMES, Outcome, Picture, Raised, Range,
};
pub use service::{
    Closed, LATENCY_BUDGET_US, Labelled, NewLabel, PlaceName, QUEUE_BATCHES_MAX, Rebuilt, Watch,
    WatchSettings, alerts_worked_on, close, consumers, detail, learn_label, list, open_now, raise,
    rebuild_cross, take,
};

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "monitoring",
    routes: http::routes,
    permissions: &[&access::WALL, &access::READ, &access::TAKE, &access::CLOSE],
    navigation: &[
        NavItem {
            surface: Surface::Desk,
            path: "/desk/live",
            label: "monitoring-nav-live",
            icon: "pulse",
            order: 40,
            permission: &access::WALL,
        },
        NavItem {
            surface: Surface::Desk,
            path: "/desk/alerts",
            label: "monitoring-nav-alerts",
            icon: "flag",
            order: 50,
            permission: &access::READ,
        },
    ],
    jobs: jobs::jobs,
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: events::ALERT_READ, sentence: "audit-monitoring-alert-read" },
        AuditAct { name: events::ALERT_OPENED, sentence: "audit-monitoring-alert-opened" },
        AuditAct { name: events::ALERT_JOINED, sentence: "audit-monitoring-alert-joined" },
        AuditAct { name: events::ALERT_TAKEN, sentence: "audit-monitoring-alert-taken" },
        AuditAct { name: events::ALERT_CLOSED, sentence: "audit-monitoring-alert-closed" },
        AuditAct { name: events::LABELLED, sentence: "audit-monitoring-payment-labelled" },
    ],
    personal_data: privacy::PERSONAL_DATA,
    tables: &["monitoring_minutes", "monitoring_hours", "monitoring_alerts", "monitoring_hits"],
    ..Feature::EMPTY
};
