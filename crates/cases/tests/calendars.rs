//! Calendars and clocks against a second implementation that looks at each minute by itself.

#![cfg(test)]

use cases::{Book, Calendar, Calendars, Case, Event, EventBody, Fields, Kind, Registry, Span, Why};
use jiff::civil::date;
use jiff::tz::TimeZone;
use kernel::{Actor, MINUTE_US, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

const WEEK: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Opening hours in minutes, by weekday, and days with hours of their own.
#[derive(Clone, Debug)]
struct Hours {
    zone: &'static str,
    wall: TimeZone,
    week: Vec<Vec<(u32, u32)>>,
    days: BTreeMap<jiff::civil::Date, Vec<(u32, u32)>>,
}

impl Hours {
    fn file(&self) -> String {
        let words = |name: &str| format!("{{ zh-Hans = \"{name}\", zh-Hant = \"{name}\", en = \"{name}\" }}");
        let list = |periods: &[(u32, u32)]| {
            let texts: Vec<String> = periods
                .iter()
                .map(|(from, to)| {
                    format!("\"{:02}:{:02}-{:02}:{:02}\"", from / 60, from % 60, to / 60, to % 60)
                })
                .collect();
            format!("[{}]", texts.join(", "))
        };
        let mut text =
            format!("name = {}\nzone = \"{}\"\nyears = [2026, 2026]\n[week]\n", words("x"), self.zone);
        for (name, periods) in WEEK.iter().zip(&self.week) {
            text += &format!("{name} = {}\n", list(periods));
        }
        for (day, periods) in &self.days {
            text +=
                &format!("[[day]]\ndate = \"{day}\"\nname = {}\nhours = {}\n", words("day"), list(periods));
        }
        text
    }

    /// Whether the wall clock shows a time of a period in the minute that begins at `us`.
    fn is_open(&self, us: i64) -> bool {
        let wall = self.wall.to_datetime(jiff::Timestamp::from_microsecond(us).expect("in range"));
        let minute = wall.hour() as u32 * 60 + wall.minute() as u32;
        let day = &self.week[wall.weekday().to_monday_zero_offset() as usize];
        let periods = self.days.get(&wall.date()).unwrap_or(day);
        periods.iter().any(|(from, to)| (*from..*to).contains(&minute))
    }

    fn open_minutes(&self, from: i64, to: i64) -> i64 {
        (from..to).step_by(MINUTE_US as usize).map(|at| i64::from(self.is_open(at))).sum()
    }
}

fn periods() -> impl Strategy<Value = Vec<(u32, u32)>> {
    proptest::collection::btree_set(0_u32..=48, 0..6).prop_map(|cuts| {
        let cuts: Vec<u32> = cuts.into_iter().map(|cut| cut * 30).collect();
        cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    })
}

fn hours() -> impl Strategy<Value = Hours> {
    let zone = prop::sample::select(vec![
        "Asia/Shanghai",
        "Europe/London",
        "America/New_York",
        "America/Santiago",
        "Australia/Lord_Howe",
        "Africa/Cairo",
    ]);
    let day = (0_i32..365).prop_map(|day| date(2026, 1, 1) + jiff::Span::new().days(day));
    (zone, proptest::collection::vec(periods(), 7), proptest::collection::btree_map(day, periods(), 0..12))
        .prop_filter("open some hours a week", |(_, week, _)| {
            week.iter().flatten().map(|(from, to)| to - from).sum::<u32>() >= 600
        })
        .prop_map(|(zone, week, days)| {
            let wall = TimeZone::get(zone).expect("a zone");
            Hours { zone, wall, week, days }
        })
}

/// The first minute of 2026 in UTC, in µs.
const YEAR_US: i64 = 1_767_225_600_000_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn open_time_is_the_sum_of_open_minutes(hours in hours(), start in 0_i64..525_000, length in 0_i64..9_000) {
        let calendar = Calendar::parse(&hours.file()).expect("a calendar");
        let from = YEAR_US + start * MINUTE_US;
        let to = from + length * MINUTE_US;
        let open = calendar.open_us(Timestamp::from_us(from), Timestamp::from_us(to));
        prop_assert_eq!(open / MINUTE_US, hours.open_minutes(from, to));
    }

    #[test]
    fn around_the_changes_of_daylight_saving_too(hours in hours(), change in 0_usize..4, offset in -1_500_i64..1_500) {
        let zone = &hours.wall;
        let year = jiff::Timestamp::from_microsecond(YEAR_US).expect("in range");
        let near = zone.following(year).nth(change % 2).map_or(YEAR_US, |change| change.timestamp().as_microsecond());
        let from = near + offset * MINUTE_US;
        let to = near + 2_000 * MINUTE_US;
        let calendar = Calendar::parse(&hours.file()).expect("a calendar");
        let open = calendar.open_us(Timestamp::from_us(from), Timestamp::from_us(to));
        prop_assert_eq!(open / MINUTE_US, hours.open_minutes(from, to));
    }

    #[test]
    fn after_so_much_open_time_comes_the_first_such_moment(hours in hours(), start in 0_i64..400_000, wanted in 1_i64..3_000) {
        let calendar = Calendar::parse(&hours.file()).expect("a calendar");
        let from = Timestamp::from_us(YEAR_US + start * MINUTE_US);
        let at = calendar.after_open_us(from, wanted * MINUTE_US).expect("within six years");
        prop_assert_eq!(calendar.open_us(from, at), wanted * MINUTE_US);
        prop_assert!(hours.is_open(at.us() - MINUTE_US), "the minute before counted");
    }
}

