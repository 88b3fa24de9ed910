//! Card payments to be sent to an issuer: where they come from and how their answers are judged.
//!
//! Problem: a decision engine can only be shown, measured and tested with traffic that looks like traffic:
//! people with habits, merchants with places, fraud with labels. Design: every source (a file of a public data
//! ISO 8583 request of it; the answers are counted by [`report`]. Everything here is a function of its input
//! and its seed: no clock, no chance from outside, no network. What it does not do: send anything (that is the
//! command's work) or decide anything.

pub mod datasets;
pub mod event;
pub mod iso_mapping;
pub mod pace;
pub mod pan;
pub mod report;
pub mod sample_files;
pub mod simulator;
pub mod terminal;
