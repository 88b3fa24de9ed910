//! What every feature stands on: database, audit, outbox, jobs, access, web shell, settings, telemetry.

pub mod access;
pub mod app;
pub mod approval;
pub mod assets;
pub mod audit;
pub mod backup;
pub mod clock;
pub mod config;
pub mod db;
pub mod feature;
pub mod http;
pub mod i18n;
pub mod jobs;
pub mod keys;
pub mod outbox;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod text;
pub mod ui;
