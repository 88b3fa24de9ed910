//! Prints what cases cost over a database with many open ones: opening, a page of the queue, an act, due timers.
//!
//! ```text
//! cargo run --release -p cardea-testkit --example cases_cost -- 100000
//! CARDEA_TEST_POSTGRES_URL names the PostgreSQL that is measured beside SQLite
//! ```
//!
//! Every act is its own durable commit with its entry of the log, as it is in the server.

#![expect(clippy::print_stdout, reason = "a program that prints its findings")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs a real clock and its argument")]
#![expect(clippy::unwrap_used, reason = "a measurement that can't be made ends")]

use cases::{Act, Fields, Value};
use features::cards::open_many;
use features::cases::{By, Cases, Opening, Request};
use kernel::{Actor, CaseId, Channel, CustomerId, DAY_US, StaffId};
use platform::access::Role;
use std::time::Instant;
use testkit::{TestApp, databases, sample_customer};

const CUSTOMERS: i64 = 100;
const PAGES: usize = 200;
const ACTS: usize = 1_000;

#[tokio::main]
async fn main() {
    let count: i64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10_000);
    for test in databases().await {
        let kind = test.db.kind();
        let app = TestApp::start(test, "number = 1\nname = \"none\"\n");
        let people: Vec<_> = (1..=CUSTOMERS).map(sample_customer).collect();
        open_many(&app.accounts(), &people, Actor::System, Channel::Console).await.unwrap();
        let cases = Cases::of(&app.app).unwrap();
        let agent = By {
            actor: Actor::Staff(StaffId::from_raw(1)),
            channel: Channel::Desk,
            role: Role::Agent,
            origin: None,
        };

        let begun = Instant::now();
        let mut ids = Vec::new();
        for n in 0..count {
            let id = CaseId::from_raw(app.app.ids().next(app.app.now()));
            let text = Value::Text("charged twice".to_owned());
            let opening = Opening {
                kind: "complaint".to_owned(),
                pack: Some("cn".to_owned()),
                customer: CustomerId::from_raw(1 + n % CUSTOMERS),
                fields: Fields::from([("complaint.summary".to_owned(), text)]),
            };
            cases.open(&agent, id, id.raw(), &opening).await.unwrap();
            ids.push(id);
        }
        let opened = begun.elapsed().as_secs_f64();
        println!("{kind}: {count} cases opened, {:.0} a second", ids.len() as f64 / opened);

        let mut pages = Vec::new();
        let mut after = None;
        for _ in 0..PAGES {
            let begun = Instant::now();
            let rows = cases.queue(&agent, "complaint", after, 51).await.unwrap();
            pages.push(begun.elapsed().as_secs_f64() * 1e3);
            after = rows.last().map(|row| row.id);
        }
        print("a page of the queue of 50", kind, &mut pages);

        let mut acts = Vec::new();
        for (n, id) in ids.iter().step_by((ids.len() / ACTS).max(1)).enumerate() {
            let category = ("regulator.category".to_owned(), Value::Word("fees".to_owned()));
            let act = Act::Move {
                transition: "acknowledge".to_owned(),
                input: Fields::from([category]),
                reason: None,
            };
            let request = Request { act, expected_version: Some(1), request: i64::try_from(n).unwrap() + 1 };
            let begun = Instant::now();
            cases.apply(&agent, *id, &request).await.unwrap();
            acts.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        print("an act with its commit", kind, &mut acts);

        // Two days on, the first reply of every complaint that nobody acknowledged is late.
        app.clock.advance_us(4 * DAY_US);
        let begun = Instant::now();
        let fired = cases.fire_due().await.unwrap();
        println!("{kind}: {fired} due timers, {:.0} a second", fired as f64 / begun.elapsed().as_secs_f64());
    }
}

fn print(what: &str, kind: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    println!("{kind}: {what}: median {:.2} ms, p99 {:.2} ms", at(50), at(99));
}
