//! What tests of the log stand on: a database of either kind with entries and batches, a folder, a key.

use kernel::{Actor, Channel, Clock, Timestamp};
use platform::audit::note::{Checkpoint, LogKey};
use platform::audit::tiles::Folder;
use platform::audit::tree::Frontier;
use platform::audit::{
    Entry, Integrator, Log, LogParts, RowsReport, Stamped, Step, compare_rows, leaf_hash, newest_checkpoint,
};
use platform::clock::{SystemRandom, TokioSleep};
use platform::db::{Db, Housekeeping};
use platform::http::health::Health;
use platform::on;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{ManualClock, TestDb, databases};
use vault::{KeyRing, SigningUse};

/// The log's name.
pub const ORIGIN: &str = "card.example/v1/log";

/// One database with all that its log needs.
pub struct Stage {
    pub db: Db,
    pub clock: Arc<ManualClock>,
    pub folder: tempfile::TempDir,
    pub health: Health,
    pub keys: Arc<KeyRing>,
    records: Arc<Mutex<BTreeMap<i64, Vec<u8>>>>,
    _database: TestDb,
}

/// One of each kind.
pub async fn both() -> Vec<Stage> {
    let of = |database: TestDb| Stage {
        db: database.db.clone(),
        clock: Arc::clone(&database.clock),
        folder: tempfile::tempdir().unwrap(),
        health: Health::new(),
        keys: Arc::new(KeyRing::create(&SystemRandom).unwrap()),
        records: Arc::default(),
        _database: database,
    };
    databases().await.into_iter().map(of).collect()
}

/// Lets `log` work for a moment and drops what it was at.
pub async fn kill_between(log: &mut Log, after: Duration) {
    let _ = tokio::time::timeout(after, log.round()).await;
}

impl Stage {
    pub fn key(&self) -> LogKey {
        let public = self.keys.public_key(SigningUse::LogCheckpoint).unwrap();
        let keys = Arc::clone(&self.keys);
        let sign = move |text: &[u8]| Ok(keys.sign(SigningUse::LogCheckpoint, text).unwrap().0);
        LogKey::try_new(ORIGIN, &public.0, Arc::new(sign)).unwrap()
    }

    pub fn parts(&self) -> LogParts {
        let records = Arc::clone(&self.records);
        LogParts {
            db: self.db.clone(),
            health: self.health.clone(),
            sleep: Arc::new(TokioSleep),
            key: self.key(),
            folder: Folder::new(self.folder.path().to_owned()),
            covered: Arc::new(move |ids| {
                let records = Arc::clone(&records);
                Box::pin(async move {
                    let records = records.lock().unwrap();
                    Ok(ids.into_iter().filter_map(|id| Some((id, records.get(&id)?.clone()))).collect())
                })
            }),
            interval_us: 5_000_000,
            witnesses: vec![],
            quorum: 0,
            keepers: vec![],
        }
    }

    /// The log on node `node`.
    pub fn log(&self, node: i64) -> Log {
        Log::new(&self.parts(), node)
    }

    pub fn advance(&self, seconds: u64) {
        self.wait_us(seconds * 1_000_000);
    }

    pub fn wait_us(&self, us: u64) {
        self.clock.advance_us(us.cast_signed());
    }

    pub async fn commit_entries(&self, count: u64) {
        for i in 0..count {
            self.wait_us(1);
            let write = self.db.write().await.unwrap();
            let entry = Entry::new(Actor::System, Channel::Console, "tests.thing.done").subject(i);
            write.commit(entry).await.unwrap();
        }
    }

    /// An entry with its id, not stored yet: its transaction is still open elsewhere.
    pub async fn stored_unplaced(&self) -> Stamped {
        self.wait_us(1);
        let entry = Entry::new(Actor::System, Channel::Console, "tests.thing.late");
        entry.stamp(self.db.ids().next(self.clock.now()), self.clock.now())
    }

    pub async fn store(&self, entry: Stamped) {
        let leaf = entry.leaf.to_vec();
        self.insert(entry, leaf, None).await;
    }

