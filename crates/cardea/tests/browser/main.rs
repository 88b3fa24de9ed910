//! Journeys through the pages in a real browser, against a demo of each test's own.
//!
//! Needs `chromedriver` (`CARDEA_CHROMEDRIVER`, else `/usr/bin/chromedriver`), Chromium, and axe-core from
//! `npm ci --prefix e2e`. What is missing fails the test. Nothing here waits for a fixed time: the driver asks again
//! until what is expected is there, or the test fails.

#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "a test waits for a real browser, on the real clock; its runner says where the tools are"
)]

mod approvals;
mod browser;
mod calls;
mod cases;
mod demo;
mod details;
mod journeys;
mod passkeys;
mod record;
