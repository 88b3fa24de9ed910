//! The cardholder's first page and their transactions: what can be used, what is owed and held, what happened.
//!
//! Problem: the questions a cardholder opens an app for (how much can I still spend, did it go through, why not)
//! span accounts, authorizations and cards. Design: this feature owns no table; it reads the faces of the three,
//! always by the owner's id, and composes their fragments. The first page is live: a stream looks at the account's
//! row once a second and sends the changed parts. Why safe: another customer's account or transaction is absent;
//! a stream neither extends nor outlives its session.
//!
//! It changes nothing. Freezing is the cards' own, at their addresses.

mod access;
mod http;
mod service;
mod ui;

pub use service::watch;

use platform::access::Surface;
use platform::feature::{Feature, NavItem};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "home",
    routes: http::routes,
    permissions: &[&access::READ],
    navigation: &[
        NavItem {
            surface: Surface::App,
            path: "/",
            label: "home-nav",
            icon: "home",
            order: 10,
            permission: &access::READ,
        },
        NavItem {
            surface: Surface::App,
            path: "/transactions",
            label: "home-nav-transactions",
            icon: "list",
            order: 20,
            permission: &access::READ,
        },
    ],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    ..Feature::EMPTY
};
