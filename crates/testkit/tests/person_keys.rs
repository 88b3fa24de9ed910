//! Keys of people on both databases: text of any feature under them, destruction that is complete and final, and
//! everything that is not a person's text still whole afterwards.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

use features::accounts::{AccountError, Opening};
use features::authorizations::account_state;
use features::cards::open_many;
use kernel::{AccountId, Actor, Channel, CustomerId};
use platform::db::{Db, Housekeeping};
use platform::keys::{Destroyed, KeyError, PERSON_ERASED, PersonKeys};
use platform::on;
use testkit::{TestApp, databases, sample_customer, test_pan};
use vault::Place;

const NO_RULES: &str = "number = 1\nname = \"none\"\n";
const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const PERSON: CustomerId = CustomerId::from_raw(1);
const PLACE: Place<'static> = Place { table: "audit_entries", row: 77, column: "reason" };

fn opening(n: i64) -> Opening {
    sample_customer(n).opening
}

async fn with_card(app: &TestApp, n: i64) {
    open_many(&app.accounts(), &[sample_customer(n)], BY.0, BY.1).await.unwrap();
}

async fn count(db: &Db, sql: &'static str) -> i64 {
    on!(db.pool(), p => sqlx::query_scalar(sql).fetch_one(p).await).unwrap()
}

async fn change(db: &Db, sql: &'static str) {
    let mut write = db.write().await.unwrap();
    on!(write.conn(), c => sqlx::query(sql).execute(&mut *c).await.map(drop)).unwrap();
    write.housekeeping(Housekeeping::Aggregates).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn text_opens_for_its_person_at_its_place_only() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        for n in [1, 2] {
            with_card(&app, n).await;
        }
        let keys = PersonKeys::of(&app.app);
        let sealed = keys.seal(PERSON, PLACE, "她来电询问".as_bytes()).await.unwrap();
        assert_eq!(keys.open(PERSON, PLACE, &sealed).await.unwrap().expose(), "她来电询问".as_bytes());
        let other = CustomerId::from_raw(2);
        assert!(matches!(keys.open(other, PLACE, &sealed).await, Err(KeyError::Vault(_))));
        let elsewhere = Place { row: 78, ..PLACE };
        assert!(matches!(keys.open(PERSON, elsewhere, &sealed).await, Err(KeyError::Vault(_))));
        let nobody = CustomerId::from_raw(3);
        assert!(matches!(keys.seal(nobody, PLACE, b"x").await, Err(KeyError::Absent(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn destruction_is_complete_and_final_and_leaves_the_rest_whole() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        for n in [1, 2] {
            with_card(&app, n).await;
        }
        let (db, keys) = (&app.app.db, PersonKeys::of(&app.app));
        let sealed = keys.seal(PERSON, PLACE, b"she called").await.unwrap();
        let entries = count(db, "SELECT COUNT(*) FROM audit_entries").await;
        assert_eq!(keys.destroy(features::ALL, PERSON, BY).await.unwrap(), Destroyed::Now);
        assert_eq!(keys.destroy(features::ALL, PERSON, BY).await.unwrap(), Destroyed::Before);

        assert!(matches!(keys.open(PERSON, PLACE, &sealed).await, Err(KeyError::Erased(_))));
        assert!(matches!(keys.seal(PERSON, PLACE, b"x").await, Err(KeyError::Erased(_))));
        assert_eq!(count(db, "SELECT COUNT(*) FROM customers WHERE data_key IS NULL").await, 1);
        assert_eq!(count(db, "SELECT COUNT(*) FROM cards WHERE data_key IS NULL").await, 1);
        let hashes = "SELECT COUNT(*) FROM customers WHERE LENGTH(phone_hash) + LENGTH(email_hash) + LENGTH(document_hash) = 0";
        assert_eq!(count(db, hashes).await, 1);

        assert_eq!(count(db, "SELECT COUNT(*) FROM audit_entries").await, entries + 1);
        let erased = "SELECT COUNT(*) FROM audit_entries WHERE act = 'keys.person.erased'";
        assert_eq!((PERSON_ERASED, count(db, erased).await), ("keys.person.erased", 1));
        let accounts = app.accounts();
        assert!(account_state(db, opening(1).account).await.unwrap().is_some());
        assert!(accounts.customer(CustomerId::from_raw(2)).await.unwrap().is_some_and(|two| !two.erased));
        let held = app.cards().cards_of(PERSON).await.unwrap();
        assert_eq!(held.len(), 1, "the card stays, without its number");
        // The number of a card is never issued twice, not even after its holder was erased.
        assert!(app.cards().card_by_number(&test_pan(1)).await.unwrap().is_some());
        let again = Opening { account: AccountId::from_raw(5), person: None, ..opening(1) };
        assert!(matches!(accounts.open(&again, BY.0, BY.1).await, Err(AccountError::Erased)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_key_is_refused_with_table_and_row() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        for n in [1, 2] {
            with_card(&app, n).await;
        }
        let swap =
            "UPDATE customers SET data_key = (SELECT data_key FROM customers WHERE id = 2) WHERE id = 1";
        change(&app.app.db, swap).await;
        let error = PersonKeys::of(&app.app).seal(PERSON, PLACE, b"x").await.unwrap_err();
        assert!(matches!(error, KeyError::Vault(_)), "{error}");
    }
}
