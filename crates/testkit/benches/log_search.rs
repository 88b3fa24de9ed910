//! How fast the log takes entries in, and how long a search takes when it holds a million, on both databases:
//! `cargo bench -p cardea-testkit --bench log_search`.
//!
//! The million is made by the database itself: 20,000 people with fifty entries each, 2,000 actors, 25 acts of which
//! one is rare, three years; after them come batches of payments without any other entry between, as in a long night.
//! Each search is run many times from warm memory; what is printed is milliseconds.

#![expect(clippy::expect_used, reason = "a measurement that can't go on must fail")]
#![expect(clippy::print_stdout, reason = "the measurement is what is printed")]

use kernel::{Clock, Timestamp, first_id_at};
use platform::audit::{Integrator, Search, Step, search};
use platform::clock::SystemClock;
use platform::db::{Db, Housekeeping};
use platform::on;
use testkit::{TestDb, databases};

const ENTRIES: i64 = 1_000_000;
const PEOPLE: i64 = 20_000;
/// Batches of payments after the newest entry.
const BATCHES: i64 = 100_000;
/// Decisions in each.
const BATCH: i64 = 100;
/// Between two entries, microseconds: a million in three years.
const APART_US: i64 = 94_608_000;
const RUNS: usize = 200;
/// Rows of one page and one more.
const ROWS: i64 = 51;
/// The body of an entry, about as long as most.
const BODY: &str = r#"{"v":1,"actor":"staf_0000000000007","channel":"desk","origin":"sess_0000000000001","act":"accounts.account.read","subject":"acct_0000000000001","outcome":"done","concerns":["cust_0000000000001"]}"#;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for test in databases().await {
            take_in(&test.db, "entries", 100_000, 1).await;
            take_in(&test.db, "batches of 100", 5_000, BATCH).await;
        }
        for test in databases().await {
            measure(&test).await;
        }
    });
}

/// Gives `rows` with so many leaves each their places in the tree.
async fn take_in(db: &Db, name: &str, rows: i64, leaves: i64) {
    let started = SystemClock::default();
    let (series, zeros) = dialect(db, rows, 32 * leaves);
    let first = db.ids().next(db.clock().now());
    run(
        db,
        &format!(
            "{series} INSERT INTO audit_entries (id, at, actor, act, body, leaves)
         SELECT {first} + {leaves} * 10000000 + i, 0, 'system', 'tests.thing.done', '{BODY}', {zeros} FROM n"
        ),
    )
    .await;
    let mut integrator = Integrator::new(db, 1);
    let before = started.monotonic_us();
    while matches!(integrator.step().await.expect("a step"), Step::Took { more: true, .. }) {}
    let seconds = (started.monotonic_us() - before) as f64 / 1e6;
    let rate = (rows * leaves) as f64 / seconds;
    println!("{:>10} takes in {name:<16} {rate:>9.0} leaves a second", db.kind());
}

/// A row for each number below `rows`, and `bytes` zeros, in the words of the database.
fn dialect(db: &Db, rows: i64, bytes: i64) -> (String, String) {
    if db.kind() == "sqlite" {
        let series = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 <";
        (format!("{series} {rows})"), format!("zeroblob({bytes})"))
    } else {
        let series = format!("WITH n AS (SELECT generate_series(0, {}) AS i)", rows - 1);
        (series, format!("decode(repeat('00', {bytes}), 'hex')"))
    }
}

async fn run(db: &Db, sql: &str) {
    let mut write = db.write().await.expect("a write");
    on!(write.conn(), c => sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *c).await.map(drop))
        .expect("rows");
    write.housekeeping(Housekeeping::Log).await.expect("a commit");
}

