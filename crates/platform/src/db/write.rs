//! A transaction that can't be committed silently.
//!
//! `Write::commit` takes an audit entry by value, so a change without one does not compile. Dropping a
//! `Write` rolls back. The few changes that are nobody's act (a timer claimed, a session touched) go
//! through [`Write::housekeeping`] with a reason from a closed list.

use super::{Db, DbError, Side};
use crate::{audit, on, outbox};
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};
use tokio::sync::OwnedMutexGuard;

/// Changes that are nobody's act and need no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Housekeeping {
    /// A job or timer was claimed, finished or put off.
    Jobs,
    /// Events were marked as handed on.
    Outbox,
    /// A lease was taken or renewed.
    Lease,
    /// Entries of the log got their places, or a checkpoint was kept.
    Log,
    /// A session was used.
    SessionTouch,
    /// A question to an authenticator was asked or forgotten.
    Ceremony,
    /// A stored answer of the API was kept or forgotten.
    Idempotency,
    /// Figures for charts were kept.
    Aggregates,
    /// Data keys were wrapped anew: the same keys, under the newest master key.
    Rewrap,
}

/// A connection inside a transaction.
pub type Conn<'w> = Side<&'w mut SqliteConnection, &'w mut PgConnection>;

/// An open transaction.
pub struct Write {
    db: Db,
    tx: Side<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>,
    // Held until the transaction has ended, which drops before this.
    _gate: Option<OwnedMutexGuard<()>>,
}

impl Write {
    pub(super) async fn begin(db: &Db) -> Result<Self, DbError> {
        let (tx, gate) = match db.side() {
            Side::Sqlite(sqlite) => {
                let gate = sqlite.pass_gate().await;
                (Side::Sqlite(sqlite.begin().await?), Some(gate))
            }
            Side::Postgres(postgres) => (Side::Postgres(postgres.pool().begin().await?), None),
        };
        Ok(Self { db: db.clone(), tx, _gate: gate })
    }

    /// The connection, for [`on!`](crate::on). Inside a transaction await nothing but the database:
    /// on SQLite everybody else waits.
    pub fn conn(&mut self) -> Conn<'_> {
        match &mut self.tx {
            Side::Sqlite(tx) => Side::Sqlite(&mut **tx),
            Side::Postgres(tx) => Side::Postgres(&mut **tx),
        }
    }

    /// The moment by the clock that stamps entries.
    pub fn now(&self) -> kernel::Timestamp {
        self.db.clock().now()
    }

    /// A fresh id number for a row of this transaction.
    pub fn next_id(&self) -> i64 {
        self.db.ids().next(self.db.clock().now())
    }

    /// Adds an event that leaves after the commit, at least once.
    pub async fn emit(&mut self, event: outbox::Event) -> Result<(), DbError> {
        let now = self.db.clock().now();
        let id = self.db.ids().next(now);
        outbox::insert_in_tx(self, id, now, &event).await
    }

    /// Makes the changes durable together with `entry`. Fails as [`DbError::Unlogged`], with nothing changed, where
    /// the entry can't be written.
    pub async fn commit(mut self, entry: audit::Entry) -> Result<(), DbError> {
        self.also(entry).await?;
        self.end().await.map_err(DbError::unlogged)
    }

    /// Adds an entry beside the one of the commit: one act that concerns several things.
    pub async fn also(&mut self, entry: audit::Entry) -> Result<(), DbError> {
        let stamped = self.db.stamp(entry);
        audit::insert_in_tx(self, &stamped).await.map_err(DbError::unlogged)
    }

    /// Makes changes durable that are nobody's act.
    pub async fn housekeeping(self, _what: Housekeeping) -> Result<(), DbError> {
        self.end().await
    }

    /// Gives the changes up.
    pub async fn rollback(self) -> Result<(), DbError> {
        on!(self.tx, tx => tx.rollback().await)?;
        Ok(())
    }

    async fn end(self) -> Result<(), DbError> {
        on!(self.tx, tx => tx.commit().await)?;
        Ok(())
    }
}