const PAUSING: &str = include_str!("samples/pausing.toml");

/// A case that goes between working and waiting at these moments.
fn walk(moments: &[i64]) -> Case {
    let event =
        |seq: u64, at: i64, body| Event { seq, at: Timestamp::from_us(at), actor: Actor::System, body };
    let opened = EventBody::Opened {
        case_kind: "pausing".to_owned(),
        def_version: 1,
        pack: None,
        state: "working".to_owned(),
        fields: Fields::new(),
        spans: BTreeMap::new(),
    };
    let mut case = Case::opened(&event(1, moments[0], opened)).expect("an opening");
    for (seq, at) in (2..).zip(&moments[1..]) {
        let (transition, to) = if seq % 2 == 0 { ("wait", "waiting") } else { ("work", "working") };
        let body = EventBody::Moved {
            transition: transition.to_owned(),
            to: to.to_owned(),
            closes: false,
            fields: Fields::new(),
            reason: None,
            approved: None,
            broke_glass: false,
            spans: BTreeMap::new(),
            extended: Vec::new(),
            timer: None,
        };
        assert!(case.absorb(&event(seq, *at, body)));
    }
    case
}

fn book(hours: &Hours) -> Book {
    let calendar = Calendar::parse(&hours.file()).expect("a calendar");
    let kind = Kind::parse(PAUSING).expect("a kind");
    Book::new(vec![kind], Calendars::from([("desk".to_owned(), calendar)]), Registry::standard())
        .map_err(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>())
        .expect("no findings")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_paused_clock_counts_what_the_minutes_say(
        hours in hours(),
        start in 0_i64..300_000,
        steps in proptest::collection::vec(1_i64..2_500, 1..7),
        later in 0_i64..3_000,
    ) {
        let mut at = YEAR_US + start * MINUTE_US;
        let mut moments = vec![at];
        for step in &steps {
            at += step * MINUTE_US;
            moments.push(at);
        }
        let now = at + later * MINUTE_US;
        let case = walk(&moments);
        let book = book(&hours);
        let reading = book.clocks(&case, Timestamp::from_us(now)).remove("work_time").expect("it runs");

        // Minute by minute: open, and not waiting.
        let waits = |minute: i64| moments.iter().filter(|moment| **moment <= minute).count() % 2 == 0;
        let counts = |minute: i64| hours.is_open(minute) && !waits(minute);
        let consumed: i64 = (moments[0]..now).step_by(MINUTE_US as usize).map(|minute| i64::from(counts(minute))).sum();
        prop_assert_eq!(reading.consumed_us / MINUTE_US, consumed);

        // Due when 20 hours of such minutes are over, counting on from now as if nothing else happened, and
        // working again where it waits.
        let mut left = 20 * 60;
        let mut minute = moments[0];
        while left > 0 {
            let counted = if minute < now { counts(minute) } else { hours.is_open(minute) };
            left -= i64::from(counted);
            minute += MINUTE_US;
        }
        prop_assert_eq!(reading.due_at.map(Timestamp::us), Some(minute));
        prop_assert_eq!(reading.breached_at.is_some(), now > minute);

        // The trace has no gap, and what it says counted is what counted.
        let trace = book.explain(&case, "work_time", Timestamp::from_us(now));
        for pair in trace.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from);
        }
        let counted: i64 = trace.iter().filter(|part| part.why == Why::Counted).map(|part| part.to.since_us(part.from)).sum();
        prop_assert!(trace.len() >= cases::TRACE_MAX || counted == 20 * 60 * MINUTE_US, "{} counted", counted);
    }

    #[test]
    fn no_order_of_events_breaks_a_clock(hours in hours(), moments in proptest::collection::vec(any::<i64>(), 1..30), now in any::<i64>()) {
        let book = book(&hours);
        let bounded: Vec<i64> = moments.iter().map(|at| at % (YEAR_US * 2)).collect();
        let case = walk(&bounded);
        for reading in book.clocks(&case, Timestamp::from_us(now % (YEAR_US * 2))).values() {
            prop_assert!(reading.consumed_us >= 0 && reading.remaining_us >= 0);
            prop_assert!(reading.due_at.is_none_or(|due| due >= reading.started_at));
        }
        let timers = book.timers(&case);
        prop_assert!(timers.windows(2).all(|pair| pair[0].fire_at <= pair[1].fire_at));
    }
}

