//! The desk's view of one customer: who it is, what the account stands at, each authorization explained.
//!
//! Problem: an agent must see a customer on one screen, in the customer's own words, and must not browse. Design:
//! this feature owns no table; it reads the faces of accounts, authorizations and cards. Customers are found by
//! something they tell in full (an id, a card number, a telephone, mail or document number), never by a list; what is
//! found is just enough to pick the caller, and the record opens for a live matter only ([`crate::matters`]). Why
//! safe: every look at a person's data is written into the audit log and committed before the page is made, so a
//! read that can't be recorded is not shown; contacts are masked.
//!
//! It verifies no caller; full values are shown by `reveals`, whose panel stands on the account's page.

mod access;
mod http;
mod service;
mod ui;

use platform::access::Surface;
use platform::feature::{Feature, NavItem};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "desk",
    routes: http::routes,
    permissions: &[&access::START, &access::FIND, &access::READ],
    navigation: &[NavItem {
        surface: Surface::Desk,
        path: "/desk/customers",
        label: "desk-nav-customers",
        icon: "user",
        order: 20,
        permission: &access::FIND,
    }],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    ..Feature::EMPTY
};
