//! A fresh database for each test, of each kind.

use crate::ManualClock;
use kernel::{Clock, IdMint};
use platform::db::Db;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// An opened, migrated database that nobody else uses. Gone with the value.
pub struct TestDb {
    /// The database.
    pub db: Db,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its address, for opening it again.
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// One of each kind.
///
/// # Panics
/// When a database can't be had: a test without its database fails.
pub async fn databases() -> Vec<TestDb> {
    vec![sqlite().await, postgres().await]
}

/// A fresh SQLite file.
#[expect(clippy::expect_used, reason = "a test without its database must fail")]
pub async fn sqlite() -> TestDb {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("cardea.db").display());
    open(url, Some(folder)).await
}

#[expect(clippy::expect_used, reason = "a test without its database must fail")]
#[expect(clippy::disallowed_methods, reason = "the runner of the tests says where the server is")]
async fn postgres() -> TestDb {
    let server = std::env::var("CARDEA_TEST_POSTGRES_URL")
        .expect("CARDEA_TEST_POSTGRES_URL names no PostgreSQL server: run the tests with `cargo accept`");
    let schema = format!("test_{}_{}", std::process::id(), SCHEMAS.fetch_add(1, Ordering::SeqCst));
    let pool = sqlx::PgPool::connect(&server).await.expect("the PostgreSQL server answers");
    let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&pool).await.expect("a schema of the test's own");
    pool.close().await;
    let joint = if server.contains('?') { '&' } else { '?' };
    open(format!("{server}{joint}options=-c%20search_path%3D{schema}"), None).await
}

#[expect(clippy::expect_used, reason = "a test without its database must fail")]
async fn open(url: String, folder: Option<tempfile::TempDir>) -> TestDb {
    let clock = Arc::new(ManualClock::noon());
    let time: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
    let db = Db::connect(&url, time, Arc::new(IdMint::new(1))).await.expect("the database opens");
    db.migrate().await.expect("the migrations apply");
    TestDb { db, clock, url, _folder: folder }
}
