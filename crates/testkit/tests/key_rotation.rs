//! The keys of a database and the rotation of the master key, on both databases: foreign keys are refused, a
//! rotation leaves every row readable wherever it stops, and an old key is destroyed at zero rows only.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

use features::cards::{AccountWithCards, open_many};
use kernel::{Actor, Channel, CustomerId, Sleep};
use platform::audit::Entry;
use platform::db::Db;
use platform::keys::{Cursor, KeyError, PersonKeys, RETIRE_AFTER_US, Rotation, RowsOfVersion, bind, columns};
use platform::on;
use std::sync::Arc;
use testkit::{SeededRandom, TestApp, databases, sample_customer, test_pan};
use vault::{CardKeys, KeyFile, KeyFileContents, KeyRing, KeySet, NewSeal, Unseal, VaultError};

const NO_RULES: &str = "number = 1\nname = \"none\"\n";
const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const PEOPLE: i64 = 40;

/// A test does not wait.
struct AtOnce;

impl Sleep for AtOnce {
    fn sleep(&self, _length: std::time::Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

async fn with_people(app: &TestApp) -> Rotation {
    let all: Vec<AccountWithCards> = (1..=PEOPLE).map(sample_customer).collect();
    open_many(&app.accounts(), &all, BY.0, BY.1).await.unwrap();
    bind(&app.app.db, &app.app.keys).await.unwrap();
    rotation(app, &app.app.keys)
}

fn rotation(app: &TestApp, keys: &Arc<KeyRing>) -> Rotation {
    Rotation {
        db: app.app.db.clone(),
        keys: Arc::clone(keys),
        random: Arc::new(SeededRandom::new(99)),
        columns: columns(features::ALL),
        rows_per_second: 16,
    }
}

fn rows(table: &'static str, version: u32, rows: i64) -> RowsOfVersion {
    RowsOfVersion { table, version, rows }
}

/// Every person's name and every card's number opens.
async fn everything_opens(app: &TestApp) {
    let accounts = app.accounts();
    for n in 1..=PEOPLE {
        let customer = accounts.customer(CustomerId::from_raw(n)).await.unwrap().unwrap();
        assert_eq!(customer.person.name.reveal(), "周明慧");
        assert!(app.cards().card_by_number(&test_pan(u32::try_from(n).unwrap())).await.unwrap().is_some());
    }
}

async fn change(db: &Db, sql: &'static str) {
    let mut write = db.write().await.unwrap();
    on!(write.conn(), c => sqlx::query(sql).execute(&mut *c).await.map(drop)).unwrap();
    write.commit(Entry::new(BY.0, BY.1, "tests.rows.changed")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_another_database_are_refused_before_anything_is_opened() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        with_people(&app).await;
        bind(&app.app.db, &app.app.keys).await.unwrap();
        let other = KeyRing::create(&SeededRandom::new(4_321)).unwrap();
        let refused = bind(&app.app.db, &other).await.unwrap_err();
        assert!(matches!(refused, KeyError::Foreign { .. }), "{refused}");

        let rotation = rotation(&app, &app.app.keys);
        rotation.begin(BY).await.unwrap();
        // A copy of the keys from before the rotation.
        let older = TestApp::keys_of_tests();
        let refused = bind(&app.app.db, &older).await.unwrap_err().to_string();
        assert!(refused.contains("master key 2") && refused.contains("missing"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_can_stop_after_any_step_and_goes_on() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let rotation = with_people(&app).await;
        assert_eq!(rotation.due().await.unwrap(), None);
        let version = rotation.begin(BY).await.unwrap();
        assert_eq!(rotation.rows().await.unwrap(), [rows("customers", 1, PEOPLE), rows("cards", 1, PEOPLE)]);

        // Whoever works is killed after each step: the next one begins at the beginning.
        let mut steps = 0;
        loop {
            let mut from = Cursor::default();
            let step = loop {
                let step = rotation.step(version, from).await.unwrap();
                match step.next {
                    Some(next) if step.done == 0 => from = next,
                    _ => break step,
                }
            };
            assert_eq!(step.refused, 0);
            everything_opens(&app).await;
            if step.done == 0 {
                break;
            }
            steps += 1;
            let progress = rotation.due().await.unwrap().unwrap();
            assert!(progress.rows_done <= progress.rows_total && progress.rows_total == 2 * PEOPLE);
        }
        assert!(steps >= 5, "{steps} steps are no test of stopping");
        assert_eq!(rotation.rows().await.unwrap(), [rows("customers", 2, PEOPLE), rows("cards", 2, PEOPLE)]);
        assert!(rotation.run(&AtOnce).await.unwrap());
        let progress = rotation.progress().await.unwrap().unwrap();
        assert_eq!((progress.rows_done, progress.finished_at.is_some()), (2 * PEOPLE, true));
        assert_eq!(rotation.due().await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_key_is_destroyed_at_zero_rows_and_after_a_minute() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let rotation = with_people(&app).await;
        rotation.begin(BY).await.unwrap();
        let refused = rotation.retire(1, BY).await.unwrap_err();
        assert!(matches!(refused, KeyError::InUse { version: 1, .. }));
        assert_eq!(
            refused.to_string(),
            "master key 1 is still needed by 40 rows of customers and 40 rows of cards"
        );
        let newest = rotation.retire(2, BY).await.unwrap_err();
        assert!(matches!(newest, KeyError::Vault(VaultError::NewestMaster { version: 2 })));

        let mut from = Some(Cursor::default());
        while let Some(at) = from {
            from = rotation.step(2, at).await.unwrap().next;
        }
        assert!(matches!(rotation.retire(1, BY).await.unwrap_err(), KeyError::TooEarly { version: 1 }));
        app.clock.advance_us(RETIRE_AFTER_US);
        rotation.retire(1, BY).await.unwrap();
        rotation.retire(1, BY).await.unwrap();
        assert_eq!(app.app.keys.module().master_versions(), [2]);
        bind(&app.app.db, &app.app.keys).await.unwrap();
        everything_opens(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_meanwhile_is_left_as_it_is() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let rotation = with_people(&app).await;
        let version = rotation.begin(BY).await.unwrap();
        let gone = CustomerId::from_raw(7);
        PersonKeys::of(&app.app).destroy(features::ALL, gone, BY).await.unwrap();
        // Somebody with access to the database put one person's key into another's row.
        change(
            &app.app.db,
            "UPDATE customers SET data_key = (SELECT data_key FROM customers WHERE id = 2) WHERE id = 3",
        )
        .await;
        let (mut from, mut refused) = (Some(Cursor::default()), 0);
        while let Some(at) = from {
            let step = rotation.step(version, at).await.unwrap();
            (from, refused) = (step.next, refused + step.refused);
        }
        assert_eq!(refused, 1);
        assert!(
            app.accounts().customer(gone).await.unwrap().unwrap().erased,
            "what was destroyed stays destroyed"
        );
        assert!(!rotation.run(&AtOnce).await.unwrap(), "one row is left");
        let left = rotation.rows().await.unwrap();
        assert!(left.contains(&rows("customers", 1, 1)), "{left:?}");
        let error = app.accounts().customer(CustomerId::from_raw(3)).await.unwrap_err().to_string();
        assert!(error.contains("customers, row 3, column data_key"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_follows_a_rotation_of_its_key_file() {
    for test in databases().await {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let random = SeededRandom::new(3);
        let contents = KeyFileContents {
            keys: Some(KeySet::create(&random)),
            card_keys: CardKeys::create(&random).unwrap(),
        };
        let serving = KeyFile::create(&path, contents, &NewSeal::Nothing, &random).unwrap().ring().unwrap();
        let app = TestApp::start_with_keys(test, NO_RULES, serving);
        let serving = with_people(&app).await;

        let elsewhere = KeyFile::open(&path, &Unseal::Nothing).unwrap().ring().unwrap();
        assert_eq!(elsewhere.module().add_master(&random).unwrap(), 2);
        let progress = serving.due().await.unwrap().unwrap();
        assert_eq!((progress.version, progress.rows_total), (2, 2 * PEOPLE));
        let mut from = Some(Cursor::default());
        while let Some(at) = from {
            from = serving.step(2, at).await.unwrap().next;
        }
        everything_opens(&app).await;
    }
}
