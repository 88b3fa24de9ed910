//! PostgreSQL: a pool, and connections of the engine's own.

use super::DbError;
use sqlx::{Connection, PgConnection, PgPool, postgres::PgPoolOptions};
use std::time::Duration;

/// Connections of one node to the server, the engine's own not counted.
const CONNECTIONS_MAX: u32 = 16;
/// How long a request waits for a connection, seconds.
const ACQUIRE_SECONDS: u64 = 10;

/// A PostgreSQL database.
pub struct PostgresDb {
    pool: PgPool,
    url: String,
}

impl PostgresDb {
    pub(super) async fn connect(url: &str) -> Result<Self, DbError> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(Duration::from_secs(ACQUIRE_SECONDS))
            .connect(url)
            .await?;
        Ok(Self { pool, url: url.to_owned() })
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection outside the pool, for the engine's thread.
    pub async fn open_writer(&self) -> Result<PgConnection, DbError> {
        Ok(PgConnection::connect(&self.url).await?)
    }
}
