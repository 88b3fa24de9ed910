//! Addresses of the cardholder's pages.

mod cardholder;

pub(super) use cardholder::routes;