fn sample(name: &str) -> Calendar {
    let path = format!("{}/../../examples/issuer/calendars/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    Calendar::parse(&std::fs::read_to_string(path).expect("a file")).expect("a calendar")
}

fn at(text: &str) -> Timestamp {
    text.parse::<jiff::Zoned>().expect("a time").timestamp().into()
}

fn due(span: &str, start: &str, calendar: &str) -> Timestamp {
    let span: Span = span.parse().expect("a span");
    span.after(at(start), Some(&sample(calendar))).expect("within the calendar")
}

#[test]
fn holidays_and_moved_working_days_of_china_are_observed() {
    // Received on the last working day before the Spring Festival of 2026, a Saturday that was made one.
    assert_eq!(
        due("1 bd", "2026-02-14T10:00[Asia/Shanghai]", "cn_desk"),
        at("2026-02-24T18:00[Asia/Shanghai]")
    );
    // 28 February is a Saturday on which people work, 1 March is a Sunday on which they don't.
    assert_eq!(
        due("2 bd", "2026-02-27T10:00[Asia/Shanghai]", "cn_desk"),
        at("2026-03-02T18:00[Asia/Shanghai]")
    );
    // The lunch break doesn't count.
    assert_eq!(
        due("4 bh", "2026-03-02T11:00[Asia/Shanghai]", "cn_desk"),
        at("2026-03-02T16:30[Asia/Shanghai]")
    );
}

#[test]
fn fifteen_calendar_days_end_with_the_fifteenth_day_whatever_is_closed() {
    assert_eq!(
        due("15 d", "2026-09-25T23:59[Asia/Shanghai]", "cn_desk"),
        at("2026-10-11T00:00[Asia/Shanghai]")
    );
    assert_eq!(
        due("8 w", "2026-12-01T09:00[Europe/London]", "uk_bank"),
        at("2027-01-27T00:00[Europe/London]")
    );
    assert_eq!(
        due("1 mo", "2026-01-31T09:00[Europe/London]", "uk_bank"),
        at("2026-03-01T00:00[Europe/London]")
    );
}

#[test]
fn fifteen_business_days_skip_easter_and_summer_time() {
    // 27 March 2026 to 21 April: Good Friday and Easter Monday are closed; clocks go forward on 29 March.
    assert_eq!(
        due("15 bd", "2026-03-27T12:00[Europe/London]", "uk_bank"),
        at("2026-04-21T17:00[Europe/London]")
    );
}

#[test]
fn a_day_around_the_clock_has_no_missing_minute() {
    let calendar = sample("always");
    let (from, to) = (at("2026-05-01T00:00[Asia/Shanghai]"), at("2026-05-08T00:00[Asia/Shanghai]"));
    assert_eq!(calendar.open_us(from, to), to.since_us(from));
    assert!(calendar.is_open(at("2026-05-01T23:59:59.999999[Asia/Shanghai]")));
}

#[test]
fn periods_end_before_their_end() {
    let calendar = sample("cn_desk");
    assert!(calendar.is_open(at("2026-03-02T11:59:59.999999[Asia/Shanghai]")));
    assert!(!calendar.is_open(at("2026-03-02T12:00[Asia/Shanghai]")));
}

#[test]
fn wrong_calendars_say_what_is_wrong() {
    let file = |week: &str| {
        format!(
            "name = {{ zh-Hans = \"x\", zh-Hant = \"x\", en = \"x\" }}\nzone = \"Asia/Shanghai\"\nyears = [2026, 2026]\n[week]\n{week}\n"
        )
    };
    for (week, part) in [
        ("monday = [\"09:00-25:00\"]", "no period"),
        ("monday = [\"09:00-08:00\"]", "no period"),
        ("monday = [\"09:00-24:01\"]", "no period"),
        ("monday = [\"09:00-12:00\", \"11:00-13:00\"]", "begins before"),
        ("funday = [\"09:00-12:00\"]", "no day of the week"),
        ("monday = []", "never open"),
    ] {
        let error = Calendar::parse(&file(week)).expect_err(week);
        assert!(error.to_string().contains(part), "{week}: {error}");
    }
    assert!(
        Calendar::parse(&file("monday = [\"00:00-24:00\"]").replace("Asia/Shanghai", "Asia/Nowhere"))
            .is_err()
    );
}
