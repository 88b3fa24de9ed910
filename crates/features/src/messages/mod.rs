//! Messages: what the issuer tells its customers, by the app's inbox, push, SMS and mail.
//!
//! Problem: a code or a security notice must leave exactly when its reason is durable, survive a crash and a carrier
//! that is down, and leave no trace of the code afterwards. Design: a feature declares its kinds of message as data
//! ([`platform::feature::MessageKind`]); [`Messages::prepare`] puts one into words in the customer's language and seals
//! it under the customer's key, [`send_in_tx`] writes it in the transaction of its reason, and [`relay`] hands it to
//! the carriers afterwards: at least once, in order for each customer and channel, with growing pauses, each way by
//! itself, so that a mail server that hangs holds up no text message. What can't be delivered is *undelivered*: counted, in the log, and on a page of the desk. The inbox keeps every message, without
//! codes. Why safe: a code exists sealed until it was sent and nowhere afterwards; it goes by SMS and push, never by
//! mail; it is not sent once it has ended; a customer's erasure makes all of it unreadable.
//!
//! Tables: `messages`, `message_deliveries`. It does not decide whether a customer may be contacted, nor how often.

mod access;
mod error;
mod events;
mod http;
mod jobs;
mod model;
mod port;
mod privacy;
mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod ui;

pub use error::MessageError;
pub use events::SENT;
pub use model::{Contact, Message, Way};
pub use port::{CARRY_MAX, Carried, Carrier, Carriers, CarryError, Letter};
pub use service::{Messages, Prepared, relay, send_in_tx};

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem, Waiting};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "messages",
    routes: http::routes,
    permissions: &[&access::OWN, &access::UNDELIVERED, &access::RETRY],
    navigation: &[
        NavItem {
            surface: Surface::App,
            path: "/inbox",
            label: "messages-nav",
            icon: "mail",
            order: 40,
            permission: &access::OWN,
        },
        NavItem {
            surface: Surface::Desk,
            path: "/desk/messages",
            label: "messages-desk-nav",
            icon: "mail",
            order: 70,
            permission: &access::UNDELIVERED,
        },
    ],
    waiting: &[Waiting { path: "/inbox", count: http::unread }],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: events::SENT, sentence: "audit-messages-message-sent" },
        AuditAct { name: events::READ, sentence: "audit-messages-message-read" },
        AuditAct { name: events::UNDELIVERED, sentence: "audit-messages-message-undelivered" },
        AuditAct { name: events::RETRIED, sentence: "audit-messages-message-retried" },
    ],
    jobs: jobs::jobs,
    personal_data: privacy::HELD,
    tables: &["messages", "message_deliveries"],
    ..Feature::EMPTY
};
