//! A backup comes back whole on either database, any damage to it is found, and nothing is written over.

#![cfg(test)]

use kernel::{Actor, Channel, Clock, IdMint, Masked};
use platform::access::{Assurance, NewSession, NewStaff, Role, add_staff, new_api_key, open_session};
use platform::audit::Entry;
use platform::backup::{BackupError, FENCE, Fence, FenceError, Manifest, Progress, check, restore, take};
use platform::db::{Db, migrations};
use platform::on;
use platform::outbox::Event;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::{SeededRandom, TestDb, databases, open_account};

/// Accounts in a database that is backed up: enough rows for more than one piece of a table.
const ACCOUNTS: u32 = 300;

/// Somebody of everything that a server has.
async fn fill(db: &Db) {
    let random = SeededRandom::new(3);
    for n in 0..ACCOUNTS {
        open_account(db, n, 100_000).await;
    }
    let by = Actor::System;
    new_api_key(db, &random, by, Channel::Console, "test", &["*"]).await.expect("a key");
    let name = Masked::new("沈清和 \u{1f343}".to_owned());
    let new = NewStaff { name, role: Role::Agent, locale: "zh-Hans".to_owned() };
    let staff = add_staff(db, by, Channel::Console, new).await.expect("added").expect("a role of staff");
    let session = NewSession::new(Actor::Staff(staff), Role::Agent, Assurance::TWO);
    open_session(db, &random, session).await.expect("opened").expect("a person");
}

async fn count(db: &Db, table: &'static str) -> i64 {
    let text = format!("SELECT COUNT(*) FROM {table}");
    on!(db.pool(), p => sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(p).await).expect("a count")
}

fn restored_entry() -> Entry {
    Entry::new(Actor::System, Channel::Console, "platform.database.restored")
}

fn time(db: &TestDb) -> (Arc<dyn Clock>, Arc<IdMint>) {
    (Arc::clone(&db.clock) as Arc<dyn Clock>, Arc::new(IdMint::new(2)))
}

async fn put_back(path: &Path, into: &TestDb, url: &str) -> Result<(), BackupError> {
    let manifest = check(path).await?;
    let restoring = restore(url, path, &manifest, time(into), &Progress::default()).await?;
    restoring.commit(restored_entry()).await
}

async fn opened(like: &TestDb, url: &str) -> Db {
    let (clock, ids) = time(like);
    Db::connect(url, clock, ids).await.expect("opens")
}

/// What differs only by the entry of the restore itself.
fn hashes(manifest: &Manifest) -> Vec<(String, u64, String)> {
    let kept = manifest.tables.iter().filter(|table| table.name != "audit_entries");
    kept.map(|table| (table.name.clone(), table.rows, table.sha256.clone())).collect()
}

