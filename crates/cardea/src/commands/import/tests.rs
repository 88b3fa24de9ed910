//! Small made-up files of both formats, with bad rows, into both databases: twice, and as the past of a replay.

use super::{ImportArgs, ImportReport, import};
use crate::commands::clock::{AdvanceArgs, advance};
use crate::commands::init;
use crate::commands::replay::replay;
use crate::commands::tests::args;
use crate::server::{self, Running};
use crate::traffic::pan::TestPan;
use features::accounts::Accounts;
use features::authorizations::{
    AccountState, Amounts, Class, Intake, Moment, Purpose, RawMessage, Trace, Where, account_of_card,
    account_state, chain_page, labels_in,
};
use kernel::{Clock, Currency, Money, SECOND_US, Secret, Sleep, Timestamp};
use platform::clock::{SystemClock, SystemRandom, TokioSleep};
use platform::config::{ClockMode, Config};
use platform::db::Db;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use testkit::{TestDb, databases};
use vault::{KeyRing, Pan};

const HANDBOOK: &str =
    "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO";
const PEOPLE: &str =
    "ssn,cc_num,first,last,gender,street,city,state,zip,lat,long,city_pop,job,dob,acct_num,profile";
const PAYMENTS: &str = "tx_id,ts,cc_num,merchant,category,amt,merch_lat,merch_long,is_fraud";
/// 17 June 2018, the first day of the made-up handbook file.
const DAY_ONE_S: i64 = 1_529_193_600;

/// A data directory whose server would use this database; nobody listens at its addresses.
struct Place {
    dir: TempDir,
    settings: PathBuf,
}

impl Place {
    fn with(url: Option<&str>) -> Self {
        let dir = TempDir::new().expect("temp");
        let settings = dir.path().join("data").join(init::SETTINGS);
        let addresses = init::Addresses {
            http_port: free_port(),
            iso_port: free_port(),
            database: url.map(str::to_owned),
        };
        init::prepare(&settings, init::Kind::Demo, &addresses).expect("a fresh folder");
        Self { dir, settings }
    }

    fn config(&self) -> Config {
        Config::load(Some(&self.settings)).expect("settings")
    }

    fn keys(&self) -> KeyRing {
        crate::keys::open(&self.config()).expect("keys")
    }

    fn file(&self, name: &str, head: &str, rows: &[String]) -> PathBuf {
        let path = self.dir.path().join(name);
        let rows = std::iter::once(head.to_owned()).chain(rows.iter().cloned());
        std::fs::write(&path, rows.map(|row| row + "\n").collect::<String>()).expect("writable");
        path
    }

    async fn import(&self, format: &str, payments: &Path, more: &[&str]) -> ImportReport {
        let (payments, config) = (payments.display().to_string(), self.settings.display().to_string());
        let words = ["--format", format, "--transactions", &payments, "--config", &config];
        let args: ImportArgs = args(&[&words[..], more].concat());
        let done = import(&args, &self.config(), self.keys()).await.expect("imported");
        ImportReport { elapsed_s: 0.0, payments_per_s: 0.0, ..done }
    }

    async fn account(&self, db: &Db, customer: u64) -> Option<AccountState> {
        let pan = TestPan::of_customer(customer).expect("fits");
        let key = self.keys().lookup_pan(&Pan::parse(pan.reveal()).expect("digits")).expect("a hash").0;
        let account = account_of_card(db, &key).await.expect("readable")?;
        account_state(db, account).await.expect("readable")
    }
}

fn free_port() -> u16 {
    // The two ports behind it are the other dialects'; a test that meets a busy one fails and says so.
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port()
}

