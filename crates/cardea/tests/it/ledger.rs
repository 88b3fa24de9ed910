//! What became durable, read from the database itself, and the rules that it must obey.

use features::authorizations::{AuthorizationRow, Facts};
use kernel::{IdMint, Random};
use platform::audit::leaf_hash;
use platform::clock::{SystemClock, SystemRandom};
use platform::db::Db;
use platform::on;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// One record as it is stored.
pub struct Record {
    pub id: i64,
    /// The very bytes that the log's leaf is taken over.
    pub bytes: Vec<u8>,
    pub facts: Facts,
}

/// One account as it is stored.
pub struct Account {
    pub id: i64,
    pub limit_minor: i64,
    pub posted_minor: i64,
    pub held_minor: i64,
}

/// The database of a server, opened beside it.
pub struct Ledger {
    db: Db,
    runtime: Runtime,
}

impl Ledger {
    pub fn open(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let clock = Arc::new(SystemClock::default());
        let db = runtime.block_on(Db::connect(url, clock, Arc::new(IdMint::new(9)))).unwrap();
        Self { db, runtime }
    }

    /// Records with an id above `after`, in the order of their ids.
    pub fn records(&self, after: i64) -> Vec<Record> {
        let rows: Vec<(i64, Vec<u8>)> = self.runtime.block_on(async {
            on!(self.db.pool(), pool => {
                sqlx::query_as("SELECT id, record FROM authorizations WHERE id > $1 ORDER BY id")
                    .bind(after)
                    .fetch_all(pool)
                    .await
            })
            .unwrap()
        });
        let record = |(id, bytes): (i64, Vec<u8>)| {
            let facts = AuthorizationRow::decode_record(&bytes).unwrap();
            Record { id, bytes, facts }
        };
        rows.into_iter().map(record).collect()
    }

    /// How many records there are.
    pub fn count(&self) -> u64 {
        let count: i64 = self.runtime.block_on(async {
            on!(self.db.pool(), pool => {
                sqlx::query_scalar("SELECT COUNT(*) FROM authorizations").fetch_one(pool).await
            })
            .unwrap()
        });
        count.try_into().unwrap()
    }

    /// Leaves of all entries of the log.
    pub fn leaf_count(&self) -> u64 {
        let bytes: i64 = self.runtime.block_on(async {
            on!(self.db.pool(), pool => {
                sqlx::query_scalar("SELECT CAST(SUM(LENGTH(leaves)) AS BIGINT) FROM audit_entries").fetch_one(pool).await
            })
            .unwrap()
        });
        u64::try_from(bytes).unwrap() / 32
    }

    /// Accounts in a database that may have no tables yet.
    pub fn try_accounts(url: &str) -> Option<u64> {
        let ledger = Self::open(url);
        let count: Result<i64, _> = ledger.runtime.block_on(async {
            on!(ledger.db.pool(), pool => sqlx::query_scalar("SELECT COUNT(*) FROM account_state").fetch_one(pool).await)
        });
        count.ok().and_then(|count| u64::try_from(count).ok())
    }

    pub fn accounts(&self) -> Vec<Account> {
        let rows: Vec<(i64, i64, i64, i64)> = self.runtime.block_on(async {
            on!(self.db.pool(), pool => {
                sqlx::query_as("SELECT account_id, limit_minor, posted_minor, held_minor FROM account_state")
                    .fetch_all(pool)
                    .await
            })
            .unwrap()
        });
        let account = |(id, limit_minor, posted_minor, held_minor)| Account {
            id,
            limit_minor,
            posted_minor,
            held_minor,
        };
        rows.into_iter().map(account).collect()
    }

    /// How often each account's holds are summed up in its records.
    fn sums(&self) -> HashMap<i64, (i64, i64)> {
        let rows: Vec<(i64, i64, i64)> = self.runtime.block_on(async {
            on!(self.db.pool(), pool => {
                sqlx::query_as(
                    "SELECT account_id, CAST(SUM(hold_minor) AS BIGINT), CAST(SUM(posted_minor) AS BIGINT)
                     FROM authorizations GROUP BY account_id",
                )
                .fetch_all(pool)
                .await
            })
            .unwrap()
        });
        rows.into_iter().map(|(account, held, posted)| (account, (held, posted))).collect()
    }