    /// One row that covers `count` records, as a batch of authorizations is.
    pub async fn commit_batch(&self, count: u64) {
        self.wait_us(1);
        let now = self.clock.now();
        let (mut leaves, mut refs) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let id = self.db.ids().next(now);
            let record = format!("record {id}").into_bytes();
            leaves.extend_from_slice(&leaf_hash(&record));
            refs.extend_from_slice(&id.to_be_bytes());
            self.records.lock().unwrap().insert(id, record);
        }
        let entry = Entry::new(Actor::Network, Channel::Network, "authorizations.batch.decided");
        self.insert(entry.stamp(self.db.ids().next(now), now), leaves, Some(refs)).await;
    }

    async fn insert(&self, entry: Stamped, leaves: Vec<u8>, refs: Option<Vec<u8>>) {
        let mut write = self.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query("INSERT INTO audit_entries (id, at, actor, act, body, leaves, refs) VALUES ($1, $2, $3, $4, $5, $6, $7)")
                .bind(entry.id)
                .bind(entry.at)
                .bind(&entry.actor)
                .bind(entry.act)
                .bind(&entry.body)
                .bind(&leaves)
                .bind(&refs)
                .execute(&mut *c)
                .await
                .map(drop)
        })
        .unwrap();
        write.housekeeping(Housekeeping::Log).await.unwrap();
    }

    /// Gives places and signs, without publishing: as on a node whose folder is full.
    pub async fn place_and_sign(&self, node: i64) {
        self.advance(6);
        let mut integrator = Integrator::new(&self.db, node);
        while matches!(integrator.step().await.unwrap(), Step::Took { more: true, .. }) {}
        let elsewhere = tempfile::tempdir().unwrap();
        let parts = LogParts { folder: Folder::new(elsewhere.path().to_owned()), ..self.parts() };
        Log::new(&parts, node).round().await.unwrap();
    }

    /// Place and number of leaves of each row, by place.
    pub async fn places(&self) -> Vec<(Option<i64>, i64)> {
        on!(self.db.pool(), p => {
            sqlx::query_as("SELECT position, CAST(LENGTH(leaves) / 32 AS BIGINT) FROM audit_entries ORDER BY id")
                .fetch_all(p)
                .await
        })
        .unwrap()
    }

    /// Leaves that have their place.
    pub async fn size(&self) -> u64 {
        let size: i64 = on!(self.db.pool(), p => {
            sqlx::query_scalar("SELECT size FROM log_state").fetch_one(p).await
        })
        .unwrap();
        size.cast_unsigned()
    }

    /// Changes the database past the program.
    pub async fn run(&self, sql: &str) {
        let mut write = self.db.write().await.unwrap();
        on!(write.conn(), c => sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *c).await.map(drop))
            .unwrap();
        write.housekeeping(Housekeeping::Log).await.unwrap();
    }

    /// The rows held against what was published.
    pub async fn compare_rows(&self) -> RowsReport {
        let parts = self.parts();
        compare_rows(&self.db, &parts.folder, parts.key.verifier(), &parts.covered).await.unwrap()
    }

    /// Changes or removes record number `n`, in the order of ids.
    pub fn change_record(&self, n: usize, to: Option<Vec<u8>>) {
        let mut records = self.records.lock().unwrap();
        let id = *records.keys().nth(n).unwrap();
        match to {
            Some(bytes) => drop(records.insert(id, bytes)),
            None => drop(records.remove(&id)),
        }
    }

    /// The folder holds a whole log of `size` entries under a checkpoint of the log's key.
    pub async fn check_published(&self, size: u64) {
        let folder = Folder::new(self.folder.path().to_owned());
        let note = folder.checkpoint().unwrap().expect("a checkpoint");
        let checkpoint = Checkpoint::open(&note, self.key().verifier()).unwrap();
        assert_eq!(checkpoint.size, size);
        let mut tree = Frontier::default();
        for first in (0..size).step_by(256) {
            let tile = folder.tile(0, first, size).unwrap();
            let entries = folder.entries(first, size).unwrap();
            assert_eq!(tile.len(), entries.len());
            for (leaf, entry) in tile.iter().zip(entries) {
                assert_eq!(*leaf, leaf_hash(&entry), "entry {}", tree.size());
                tree.push(*leaf);
            }
        }
        assert_eq!(tree.root(), checkpoint.root);
        let newest = newest_checkpoint(&self.db).await.unwrap().unwrap();
        assert!(newest.size.cast_unsigned() >= size);
        assert!(Timestamp::from_us(newest.at) <= self.clock.now());
    }
}
