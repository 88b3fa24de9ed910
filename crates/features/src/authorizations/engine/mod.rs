//! The engine: takes what has arrived, decides it, makes it durable in one commit, and only then answers.
//!
//! A commit costs hundreds of microseconds to milliseconds, so one commit serves everything that has
//! arrived meanwhile. One thread owns the batch from loading to committing; decoding, hashing of card
//! numbers and writing of answers happen on other threads. Commands of other features (freeze a card, set
//! a limit) pass the same queue: what was acknowledged holds for the next authorization.
//!
//! Nothing about accounts is kept in memory between batches. The row in the database is the only truth, so
//! two engines on two nodes, an import beside a server, or a restart need no hand-over.
//!
//! When the database can't make a batch durable, nobody in it is approved, health turns red and the engine
//! stops (SQLite: the disk is full or broken) or goes on once the server is back (PostgreSQL).

mod apply;
mod batch;
mod commands;
mod reversal;
mod run;

pub use batch::RowChange;
pub use batch::{Decided, Observer};
pub use run::{Engine, EngineSettings, Reply};