/// Twelve payments a day apart of customers 1, 2 and 3; the third and the eleventh are frauds.
fn handbook() -> Vec<String> {
    let row = |i: u32| {
        let fraud = u8::from(i == 2 || i == 10);
        format!("{i},2018-06-{:02} 10:00:00,{},77,20.00,{fraud},1", 17 + i, i % 3 + 1)
    };
    let mut rows: Vec<String> = (0..12).map(row).collect();
    rows.insert(4, "4,2018-06-21 10:00:00,2,77,not money,0,0".to_owned());
    rows.insert(8, "8,yesterday,1,77,20.00,0,0".to_owned());
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn good_rows_are_there_once_and_bad_ones_are_counted() {
    for TestDb { db, url, .. } in &databases().await {
        let place = Place::with(Some(url));
        let file = place.file("t.csv", HANDBOOK, &handbook());
        let first = place.import("handbook", &file, &[]).await;
        let opened = ImportReport { customers: 3, accounts: 3, cards: 3, ..ImportReport::default() };
        // The fraud of the third day is known by the twelfth, that of the eleventh is not.
        assert_eq!(first, ImportReport { payments: 12, labels: 1, bad_rows: 2, ..opened }, "{url}");
        let again = place.import("handbook", &file, &[]).await;
        let before = ImportReport { payments_before: 12, labels: 1, bad_rows: 2, ..ImportReport::default() };
        assert_eq!(again, before, "{url}");
        let labels = labels_in(db, 0, i64::MAX).await.expect("readable");
        assert_eq!(labels.len(), 1);
        for customer in 1..=3 {
            let state = place.account(db, customer).await.expect("opened");
            assert_eq!((state.held_minor, state.posted_minor, state.limit_minor), (0, 0, 5_000_000));
            let rows = chain_page(db, state.head, 100).await.expect("readable");
            assert_eq!(rows.len(), 4, "customer {customer} has its payments once");
            assert!(rows.iter().all(|row| row.facts.class == Class::History.number()));
            assert!(rows.iter().all(|row| row.billing_minor == 2_000 && row.at / SECOND_US >= DAY_ONE_S));
            let card = &state.standing.cards[0];
            let behaviour = decision::CardBehaviour::decode(&card.behaviour).expect("readable");
            assert_ne!(behaviour, decision::CardBehaviour::default(), "habits are learnt");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_come_with_their_names_and_homes() {
    for TestDb { db, url, .. } in &databases().await {
        let place = Place::with(Some(url));
        let person = |n: u32, lat: &str| {
            format!(
                "1,36000000000{n:03},Ann,Lee{n},F,{n} Elm St,Troy,NY,12180,{lat},-73.7,1,Nurse,1970-01-01,1,x"
            )
        };
        let long = "L".repeat(200);
        let nameless = person(4, "42.7").replace("Lee4", &long);
        place.file(
            "customers.csv",
            PEOPLE,
            &[person(1, "42.7"), person(2, "north"), person(3, "42.7"), nameless],
        );
        let paid = |i: u32, person: u32, category: &str| {
            format!(
                "{i},2024-01-0{i} 12:00:00,36000000000{person:03},Schmitt Inc,{category},10.50,42.8,-73.8,0"
            )
        };
        let rows = [
            paid(1, 1, "grocery_pos"),
            paid(2, 2, "home"),
            paid(3, 3, "shopping_net"),
            paid(4, 1, "bribes"),
            paid(5, 4, "home"),
        ];
        let file = place.file("t.csv", PAYMENTS, &rows);
        let report = place.import("sparkov", &file, &[]).await;
        // Bad: the second person and its payment, the fourth and its payment, the category that nobody knows.
        let expected = ImportReport {
            customers: 2,
            accounts: 2,
            cards: 2,
            payments: 2,
            bad_rows: 5,
            ..Default::default()
        };
        assert_eq!(report, expected, "{url}");
        let state = place.account(db, 1).await.expect("opened");
        assert!(place.account(db, 2).await.is_none() && place.account(db, 4).await.is_none());
        let home = state.home().expect("known");
        assert!((home.lat - 42.7).abs() < 0.001 && (home.lon + 73.7).abs() < 0.001);
        let rows = chain_page(db, state.head, 10).await.expect("readable");
        assert_eq!(rows[0].facts.site.mcc, 5411);
        assert!(rows[0].facts.site.place.is_some());
        let accounts = Accounts::new(db.clone(), Arc::new(place.keys()), Arc::new(SystemRandom));
        let account = accounts.account(state.account).await.expect("readable").expect("there");
        let customer = accounts.customer(account.customer).await.expect("readable").expect("there");
        assert_eq!(customer.person.name.reveal(), "Ann Lee1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_alone_and_a_part_of_the_payments() {
    let place = Place::with(None);
    let file = place.file("t.csv", HANDBOOK, &handbook());
    let none = place.import("handbook", &file, &["--accounts-only"]).await;
    assert_eq!((none.customers, none.payments), (3, 0));
    let part = place.import("handbook", &file, &["--from", "2018-06-20", "--until", "2018-06-23"]).await;
    assert_eq!((part.customers, part.payments, part.payments_before), (0, 3, 0));
    let rest = place.import("handbook", &file, &["--label-delay-days", "0"]).await;
    assert_eq!((rest.payments, rest.payments_before, rest.labels), (9, 3, 2));
}

async fn serve(place: &Place, mode: ClockMode) -> (Running, Intake) {
    let mut config = place.config();
    config.clock.mode = mode;
    let assembled = server::assemble(config, place.keys(), false).await.expect("put together");
    let intake = assembled.intake.clone();
    (assembled.listen().await.expect("listens"), intake)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_goes_on_where_the_history_ends() {
    let place = Place::with(None);
    let file = place.file("t.csv", HANDBOOK, &handbook());
    // History to the 22nd; the fraud of the 19th is not known then.
    let history = place.import("handbook", &file, &["--until", "2018-06-23"]).await;
    assert_eq!((history.customers, history.payments, history.labels), (3, 6, 0));
    let (running, _) = serve(&place, ClockMode::Driven).await;
    let (words, config) =
        (args(&["--format", "handbook", "--transactions", "t", "--config", "c"]), place.config());
    let beside = import(&words, &config, place.keys()).await;
    assert!(beside.expect_err("refused").to_string().contains("a server answers"));
    let (to, path) =
        (running.app.config.iso8583.ascii.0.clone().expect("a port"), file.display().to_string());
    let words = [&path, "--format", "handbook", "--to", &to, "--from", "2018-06-23"];
    let replayed =
        replay(args(&words), Arc::new(SystemClock::default()), Arc::new(TokioSleep)).await.expect("replayed");
    assert!(!replayed.1);
    let report = replayed.0;
    assert_eq!((report.sent, report.errors, report.bad_rows), (6, 0, 2));
    // What the terminal's frauds make of later payments is the rules' business.
    assert_eq!(report.approved + report.declined, 6);
    // The clock stands in 2018, at the last payment.
    assert_eq!(running.app.now(), Timestamp::from_us((DAY_ONE_S + 11 * 86_400 + 36_000) * SECOND_US));
    let db = &running.app.db;
    let mut replayed = 0;
    for customer in 1..=3 {
        let state = place.account(db, customer).await.expect("opened");
        let rows = chain_page(db, state.head, 100).await.expect("readable");
        assert_eq!(rows.len(), 4);
        assert!(rows.is_sorted_by(|newer, older| newer.at > older.at), "the year is right");
        replayed += rows.iter().filter(|row| row.facts.class == Class::Authorization.number()).count();
        assert!(rows.iter().all(|row| !row.facts.at_arrival));
    }
    assert_eq!(replayed, 6);
    // The fraud of the 19th became known on the 26th, that of the 27th will on 4 July.
    let labels = labels_in(db, 0, i64::MAX).await.expect("readable");
    assert_eq!(labels.iter().map(|(_, fraud)| *fraud).collect::<Vec<_>>(), [true]);
    running.end(&TokioSleep).await;
}

fn purchase(pan: &TestPan) -> RawMessage {
    RawMessage {
        class: Class::Authorization,
        purpose: Purpose::Purchase,
        card_number: Secret::new(pan.reveal().to_owned()),
        expiry: None,
        cvv2: None,
        track: None,
        pin: None,
        chip: None,
        amounts: Amounts {
            transaction: Money::new(5_000, Currency::from_numeric(978).expect("EUR")),
            billing: None,
            remaining_minor: None,
        },
        moment: Moment::Unsaid,
        arrived_us: u64::MAX,
        trace: Trace { stan: 1, rrn: "632700000001".to_owned(), ..Trace::default() },
        site: Where { terminal: "T1".to_owned(), mcc: 5411, country: 56, ..Where::default() },
        channel: decision::Channel::Chip,
        card_present: true,
        partial_ok: false,
        approved_elsewhere: true,
        original: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_clock_lets_holds_go() {
    let place = Place::with(None);
    let file = place.file("t.csv", HANDBOOK, &handbook());
    place.import("handbook", &file, &["--accounts-only"]).await;
    let (running, intake) = serve(&place, ClockMode::System).await;
    let pan = TestPan::of_customer(1).expect("fits");
    assert!(intake.authorize(purchase(&pan)).await.is_approved());
    let db = running.app.db.clone();
    assert_eq!(place.account(&db, 1).await.expect("there").held_minor, 5_000);
    let key = platform::access::new_api_key(
        &db,
        &SystemRandom,
        kernel::Actor::System,
        kernel::Channel::Console,
        "test",
        &["clock.*"],
    );
    let key = key.await.expect("a key").token.expose().to_owned();
    let by = Duration::from_secs(60 * 86_400);
    let ask = |key: &str| AdvanceArgs { by, config: place.settings.clone(), api_key: Some(key.to_owned()) };
    let refused = advance(&ask("ck_nobody"), &place.config()).await;
    assert!(refused.expect_err("refused").to_string().contains("401"));
    let before = running.app.now();
    let view = advance(&ask(&key), &place.config()).await.expect("moved");
    assert_eq!(view.ahead_s, 60 * 86_400);
    assert!(running.app.now().since_us(before) >= 60 * 86_400 * SECOND_US);
    // The job comes round once a minute of the server's time, which has just passed; the runner looks each second.
    for _ in 0..300 {
        if place.account(&db, 1).await.expect("there").held_minor == 0 {
            break;
        }
        TokioSleep.sleep(Duration::from_millis(100)).await;
    }
    let state = place.account(&db, 1).await.expect("there");
    assert_eq!((state.held_minor, state.standing.holds.len()), (0, 0));
    running.end(&TokioSleep).await;
    // A restart does not go back.
    let (again, _) = serve(&place, ClockMode::System).await;
    assert!(again.app.now().since_us(SystemClock::default().now()) > 59 * 86_400 * SECOND_US);
    again.end(&TokioSleep).await;
}
