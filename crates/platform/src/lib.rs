//! What every feature stands on: database, audit, outbox, jobs, access, web shell, settings, telemetry.

pub mod audit;
pub mod db;
pub mod jobs;
pub mod outbox;