async fn measure(test: &TestDb) {
    let started = SystemClock::default();
    // Ids begin in 2026: the three years end in 2029.
    test.clock.advance_us((ENTRIES + 1) * APART_US);
    fill(&test.db).await;
    println!("{}: {ENTRIES} entries made in {} s", test.db.kind(), started.monotonic_us() / 1_000_000);
    let now = test.clock.now().us();
    let day = |days: i64| Timestamp::from_us(now - days * kernel::DAY_US);
    let all = Search { rows_max: ROWS, ..Search::default() };
    let act = |name: &str| vec![name.to_owned()];
    let person = vec!["cust_77".to_owned(), "acct_77".to_owned()];
    let refused = Some(platform::audit::Outcome::Refused);
    for (name, wanted) in [
        ("newest", all.clone()),
        ("person", Search { concerns: person.clone(), ..all.clone() }),
        ("person, who looked", Search { concerns: person, acts: act("tests.act.3"), ..all.clone() }),
        ("actor", Search { actor: Some("staf_77".to_owned()), ..all.clone() }),
        ("act", Search { acts: act("tests.act.3"), ..all.clone() }),
        ("rare act", Search { acts: act("tests.act.rare"), ..all.clone() }),
        ("a day two years ago", Search { from: Some(day(731)), until: Some(day(730)), ..all.clone() }),
        (
            "actor and act, a month",
            Search {
                actor: Some("staf_77".to_owned()),
                acts: act("tests.act.3"),
                from: Some(day(430)),
                until: Some(day(400)),
                ..all.clone()
            },
        ),
        ("refused", Search { outcome: refused, ..all.clone() }),
        (
            "refused to an actor",
            Search { outcome: refused, actor: Some("staf_500".to_owned()), ..all.clone() },
        ),
        ("nobody", Search { concerns: vec!["cust_nobody".to_owned()], ..all.clone() }),
        ("an actor with nothing", Search { actor: Some("staf_nobody".to_owned()), ..all.clone() }),
    ] {
        let mut took = Vec::with_capacity(RUNS);
        let mut found = 0;
        for _ in 0..RUNS {
            let before = started.monotonic_us();
            found = search(&test.db, &wanted).await.expect("an answer").len();
            took.push(started.monotonic_us() - before);
        }
        took.sort_unstable();
        let at = |share: usize| took[(RUNS * share / 100).min(RUNS - 1)] as f64 / 1_000.0;
        println!(
            "{:>10} {name:<24} rows {found:>3}  p50 {:>8.2}  p99 {:>8.2}",
            test.db.kind(),
            at(50),
            at(99)
        );
    }
}

/// Makes the entries inside of the database.
async fn fill(db: &Db) {
    let newest = db.clock().now().us();
    let first = newest - ENTRIES * APART_US;
    let base = first_id_at(Timestamp::from_us(first));
    let step = (first_id_at(Timestamp::from_us(newest)) - base) / ENTRIES;
    let (series, leaf) = dialect(db, ENTRIES, 32);
    run(db, &format!(
        "{series} INSERT INTO audit_entries (id, at, actor, channel, origin, act, subject, outcome, body, leaves, position)
         SELECT {base} + i * {step}, {first} + i * {APART_US}, 'staf_' || (i % 2000), 'desk', NULL,
                CASE WHEN i % 100000 = 7 THEN 'tests.act.rare' ELSE 'tests.act.' || (i * 7919 % 25) END,
                'acct_' || (i % {PEOPLE}), CASE WHEN i % 500 = 0 THEN 'refused' ELSE 'done' END, '{BODY}', {leaf}, i
         FROM n"
    ))
    .await;
    run(db, &format!(
        "INSERT INTO audit_concerns (whose, entry) SELECT 'cust_' || (position % {PEOPLE}), id FROM audit_entries"
    ))
    .await;
    let (series, leaves) = dialect(db, BATCHES, 32 * BATCH);
    let (_, refs) = dialect(db, 1, 8 * BATCH);
    run(db, &format!(
        "{series} INSERT INTO audit_entries (id, at, actor, act, body, leaves, refs, position)
         SELECT {base} + {ENTRIES} * {step} + i, {newest} + i, 'network', 'authorizations.batch.decided', '{{}}', {leaves}, {refs},
                {ENTRIES} + i * {BATCH} FROM n"
    ))
    .await;
    run(db, "ANALYZE").await;
}
