//! Applies `migrations/NNNN_<feature>_<what>.sql` in order, once each.
//!
//! One text serves both databases where it can. Where it can't, a file has sections that start with the
//! lines `-- sqlite:`, `-- postgres:` and `-- both:`. The hash of each applied file is kept: a file that
//! was edited after its release stops the start, and so does a database that is newer than the program.

use super::{Db, DbError, Side};
use crate::on;
use sha2::{Digest, Sha256};

#[derive(rust_embed::RustEmbed)]
#[folder = "../../migrations"]
#[include = "*.sql"]
#[exclude = "schema.sql"]
struct Files;

/// One file of the list.
#[derive(Debug, Clone)]
pub struct Migration {
    /// From its name.
    pub number: i64,
    /// The rest of its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// SHA-256 of the text, in hex.
    pub hash: String,
}

/// All migrations of this program, in order.
pub fn migrations() -> Vec<Migration> {
    let mut all: Vec<Migration> = Files::iter()
        .filter_map(|path| {
            let file = Files::get(&path)?;
            let (number, name) = path.strip_suffix(".sql")?.split_once('_')?;
            let text = String::from_utf8(file.data.into_owned()).ok()?;
            let hash = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
            Some(Migration { number: number.parse().ok()?, name: name.to_owned(), text, hash })
        })
        .collect();
    all.sort_by_key(|migration| migration.number);
    all
}

impl Migration {
    /// The statements for one driver.
    pub fn for_driver(&self, driver: &str) -> String {
        let mut wanted = true;
        let mut out = String::with_capacity(self.text.len());
        for line in self.text.lines() {
            match line.trim() {
                "-- both:" => wanted = true,
                "-- sqlite:" => wanted = driver == "sqlite",
                "-- postgres:" => wanted = driver == "postgres",
                _ if wanted => {
                    out.push_str(line);
                    out.push('\n');
                }
                _ => {}
            }
        }
        out
    }
}

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    number BIGINT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, applied_at BIGINT NOT NULL)";

pub(super) async fn apply(db: &Db) -> Result<usize, DbError> {
    let mut write = db.write().await?;
    let done = write.migrate_to(i64::MAX).await?;
    write.end_migration().await?;
    Ok(done)
}

fn check(applied: &[(i64, String)], all: &[Migration]) -> Result<(), DbError> {
    for (number, hash) in applied {
        match all.iter().find(|m| m.number == *number) {
            None => {
                return Err(DbError::Migration {
                    number: *number,
                    why: "the database is newer than the program",
                });
            }
            Some(m) if m.hash != *hash => {
                return Err(DbError::Migration {
                    number: *number,
                    why: "the file was edited after it was applied",
                });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

impl super::Write {
    /// Applies the migrations that are missing, up to this number; says how many. A restore stops at the backup's.
    pub(crate) async fn migrate_to(&mut self, last: i64) -> Result<usize, DbError> {
        // Two nodes that start together: the second waits here until the first is done.
        if let Side::Postgres(c) = self.conn() {
            sqlx::query("SELECT pg_advisory_xact_lock(4815162342)").execute(&mut *c).await?;
        }
        on!(self.conn(), c => sqlx::query(CREATE).execute(&mut *c).await.map(drop))?;
        let applied: Vec<(i64, String)> = on!(self.conn(), c => {
            sqlx::query_as("SELECT number, hash FROM schema_migrations ORDER BY number").fetch_all(&mut *c).await
        })?;
        let all = migrations();
        check(&applied, &all)?;
        let missing =
            |m: &&Migration| m.number <= last && applied.iter().all(|(number, _)| *number != m.number);
        let mut done = 0;
        for migration in all.iter().filter(missing) {
            self.apply_migration(migration).await?;
            done += 1;
        }
        Ok(done)
    }

    async fn apply_migration(&mut self, migration: &Migration) -> Result<(), DbError> {
        let driver = if matches!(self.conn(), Side::Sqlite(_)) { "sqlite" } else { "postgres" };
        let (text, now) = (migration.for_driver(driver), self.now().us());
        on!(self.conn(), c => sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut *c).await.map(drop))?;
        on!(self.conn(), c => {
            sqlx::query("INSERT INTO schema_migrations (number, name, hash, applied_at) VALUES ($1, $2, $3, $4)")
                .bind(migration.number)
                .bind(&migration.name)
                .bind(&migration.hash)
                .bind(now)
                .execute(&mut *c)
                .await
                .map(drop)
        })?;
        Ok(())
    }

    /// The number of the newest migration that is applied; 0: none.
    pub(crate) async fn newest_migration(&mut self) -> Result<i64, DbError> {
        let newest: Option<i64> = on!(self.conn(), c => {
            sqlx::query_scalar("SELECT MAX(number) FROM schema_migrations").fetch_one(&mut *c).await
        })?;
        Ok(newest.unwrap_or(0))
    }

    /// The schema itself is not a row of anybody's: the list of migrations is its record.
    pub(crate) async fn end_migration(self) -> Result<(), DbError> {
        self.housekeeping(super::Housekeeping::Lease).await
    }
}
