//! Customers, accounts and cards on both databases: what is written can be read by its owner, found by hash,
//! seen by nobody in clear, and forgotten.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what a test needs and does not get fails it")]

use decision::Place;
use features::accounts::{AccountError, BATCH_OPENED, Done, Opening, Person, Told};
use features::authorizations::{CardStatus, Controls, Expiry, account_state};
use features::cards::{AccountWithCards, CardError, CardOrder, open_many};
use kernel::{AccountId, Actor, CardId, Channel, CustomerId};
use platform::db::{Db, Housekeeping};
use platform::keys::{Destroyed, PersonKeys};
use platform::on;
use testkit::{TestApp, databases, sample_customer, test_pan};

const NO_RULES: &str = "number = 1\nname = \"none\"\n";
const BY: (Actor, Channel) = (Actor::System, Channel::Console);

fn person(n: i64) -> Person {
    sample_customer(n).opening.person.expect("a new person")
}

/// With a home, so that it can be read back.
fn opening(n: i64) -> Opening {
    let person = Person { home: Some(Place { lat: 31.25, lon: 121.5 }), ..person(n) };
    Opening { person: Some(person), ..sample_customer(n).opening }
}

fn order(n: i64) -> CardOrder {
    sample_customer(n).cards.remove(0)
}

async fn entries(db: &Db, act: &str) -> i64 {
    on!(db.pool(), p => {
        sqlx::query_scalar("SELECT COUNT(*) FROM audit_entries WHERE act = $1").bind(act).fetch_one(p).await
    })
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_opened_once_with_its_customer_and_the_engines_state() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let (accounts, db) = (app.accounts(), &app.app.db);
        let opening = opening(1);
        assert_eq!(accounts.open(&opening, BY.0, BY.1).await.unwrap(), Done::Applied);
        assert_eq!(accounts.open(&opening, BY.0, BY.1).await.unwrap(), Done::AlreadyApplied);
        assert_eq!(entries(db, "accounts.account.opened").await, 1, "on {}", db.kind());
        let customer = accounts.customer(opening.customer).await.unwrap().expect("known");
        assert_eq!(Some(customer.person), opening.person);
        let state = account_state(db, opening.account).await.unwrap().expect("the engine knows it");
        assert_eq!((state.limit_minor, state.standing.home_country), (5_000_000, 156));
        assert_eq!(state.home(), Some(Place { lat: 31.25, lon: 121.5 }));
        let stolen = Opening { customer: CustomerId::from_raw(77), ..opening.clone() };
        assert!(matches!(accounts.open(&stolen, BY.0, BY.1).await, Err(AccountError::Taken)));
        let second = Opening { account: AccountId::from_raw(9), person: None, ..opening.clone() };
        accounts.open(&second, BY.0, BY.1).await.unwrap();
        assert_eq!(accounts.accounts_of(opening.customer).await.unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_somebody_else_is_absent() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let (accounts, cards) = (app.accounts(), app.cards());
        for n in [1, 2] {
            accounts.open(&opening(n), BY.0, BY.1).await.unwrap();
            let account = accounts.account(opening(n).account).await.unwrap().unwrap();
            cards.issue(&account, &order(n), BY.0, BY.1).await.unwrap();
        }
        let (mine, theirs) = (CustomerId::from_raw(1), CustomerId::from_raw(2));
        assert!(accounts.account_of(mine, opening(1).account).await.unwrap().is_some());
        assert!(accounts.account_of(theirs, opening(1).account).await.unwrap().is_none());
        assert!(cards.card_of(mine, order(1).card).await.unwrap().is_some());
        assert!(cards.card_of(theirs, order(1).card).await.unwrap().is_none());
        assert_eq!(cards.cards_of(theirs).await.unwrap().len(), 1);
        let unknown = Opening { customer: CustomerId::from_raw(3), person: None, ..opening(3) };
        assert!(matches!(accounts.open(&unknown, BY.0, BY.1).await, Err(AccountError::Absent)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_found_by_phone_and_mail_and_can_be_forgotten() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let (accounts, id) = (app.accounts(), CustomerId::from_raw(1));
        assert_eq!(accounts.register(id, &person(1), BY.0, BY.1).await.unwrap(), Done::Applied);
        assert_eq!(accounts.register(id, &person(1), BY.0, BY.1).await.unwrap(), Done::AlreadyApplied);
        let found =
            |list: Vec<features::accounts::Customer>| list.iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(found(accounts.customers_by_phone("+86 138-0001 6021").await.unwrap()), [id]);
        assert_eq!(found(accounts.customers_by_email("Zhou.1@post.EXAMPLE").await.unwrap()), [id]);
        assert_eq!(found(accounts.customers_by_document("sample 00000001").await.unwrap()), [id]);
        assert!(accounts.customers_by_phone("+8613800026021").await.unwrap().is_empty());
        assert!(accounts.customers_by_document("SAMPLE-00000002").await.unwrap().is_empty());
        for (told, what) in [
            ("+86 138 0001 6021", Told::Phone),
            ("zhou.1@post.example", Told::Email),
            ("Sample-0000 0001", Told::Document),
        ] {
            let (kind, customers) = accounts.customers_told(told).await.unwrap();
            assert_eq!((kind, found(customers)), (what, vec![id]), "{told}");
        }
        for (told, what) in [("20491", Told::Number), ("周明慧", Told::Nothing), ("--", Told::Nothing)] {
            assert_eq!(accounts.customers_told(told).await.unwrap().0, what, "{told}");
        }
        // A document registered twice leads to both; who showed none is found by none.
        let twin = Person { document_number: person(1).document_number, ..person(5) };
        accounts.register(CustomerId::from_raw(5), &twin, BY.0, BY.1).await.unwrap();
        let without = Person { document_number: None, ..person(6) };
        accounts.register(CustomerId::from_raw(6), &without, BY.0, BY.1).await.unwrap();
        let both = found(accounts.customers_by_document("SAMPLE-00000001").await.unwrap());
        assert_eq!(both, [id, CustomerId::from_raw(5)]);
        assert!(accounts.customers_by_document("").await.unwrap().is_empty());

        let keys = PersonKeys::of(&app.app);
        assert_eq!(keys.destroy(features::ALL, id, BY).await.unwrap(), Destroyed::Now);
        let erased = accounts.customer(id).await.unwrap().unwrap();
        assert!(erased.erased && erased.person.name.reveal().is_empty());
        assert!(accounts.customers_by_phone("+8613800016021").await.unwrap().is_empty());
        assert_eq!(
            found(accounts.customers_by_document("SAMPLE-00000001").await.unwrap()),
            [CustomerId::from_raw(5)]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_moved_to_another_customer_does_not_open() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let accounts = app.accounts();
        for n in [1, 2] {
            accounts.register(CustomerId::from_raw(n), &person(n), BY.0, BY.1).await.unwrap();
        }
        let mut write = app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query(
                "UPDATE customers SET data_key = (SELECT data_key FROM customers WHERE id = 1),
                     profile = (SELECT profile FROM customers WHERE id = 1) WHERE id = 2",
            )
            .execute(&mut *c)
            .await
            .map(drop)
        })
        .unwrap();
        write.housekeeping(Housekeeping::Aggregates).await.unwrap();
        assert!(matches!(accounts.customer(CustomerId::from_raw(2)).await, Err(AccountError::Vault(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_opened_in_batches_and_nothing_of_them_stands_in_clear() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let (accounts, db) = (app.accounts(), &app.app.db);
        let all: Vec<_> =
            (1..=620).map(|n| AccountWithCards { opening: opening(n), cards: vec![order(n)] }).collect();
        assert_eq!(open_many(&accounts, &all, BY.0, BY.1).await.unwrap(), 620);
        assert_eq!(entries(db, BATCH_OPENED).await, 2, "an entry a batch, on {}", db.kind());
        let held = app.cards().card_by_number(&test_pan(620)).await.unwrap().expect("found by its number");
        assert_eq!(held.card.masked.last4(), &test_pan(620).expose()[12..]);
        assert_eq!((held.card.account, held.status), (opening(620).account, Some(CardStatus::Active)));
        assert_eq!(accounts.accounts_after(0, 1_000).await.unwrap().len(), 620);

        let profiles: Vec<Vec<u8>> =
            on!(db.pool(), p => sqlx::query_scalar("SELECT profile FROM customers").fetch_all(p).await)
                .unwrap();
        let pans: Vec<Vec<u8>> =
            on!(db.pool(), p => sqlx::query_scalar("SELECT pan FROM cards").fetch_all(p).await).unwrap();
        let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        for text in ["周明慧", "Minghui", "post.example", "+86138", "Wutong", "SAMPLE"] {
            assert!(profiles.iter().all(|sealed| !has(sealed, text)), "{text} stands in clear");
        }
        assert!(pans.iter().all(|sealed| !has(sealed, "90000101")), "a number stands in clear");
        let again = open_many(&accounts, &all[..1], BY.0, BY.1).await;
        assert!(
            matches!(again, Err(CardError::Account(AccountError::Db(_)))),
            "an id is used once: {again:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_issued_once_and_its_number_never_twice() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let (accounts, cards) = (app.accounts(), app.cards());
        let mut opened = Vec::new();
        for n in [1, 2] {
            accounts.open(&opening(n), BY.0, BY.1).await.unwrap();
            opened.push(accounts.account(opening(n).account).await.unwrap().unwrap());
        }
        assert_eq!(cards.issue(&opened[0], &order(1), BY.0, BY.1).await.unwrap(), Done::Applied);
        assert_eq!(cards.issue(&opened[0], &order(1), BY.0, BY.1).await.unwrap(), Done::AlreadyApplied);
        let twin = CardOrder { card: CardId::from_raw(5), ..order(1) };
        for account in &opened {
            let again = cards.issue(account, &twin, BY.0, BY.1).await;
            assert!(matches!(again, Err(CardError::Taken)), "{again:?}");
        }
        assert!(!app.engine.has_failed(), "a number that is taken must not reach the engine");
        assert_eq!(cards.cards_of_account(opened[0].id).await.unwrap().len(), 1);
        let month = CardOrder { expiry: Expiry { year: 30, month: 13 }, ..order(2) };
        assert!(matches!(cards.issue(&opened[1], &month, BY.0, BY.1).await, Err(CardError::Field { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_cut_short_is_finished_by_the_same_command() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let (accounts, cards, db) = (app.accounts(), app.cards(), &app.app.db);
        accounts.open(&opening(1), BY.0, BY.1).await.unwrap();
        let account = accounts.account(opening(1).account).await.unwrap().unwrap();
        cards.issue(&account, &order(1), BY.0, BY.1).await.unwrap();
        // As if the process had died after the card's row and before the engine's part.
        let mut before = account_state(db, account.id).await.unwrap().unwrap();
        before.standing.cards.clear();
        let mut standing = Vec::new();
        before.standing.encode(&mut standing).unwrap();
        let mut write = db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query("UPDATE account_state SET standing = $1").bind(&standing).execute(&mut *c).await.map(drop)
        })
        .unwrap();
        on!(write.conn(), c => sqlx::query("DELETE FROM card_keys").execute(&mut *c).await.map(drop))
            .unwrap();
        write.housekeeping(Housekeeping::Aggregates).await.unwrap();

        assert_eq!(cards.card(order(1).card).await.unwrap().unwrap().status, None, "being issued");
        assert_eq!(cards.issue(&account, &order(1), BY.0, BY.1).await.unwrap(), Done::Applied);
        let held = cards.card(order(1).card).await.unwrap().unwrap();
        assert_eq!(held.status, Some(CardStatus::Active));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn freezing_and_switches_are_idempotent_and_read_back() {
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let (accounts, cards) = (app.accounts(), app.cards());
        accounts.open(&opening(1), BY.0, BY.1).await.unwrap();
        let account = accounts.account(opening(1).account).await.unwrap().unwrap();
        cards.issue(&account, &order(1), BY.0, BY.1).await.unwrap();
        let card = cards.card(order(1).card).await.unwrap().unwrap().card;
        assert_eq!(cards.freeze(&card, BY.0, BY.1).await.unwrap(), Done::Applied);
        assert_eq!(cards.freeze(&card, BY.0, BY.1).await.unwrap(), Done::AlreadyApplied);
        assert_eq!(cards.card(card.id).await.unwrap().unwrap().status, Some(CardStatus::Frozen));
        assert_eq!(cards.unfreeze(&card, BY.0, BY.1).await.unwrap(), Done::Applied);
        let controls = Controls { online: false, abroad: false, cash: true, payment_max_minor: Some(5) };
        cards.set_controls(&card, controls, BY.0, BY.1).await.unwrap();
        assert_eq!(cards.card(card.id).await.unwrap().unwrap().controls, controls);
        let negative = Controls { payment_max_minor: Some(-1), ..controls };
        let refused = cards.set_controls(&card, negative, BY.0, BY.1).await;
        assert!(matches!(refused, Err(CardError::Field { .. })));
    }
}