    /// The log's leaves by the record that each is for; a record may have more than one only by mistake.
    pub fn leaves(&self, after: i64) -> HashMap<i64, Vec<[u8; 32]>> {
        let rows: Vec<(Vec<u8>, Vec<u8>)> = self.runtime.block_on(async {
            on!(self.db.pool(), pool => {
                sqlx::query_as("SELECT leaves, refs FROM audit_entries WHERE refs IS NOT NULL AND id > $1")
                    .bind(after)
                    .fetch_all(pool)
                    .await
            })
            .unwrap()
        });
        let mut found: HashMap<i64, Vec<[u8; 32]>> = HashMap::new();
        for (leaves, refs) in rows {
            assert_eq!(leaves.len() / 32, refs.len() / 8, "as many leaves as records");
            for (leaf, id) in leaves.chunks_exact(32).zip(refs.chunks_exact(8)) {
                let id = i64::from_be_bytes(id.try_into().unwrap());
                // An entry gets its id after the records it is for.
                if id <= after {
                    continue;
                }
                found.entry(id).or_default().push(leaf.try_into().unwrap());
            }
        }
        found
    }

    /// What was done, by name.
    pub fn acts(&self) -> Vec<String> {
        self.runtime.block_on(async {
            on!(self.db.pool(), pool => {
                sqlx::query_scalar("SELECT DISTINCT act FROM audit_entries").fetch_all(pool).await
            })
            .unwrap()
        })
    }

    /// What the log says of these acts, as JSON, in the order in which they were done.
    pub fn bodies(&self, acts: &[&str]) -> Vec<String> {
        let rows: Vec<(String, String)> = self.runtime.block_on(async {
            on!(self.db.pool(), pool => {
                sqlx::query_as("SELECT act, body FROM audit_entries ORDER BY id").fetch_all(pool).await
            })
            .unwrap()
        });
        rows.into_iter().filter(|(act, _)| acts.contains(&act.as_str())).map(|(_, body)| body).collect()
    }

    /// Names of all tables.
    pub fn tables(&self) -> Vec<String> {
        self.runtime.block_on(async {
            on!(self.db.pool(), pool => {
                sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
                    .fetch_all(pool)
                    .await
            })
            .unwrap()
        })
    }

    /// Everything that must hold for records above `after` and for all accounts: holds are the sum of what is
    /// reserved, what is owed is the sum of what was posted, no limit is exceeded, and each record has exactly
    /// one leaf in the log, of exactly these bytes.
    pub fn check(&self, after: i64) {
        let sums = self.sums();
        for account in self.accounts() {
            let (held, posted) = sums.get(&account.id).copied().unwrap_or_default();
            assert_eq!(account.held_minor, held, "holds of account {}", account.id);
            assert_eq!(account.posted_minor, posted, "posted on account {}", account.id);
            assert!(
                account.held_minor + account.posted_minor <= account.limit_minor,
                "account {}: {} held, {} posted, the limit is {}",
                account.id,
                account.held_minor,
                account.posted_minor,
                account.limit_minor
            );
        }
        let leaves = self.leaves(after);
        let records = self.records(after);
        for record in &records {
            let own = leaves.get(&record.id).map_or(&[][..], Vec::as_slice);
            assert_eq!(own, [leaf_hash(&record.bytes)], "leaves of record {}", record.id);
        }
        assert_eq!(leaves.len(), records.len(), "every leaf is of a record that is there");
    }
}

/// A fresh database on the PostgreSQL server of the tests, dropped at the end.
pub struct Postgres {
    server: String,
    name: String,
    pub url: String,
}

impl Postgres {
    pub fn fresh() -> Self {
        let server = crate::server::variable("CARDEA_TEST_POSTGRES_URL")
            .expect("CARDEA_TEST_POSTGRES_URL names no PostgreSQL server; `cargo accept` starts one");
        let name = format!("it_{:016x}", SystemRandom.next_u64());
        execute(&server, format!("CREATE DATABASE {name}"));
        let (base, query) = server.split_once('?').map_or((server.as_str(), None), |(b, q)| (b, Some(q)));
        let root = base.rsplit_once('/').unwrap().0;
        let query = query.map_or(String::new(), |query| format!("?{query}"));
        let url = format!("{root}/{name}{query}");
        Self { server, name, url }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        execute(&self.server, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

fn execute(server: &str, sql: String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(server).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    });
}