/// Where a restore may go: a SQLite file that does not exist, and a PostgreSQL schema that is empty.
async fn targets(folder: &Path) -> Vec<(TestDb, String)> {
    let mut all = databases().await;
    let (postgres, sqlite) = (all.pop().expect("two"), all.pop().expect("two"));
    let (url, file) = (postgres.url.clone(), format!("sqlite://{}", folder.join("back.sqlite").display()));
    vec![(sqlite, file), (postgres, url)]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_comes_back_on_either_database() {
    for source in databases().await {
        fill(&source.db).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("issuer.backup");
        let taken = take(&source.db, &path, &Progress::default()).await.expect("taken");
        assert_eq!(check(&path).await.expect("whole"), taken.manifest);
        let size = std::fs::metadata(&path).expect("there").len();
        assert_eq!(size, taken.bytes);
        for (target, url) in targets(folder.path()).await {
            put_back(&path, &target, &url).await.expect("restored");
            let db = opened(&target, &url).await;
            assert_eq!(count(&db, "account_state").await, i64::from(ACCOUNTS));
            assert_eq!(count(&db, "sessions").await, 0, "a session of the backup must not live again");
            let entries = i64::from(ACCOUNTS) + 3;
            assert_eq!(count(&db, "audit_entries").await, entries + 1);
            assert_eq!(db.migrate().await.expect("a schema"), 0, "no migration is missing");
            let again = folder.path().join(format!("{}.again", db.kind()));
            let second = take(&db, &again, &Progress::default()).await.expect("taken again");
            assert_eq!(
                hashes(&second.manifest),
                hashes(&taken.manifest),
                "{} to {}",
                source.db.kind(),
                db.kind()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_shows_one_moment_while_others_write() {
    for source in databases().await {
        let (stop, db) = (Arc::new(AtomicBool::new(false)), source.db.clone());
        let writer = tokio::spawn({
            let stop = Arc::clone(&stop);
            async move {
                let mut written = 0_i64;
                while !stop.load(Ordering::Acquire) {
                    let mut write = db.write().await.expect("a transaction");
                    let event = Event {
                        topic: "tests.thing.done",
                        object: written.to_string(),
                        body: serde_json::Value::Null,
                    };
                    write.emit(event).await.expect("an event");
                    let entry = Entry::new(Actor::System, Channel::Console, "tests.thing.done");
                    write.commit(entry).await.expect("kept");
                    written += 1;
                }
                written
            }
        });
        let folder = tempfile::tempdir().expect("a folder");
        let mut seen = Vec::new();
        for round in 0..20 {
            let path = folder.path().join(round.to_string());
            let taken = take(&source.db, &path, &Progress::default()).await.expect("taken");
            let rows =
                |name| taken.manifest.tables.iter().find(|table| table.name == name).map(|table| table.rows);
            assert_eq!(rows("outbox"), rows("audit_entries"), "an event and its entry are one transaction");
            seen.push(rows("outbox").expect("a table"));
        }
        stop.store(true, Ordering::Release);
        let written = writer.await.expect("no panic");
        assert!(seen.is_sorted() && seen.first() < seen.last(), "it went on writing: {seen:?} of {written}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_over() {
    for source in databases().await {
        open_account(&source.db, 1, 100).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("issuer.backup");
        take(&source.db, &path, &Progress::default()).await.expect("taken");
        let before = std::fs::read(&path).expect("the backup");
        let again = take(&source.db, &path, &Progress::default()).await.expect_err("refused");
        assert!(matches!(again, BackupError::Exists(_)), "{again}");
        assert_eq!(std::fs::read(&path).expect("the backup"), before);
        // Into the database that it came from, which is in use.
        let refused = put_back(&path, &source, &source.url).await.expect_err("refused");
        assert!(matches!(refused, BackupError::Exists(_) | BackupError::NotEmpty(_)), "{refused}");
        assert_eq!(count(&source.db, "account_state").await, 1);
        // A log without its file would be replayed into what is restored.
        let file = folder.path().join("back.sqlite");
        std::fs::write(folder.path().join("back.sqlite-wal"), b"left").expect("written");
        let url = format!("sqlite://{}", file.display());
        let refused = put_back(&path, &source, &url).await.expect_err("refused");
        assert!(matches!(refused, BackupError::Exists(_)), "{refused}");
        assert!(!file.exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_given_up_leaves_nothing() {
    let source = testkit::sqlite().await;
    open_account(&source.db, 1, 100).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("issuer.backup");
    take(&source.db, &path, &Progress::default()).await.expect("taken");
    let manifest = check(&path).await.expect("whole");
    for (target, url) in targets(folder.path()).await {
        let restoring = restore(&url, &path, &manifest, time(&target), &Progress::default()).await;
        drop(restoring.expect("its rows are in"));
        if url.starts_with("sqlite") {
            let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
            assert_eq!(left.len(), 1, "only the backup: {left:?}");
        } else {
            // Rolled back when its connection is gone, which the pool does in its own time: a new one waits for it.
            assert_eq!(count(&opened(&target, &url).await, "account_state").await, 0);
        }
        put_back(&path, &target, &url).await.expect("a second try");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_backup_is_brought_forward_and_a_newer_one_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = testkit::sqlite().await;
    let file = folder.path().join("old.sqlite");
    let db = opened(&old, &format!("sqlite://{}", file.display())).await;
    let all = migrations();
    let (last, first) = all.split_last().expect("migrations");
    let mut texts = vec![
        "CREATE TABLE schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL,
             applied_at BIGINT NOT NULL)"
            .to_owned(),
    ];
    for one in first {
        texts.push(one.for_driver("sqlite"));
        texts.push(format!(
            "INSERT INTO schema_migrations VALUES ({}, '{}', '{}', 1)",
            one.number, one.name, one.hash
        ));
    }
    let mut write = db.write().await.expect("a transaction");
    for text in texts {
        on!(write.conn(), c => sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut *c).await.map(drop))
            .expect("applied");
    }
    write.housekeeping(platform::db::Housekeeping::Lease).await.expect("kept");
    let path = folder.path().join("old.backup");
    let taken = take(&db, &path, &Progress::default()).await.expect("taken");
    assert_eq!(taken.manifest.migrations.len(), first.len());
    let mut all = databases().await;
    let bare = all.pop().expect("postgres");
    let further = put_back(&path, &bare, &bare.url).await.expect_err("refused");
    assert!(matches!(further, BackupError::Ahead), "{further}");
    let url = format!("sqlite://{}", folder.path().join("new.sqlite").display());
    put_back(&path, &old, &url).await.expect("restored");
    let newest: i64 = on!(opened(&old, &url).await.pool(), p => {
        sqlx::query_scalar("SELECT MAX(number) FROM schema_migrations").fetch_one(p).await
    })
    .expect("a number");
    assert_eq!(newest, last.number);

    let mut write = db.write().await.expect("a transaction");
    on!(write.conn(), c => {
        sqlx::query("INSERT INTO schema_migrations VALUES (9999, 'later', 'unknown', 1)").execute(&mut *c).await.map(drop)
    })
    .expect("kept");
    write.housekeeping(platform::db::Housekeeping::Lease).await.expect("kept");
    let path = folder.path().join("newer.backup");
    take(&db, &path, &Progress::default()).await.expect("taken");
    let refused = check(&path).await.expect_err("refused");
    assert!(matches!(refused, BackupError::Unknown(9999)), "{refused}");
}

/// Columns that look as if they opened something, and why they may come back.
const MAY_COME_BACK: [(&str, &str, &str); 11] = [
    ("api_keys", "secret_hash", "a revocation is done again from the log"),
    ("api_keys", "verifier", "a public key"),
    ("cards", "pan_hash", "finds the card of a number"),
    ("case_events", "request_hash", "compares a repeated request"),
    ("customers", "document_hash", "finds a customer"),
    ("customers", "email_hash", "finds a customer"),
    ("customers", "phone_hash", "finds a customer"),
    ("idempotency_keys", "request_hash", "compares a repeated request"),
    (
        "passkey_answers",
        "token_hash",
        "a question that was answered; being there, it refuses a second answer",
    ),
    ("passkeys", "credential_hash", "finds a passkey; the end of one is done again from the log"),
    ("query_passwords", "verifier", "a password is good more than once"),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_table_that_is_kept_holds_a_token_or_a_code() {
    for source in databases().await {
        let folder = tempfile::tempdir().expect("a folder");
        let taken = take(&source.db, &folder.path().join("b"), &Progress::default()).await.expect("taken");
        let mut found = Vec::new();
        for table in &taken.manifest.tables {
            let names = table.columns.iter().map(|column| column.name.as_str());
            let opens = |name: &&str| ["token", "_hash", "verifier"].iter().any(|part| name.contains(part));
            found.extend(names.filter(opens).map(|column| (table.name.as_str(), column)));
        }
        found.sort_unstable();
        let known: Vec<(&str, &str)> =
            MAY_COME_BACK.iter().map(|(table, column, _)| (*table, *column)).collect();
        assert_eq!(found, known, "what else is found would let something of the backup live again");
        let names: Vec<&str> = taken.manifest.tables.iter().map(|table| table.name.as_str()).collect();
        assert!(names.contains(&"customers") && names.contains(&"calls"), "{names:?}");
    }
}

/// One of everything that opens something, alive for long.
async fn open_everything(db: &Db) {
    let random = SeededRandom::new(21);
    let person = Actor::Cardholder(kernel::CustomerId::from_raw(7));
    open_session(db, &random, NewSession::new(person, Role::Cardholder, Assurance::ONE))
        .await
        .expect("opened");
    let rows = [
        "INSERT INTO activation_codes (id, customer, verifier, made_by, made_at, usable_at, ends_at)
         VALUES (1, 7, $1, 'desk', 1, 1, 9000000000000000)",
        "INSERT INTO text_codes (customer, action, verifier, ends_at) VALUES (7, $1, $1, 9000000000000000)",
        "INSERT INTO calls (id, customer, nobody, opened_at, ends_at, code_hash, code_until)
         VALUES (2, 7, 0, 1, 9000000000000000, $1, 9000000000000000)",
        "INSERT INTO approvals (id, customer, act, details, nonce, asker, elsewhere, shown, at, expires_at, state)
         VALUES (4, 7, 'tests.thing', $1, $1, 'desk', 0, 1, 1, 9000000000000000, 'approved')",
    ];
    let mut write = db.write().await.expect("a transaction");
    for row in rows {
        let some: &[u8] = b"keyed hash";
        on!(write.conn(), c => sqlx::query(row).bind(some).execute(&mut *c).await.map(drop)).expect("kept");
    }
    let rows = [
        "INSERT INTO call_asks (id, call, customer, number, at, ends_at) VALUES (3, 2, 7, 42, 1, 9000000000000000)",
        "INSERT INTO provider_sign_ins (state_hash, nonce, verifier, next, expires_at)
         VALUES ('s', 'n', 'v', '/', 9000000000000000)",
        "INSERT INTO enrolment_codes (code_hash, person_kind, person, made_by, made_at, valid_from, expires_at)
         VALUES ('c', 'cardholder', 7, 'desk', 1, 1, 9000000000000000)",
        "INSERT INTO passkey_ceremonies (token_hash, purpose, state, expires_at)
         VALUES ('t', 'sign_in', '{}', 9000000000000000)",
    ];
    for row in rows {
        on!(write.conn(), c => sqlx::query(row).execute(&mut *c).await.map(drop)).expect("kept");
    }
    write.housekeeping(platform::db::Housekeeping::Lease).await.expect("kept");
}

/// What of it is alive.
async fn alive(db: &Db) -> Vec<&'static str> {
    let kinds = [
        ("session", "SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL"),
        ("letter", "SELECT COUNT(*) FROM activation_codes"),
        ("text", "SELECT COUNT(*) FROM text_codes"),
        ("call", "SELECT COUNT(*) FROM calls WHERE closed_at IS NULL"),
        (
            "code of a call",
            "SELECT COUNT(*) FROM calls WHERE code_hash IS NOT NULL OR code_until IS NOT NULL",
        ),
        ("ask", "SELECT COUNT(*) FROM call_asks WHERE ends_at = 9000000000000000"),
        ("approval", "SELECT COUNT(*) FROM approvals WHERE expires_at = 9000000000000000"),
        ("provider", "SELECT COUNT(*) FROM provider_sign_ins"),
        ("enrolment", "SELECT COUNT(*) FROM enrolment_codes"),
        ("ceremony", "SELECT COUNT(*) FROM passkey_ceremonies"),
    ];
    let mut alive = Vec::new();
    for (kind, text) in kinds {
        let rows: i64 = on!(db.pool(), p => sqlx::query_scalar(text).fetch_one(p).await).expect("a count");
        if rows > 0 {
            alive.push(kind);
        }
    }
    alive
}

/// A code that is used after the backup is used for good: none of then is there after a restore.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_opens_something_lives_again() {
    let random = SeededRandom::new(22);
    for source in databases().await {
        let folder = tempfile::tempdir().expect("a folder");
        open_everything(&source.db).await;
        assert_eq!(alive(&source.db).await.len(), 10);
        let path = folder.path().join("b");
        take(&source.db, &path, &Progress::default()).await.expect("taken");
        for (target, url) in targets(folder.path()).await {
            let manifest = check(&path).await.expect("whole");
            let restoring = restore(&url, &path, &manifest, time(&target), &Progress::default()).await;
            let mut restoring = restoring.expect("its rows");
            restoring.begin_epoch(&random).await.expect("begun");
            restoring.commit(restored_entry()).await.expect("kept");
            let restored = opened(&target, &url).await;
            assert_eq!(alive(&restored).await, [""; 0], "restored into {}", target.db.kind());
            assert_eq!(count(&restored, "calls").await, 1, "that there was a call is kept");
        }
    }
}

/// A small backup, made once.
fn sample() -> &'static (tempfile::TempDir, PathBuf, Vec<u8>) {
    static SAMPLE: std::sync::OnceLock<(tempfile::TempDir, PathBuf, Vec<u8>)> = std::sync::OnceLock::new();
    SAMPLE.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("whole");
        runtime.block_on(async {
            let source = testkit::sqlite().await;
            for n in 0..20 {
                open_account(&source.db, n, 100).await;
            }
            take(&source.db, &path, &Progress::default()).await.expect("taken");
            check(&path).await.expect("whole");
        });
        let bytes = std::fs::read(&path).expect("the backup");
        (folder, path, bytes)
    })
}

fn checked(bytes: &[u8]) -> Result<Manifest, BackupError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bytes).expect("written");
    runtime.block_on(check(file.path()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_damaged_byte_is_found(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut bytes = sample().2.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let found = checked(&bytes).err();
        prop_assert!(
            matches!(found, Some(BackupError::Damaged(_) | BackupError::NoBackup(_))),
            "byte {at} of {}: {found:?}", bytes.len()
        );
    }

    #[test]
    fn a_backup_that_was_cut_or_grew_is_found(at in any::<prop::sample::Index>(), more in 1_usize..600) {
        let whole = &sample().2;
        let cut = &whole[..at.index(whole.len())];
        let found = checked(cut).err();
        prop_assert!(matches!(found, Some(BackupError::Damaged(_) | BackupError::NoBackup(_))), "{found:?}");
        let mut longer = whole.clone();
        longer.extend(std::iter::repeat_n(0, more));
        prop_assert!(checked(&longer).is_err(), "{more} bytes behind the end");
    }
}

#[test]
fn the_damaged_table_is_named() {
    let mut bytes = sample().2.clone();
    let name = b"tables/account_state/000000.gz";
    let at = bytes.windows(name.len()).position(|window| window == name).expect("its heading");
    bytes[at + 512 + 200] ^= 1;
    let found = checked(&bytes).expect_err("damaged");
    assert!(found.to_string().contains("table account_state"), "{found}");
}

/// Puts the rows of an earlier copy back, as somebody does who copies a file over the newer one.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_put_back_is_refused_until_somebody_accepts_it() {
    let random = SeededRandom::new(11);
    for live in databases().await {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let first = Fence::take_up(&live.db, &random, &data, None, false).await.expect("a new database");
        assert_eq!(first.epoch().number, 1);
        fill(&live.db).await;
        let path = folder.path().join("old.backup");
        take(&live.db, &path, &Progress::default()).await.expect("taken");
        live.clock.advance_us(5_000_000);
        open_account(&live.db, ACCOUNTS + 1, 100).await;
        let mut fence = Fence::take_up(&live.db, &random, &data, None, false).await.expect("as it was left");
        assert_eq!(fence.epoch(), first.epoch());
        assert!(!fence.advance(&live.db).await.expect("read"), "nothing has happened since");
        open_account(&live.db, ACCOUNTS + 2, 100).await;
        assert!(fence.advance(&live.db).await.expect("written"));

        for (target, url) in targets(folder.path()).await {
            // The same rows as then, in the same epoch: what a file is that was copied back.
            let manifest = check(&path).await.expect("whole");
            let restoring = restore(&url, &path, &manifest, time(&target), &Progress::default()).await;
            let silent = Entry::new(Actor::System, Channel::Console, "tests.thing.done");
            restoring.expect("its rows").commit(silent).await.expect("kept");
            let old = opened(&target, &url).await;
            open_everything(&old).await;
            let here = folder.path().join(old.kind());
            std::fs::create_dir_all(&here).expect("a folder");
            std::fs::copy(data.join(FENCE), here.join(FENCE)).expect("the fence");
            let refused = Fence::take_up(&old, &random, &here, None, false).await.expect_err("older");
            assert!(matches!(refused, FenceError::Older { .. }), "{refused}");
            assert!(refused.to_string().contains("--accept-older-state"), "{refused}");
            let accepted = Fence::take_up(&old, &random, &here, None, true).await.expect("accepted");
            assert_eq!(accepted.epoch().number, 2);
            assert_eq!(alive(&old).await, [""; 0], "of the older state nothing opens anything");
            Fence::take_up(&old, &random, &here, None, false)
                .await
                .expect("accepted once, served from then on");
            // What was served last is now this one; the other is another line of its epochs.
            let back = Fence::take_up(&live.db, &random, &here, None, false).await.expect_err("refused");
            assert!(matches!(back, FenceError::Older { .. }), "{back}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_is_served_and_another_one_is_not() {
    let random = SeededRandom::new(12);
    for live in databases().await {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        Fence::take_up(&live.db, &random, &data, None, false).await.expect("a new database");
        let path = folder.path().join("old.backup");
        take(&live.db, &path, &Progress::default()).await.expect("taken");
        open_account(&live.db, 1, 100).await;
        Fence::take_up(&live.db, &random, &data, None, false).await.expect("as it was left");
        for (target, url) in targets(folder.path()).await {
            let manifest = check(&path).await.expect("whole");
            let restoring = restore(&url, &path, &manifest, time(&target), &Progress::default()).await;
            let mut restoring = restoring.expect("its rows");
            assert_eq!(restoring.begin_epoch(&random).await.expect("begun").number, 2);
            restoring.commit(restored_entry()).await.expect("kept");
            let here = folder.path().join(target.db.kind());
            std::fs::create_dir_all(&here).expect("a folder");
            std::fs::copy(data.join(FENCE), here.join(FENCE)).expect("the fence");
            let fence = Fence::take_up(&opened(&target, &url).await, &random, &here, None, false).await;
            assert_eq!(fence.expect("restored on purpose").epoch().number, 2);
            // A node of another database has nothing to do here.
            let other = testkit::sqlite().await;
            let elsewhere = folder.path().join(format!("other-{}", target.db.kind()));
            Fence::take_up(&other.db, &random, &elsewhere, None, false).await.expect("a new database");
            let refused = Fence::take_up(&other.db, &random, &here, None, true).await.expect_err("another");
            assert!(matches!(refused, FenceError::Other { .. }), "{refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sqlite_file_has_one_server() {
    for one in databases().await {
        let held = one.db.serve_alone().expect("the first");
        let second = opened(&one, &one.url).await.serve_alone();
        if one.db.kind() == "sqlite" {
            let refused = second.expect_err("the second").to_string();
            assert!(refused.contains("another server"), "{refused}");
        } else {
            second.expect("several nodes share a PostgreSQL");
        }
        drop(held);
        opened(&one, &one.url).await.serve_alone().expect("after the first has ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_protects_is_done_again() {
    use features::authorizations::{AccountCommand, CardStatus, Missed, account_state, tighten_in_tx};
    use platform::access::{find_api_key, take_away_again_in_tx};
    for one in databases().await {
        let [lost, frozen, lifted] = [1, 2, 3].map(|n| open_account(&one.db, n, 100));
        let (lost, frozen, lifted) = (lost.await, frozen.await, lifted.await);
        let random = SeededRandom::new(5);
        let key = new_api_key(&one.db, &random, Actor::System, Channel::Console, "test", &["*"])
            .await
            .expect("a key");
        let mut missed = Missed::default();
        for (open, status) in [
            (lost, CardStatus::Lost),
            (frozen, CardStatus::Frozen),
            (lifted, CardStatus::Frozen),
            (lifted, CardStatus::Active),
        ] {
            let command = AccountCommand::SetCardStatus { card: open.card, status };
            assert!(missed.learn(command.act(), Some(&open.account.to_string()), &command.detail()));
        }
        let mut write = one.db.write().await.expect("a transaction");
        assert_eq!(tighten_in_tx(&mut write, &missed).await.expect("done again"), 2);
        assert_eq!(tighten_in_tx(&mut write, &missed).await.expect("nothing more"), 0);
        let subject = key.id.to_string();
        for (act, changes) in [("access.api_key.made", false), ("access.api_key.revoked", true)] {
            let done = take_away_again_in_tx(&mut write, act, Some(&subject)).await.expect("done again");
            assert_eq!(done, changes, "{act}");
        }
        write.commit(restored_entry()).await.expect("kept");
        assert!(find_api_key(&one.db, key.token.expose()).await.expect("asked").is_none());
        for (open, status) in
            [(lost, CardStatus::Lost), (frozen, CardStatus::Frozen), (lifted, CardStatus::Active)]
        {
            let state = account_state(&one.db, open.account).await.expect("asked").expect("an account");
            assert_eq!(state.card(open.card.raw()).expect("a card").status, status);
        }
    }
}
