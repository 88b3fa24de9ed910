//! Prints what the case kernel costs: `apply`, `offers`, a clock over 1,000 events, a replay, a calendar.
//!
//! ```text
//! cargo run --release -p cardea-cases --example kernel_cost -- examples/issuer
//! ```
//!
//! Each figure is the best of several rounds, so that a busy machine disturbs it little.

#![expect(clippy::print_stdout, reason = "a program that prints its findings")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs a real clock and its argument")]

use cases::{
    Act, Acting, Book, Calendar, Calendars, Case, Command, Event, EventBody, Fields, Kind, Registry, Value,
};
use kernel::{Actor, HOUR_US, StaffId, Timestamp};
use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// Monday 2 March 2026, 10:00 in Shanghai.
const START: Timestamp = Timestamp::from_us(1_772_416_800_000_000);
const ROUNDS: usize = 30;

/// The best time of one call over some rounds of `calls`, in µs.
fn best(calls: u32, mut call: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        (0..calls).for_each(|_| call());
        best = best.min(begun.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
    }
    best
}

fn texts(folder: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        found.push((name.unwrap_or_default(), std::fs::read_to_string(&path)?));
    }
    Ok(found)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of an issuer")?;
    let folder = Path::new(&folder);
    let files = texts(&folder.join("calendars"))?;
    let china =
        files.iter().find(|(name, _)| name == "cn_desk").map(|(_, text)| text.clone()).unwrap_or_default();
    let mut calendars = Calendars::new();
    for (name, text) in files {
        calendars.insert(name, Calendar::parse(&text)?);
    }
    let kinds =
        texts(&folder.join("cases"))?.iter().map(|(_, text)| Kind::parse(text)).collect::<Result<_, _>>()?;
    let book = Book::new(kinds, calendars, Registry::standard())
        .map_err(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;

    let system = Acting { actor: Actor::System, roles: Vec::new(), same: Vec::new(), at: START };
    let opened =
        book.open("complaint", Some("cn"), &Fields::new(), &system).map_err(|found| format!("{found:?}"))?;
    let case = Case::opened(&opened).ok_or("no opening")?;
    let roles = vec!["complaint_handler".to_owned()];
    let handler = Acting { actor: Actor::Staff(StaffId::from_raw(1)), roles, same: Vec::new(), at: START };
    let category = ("regulator.category".to_owned(), Value::Word("fees".to_owned()));
    let act =
        Act::Move { transition: "acknowledge".to_owned(), input: Fields::from([category]), reason: None };
    let command = Command { act, expected_version: Some(1) };
    let apply = best(2_000, || {
        let _ = black_box(book.apply(black_box(&case), &command, &handler));
    });
    let offers = best(500, || {
        black_box(book.offers(black_box(&case), &handler));
    });

    let events = long(&opened);
    let long = Case::fold(&events).ok_or("a gap")?;
    let now = long.changed_at;
    let clocks = best(50, || {
        black_box(book.clocks(black_box(&long), now));
    });
    let count = book.clocks(&long, now).len();
    let fold = best(50, || {
        black_box(Case::fold(black_box(&events)));
    });
    let calendar = best(1, || {
        let _ = black_box(Calendar::parse(&china));
    });
    println!("apply a transition            {apply:9.2} µs");
    println!("offers of a case              {offers:9.2} µs");
    println!("{count} clocks over {} events  {clocks:9.2} µs", events.len());
    println!("replay of {} events         {fold:9.2} µs", events.len());
    println!("a calendar, read and laid out {calendar:9.2} µs");
    Ok(())
}

/// A case that waited for its customer five hundred times: 1,000 events, with a pause each second one.
fn long(opened: &Event) -> Vec<Event> {
    let mut events = vec![opened.clone()];
    for seq in 2..=1_000_u64 {
        let (transition, to) = if seq % 2 == 0 {
            ("ask_customer", "waiting_customer")
        } else {
            ("customer_replied", "assessing")
        };
        let at = START.plus_us(i64::try_from(seq).unwrap_or(0) * HOUR_US);
        let body = EventBody::Moved {
            transition: transition.to_owned(),
            to: to.to_owned(),
            closes: false,
            fields: Fields::new(),
            reason: None,
            approved: None,
            broke_glass: false,
            spans: Default::default(),
            extended: Vec::new(),
            timer: None,
        };
        events.push(Event { seq, at, actor: Actor::System, body });
    }
    events
}
