//! What tests stand on: a clock that is moved by hand, chance that repeats, and databases of their own.
//!
//! Every test of a store runs on both databases: [`databases`] gives a fresh SQLite file and a fresh
//! PostgreSQL schema. A PostgreSQL server that is missing is a failure, not a skip: `cargo accept` starts one
//! and says where it is in `CARDEA_TEST_POSTGRES_URL`.

mod accounts;
mod app;
mod browser;
mod databases;
mod postbox;
mod shelf;
mod time;
mod witness;

pub use accounts::{OpenAccount, open_account, purchase};
pub use app::{Answer, TestApp, test_pan};
pub use browser::{Browser, sample_customer};
pub use databases::{TestDb, databases, sqlite};
pub use postbox::{Postbox, Taken};
pub use shelf::{Kept, TestShelf};
pub use time::{ManualClock, SeededRandom};
pub use witness::{Mood, TestWitness};
