//! The counters against a second implementation that keeps every event and counts by walking them all.

use super::super::model::{Family, Live, Pending, Picture, Place, Range};
use super::{NOON, decided};
use crate::authorizations::{Class, Reason};
use kernel::{MINUTE_US, SECOND_US, Timestamp};
use proptest::prelude::*;

/// One event, in seconds after noon.
#[derive(Clone, Debug)]
struct Event {
    at_s: i64,
    reason: Reason,
    latency_us: u64,
    city: u8,
}

fn any_event(span_s: i64) -> impl Strategy<Value = Event> {
    let reason = prop::sample::select(Reason::ALL.to_vec());
    (0..span_s, reason, 0..2_000_000_u64, 0..4_u8).prop_map(|(at_s, reason, latency_us, city)| Event {
        at_s,
        reason,
        latency_us,
        city,
    })
}

fn at(second: i64) -> Timestamp {
    NOON.plus_us(second * SECOND_US)
}

fn count_all(events: &[Event]) -> Live {
    let mut live = Live::new(NOON);
    for event in events {
        live.take(at(event.at_s), &decided(event.reason, event.latency_us, &format!("City {}", event.city)));
    }
    live
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn minutes_and_seconds_are_what_counting_by_hand_gives(
        mut events in prop::collection::vec(any_event(7_000), 1..250), from in 0..7_000_i64, width in 1..1_800_i64,
    ) {
        events.sort_by_key(|event| event.at_s);
        let live = count_all(&events);
        let noon_s = NOON.us() / SECOND_US;
        let within = |event: &&Event| event.at_s > from - width && event.at_s <= from;
        let sums = live.sums_of_seconds(noon_s + from, width);
        for family in [Family::Approved].into_iter().chain(Family::DECLINED) {
            let by_hand = events.iter().filter(within).filter(|event| Family::of(event.reason) == family).count();
            prop_assert_eq!(sums.get(family), by_hand as u64);
        }
        let (last, minutes) = (from / 60, width / 60 + 1);
        let noon_min = NOON.us() / MINUTE_US;
        for reason in Reason::ALL {
            let here = |event: &&Event| event.reason == *reason
                && event.at_s / 60 > last - minutes && event.at_s / 60 <= last;
            prop_assert_eq!(live.count(*reason, noon_min + last, minutes), events.iter().filter(here).count() as u64);
        }
    }

    #[test]
    fn the_picture_is_what_counting_by_hand_gives(mut events in prop::collection::vec(any_event(10_000), 1..300)) {
        events.sort_by_key(|event| event.at_s);
        let live = count_all(&events);
        let now_s = 10_000;
        let picture = Picture::take(&live, at(now_s), Range::Hour);
        let last = now_s / 60;
        let in_range: Vec<&Event> =
            events.iter().filter(|event| event.at_s / 60 > last - 60 && event.at_s / 60 <= last).collect();
        prop_assert_eq!(picture.sums.total(), in_range.len() as u64);
        let approved = in_range.iter().filter(|event| event.reason.is_approval()).count();
        prop_assert_eq!(picture.sums.approved(), approved as u64);
        for line in &picture.places {
            let Place::City { city, .. } = &line.place else { panic!("only cities were counted") };
            let here = in_range.iter().filter(|event| format!("City {}", event.city) == *city).count();
            prop_assert_eq!(line.sums.total(), here as u64);
        }
        let in_places: u64 = picture.places.iter().map(|line| line.sums.total()).sum();
        prop_assert_eq!(in_places, picture.sums.total());
        let mut recent: Vec<u64> = events.iter().filter(|event| event.at_s / 60 >= last - 1 && event.at_s / 60 <= last)
            .map(|event| event.latency_us).collect();
        recent.sort_unstable();
        match picture.latency_us {
            None => prop_assert!(recent.is_empty()),
            Some([p50, ..]) => {
                let exact = recent[recent.len().div_ceil(2) - 1];
                prop_assert!(p50.abs_diff(exact) * 32 <= exact.max(32), "{p50} for {exact}");
            }
        }
    }

    #[test]
    fn what_is_stored_adds_up_however_often_it_is_taken(
        mut events in prop::collection::vec(any_event(7_000), 1..200), every in 1..50_usize,
    ) {
        events.sort_by_key(|event| event.at_s);
        let (mut live, mut stored) = (Live::new(NOON), Pending::default());
        for (n, event) in events.iter().enumerate() {
            live.take(at(event.at_s), &decided(event.reason, event.latency_us, &format!("City {}", event.city)));
            if n % every == 0 {
                let mut pending = live.take_pending();
                let part = pending.split(n % 7);
                prop_assert!(part.len() <= n % 7);
                prop_assert_eq!(stored.put_back(part), 0);
                // Every second write fails and is tried again.
                if n % 2 == 0 { prop_assert_eq!(live.put_back(pending), 0) } else { prop_assert_eq!(stored.put_back(pending), 0) }
            }
        }
        prop_assert_eq!(stored.put_back(live.take_pending()), 0);
        let counted: u64 = stored.minutes.values().map(|total| total.count).sum();
        let money: i64 = stored.minutes.values().map(|total| total.minor).sum();
        prop_assert_eq!((counted, money), (events.len() as u64, 250 * events.len() as i64));
        prop_assert_eq!(stored.places.values().sum::<u64>(), events.len() as u64);
        prop_assert_eq!(stored.classes.values().sum::<u64>(), events.len() as u64);
    }

    #[test]
    fn places_read_back(country in any::<u16>(), city in "[ -~\u{4e00}-\u{4e20}]{0,60}") {
        let place = Place::city(country, &city);
        prop_assert_eq!(Place::from_text(&place.to_text()), place);
    }
}

#[test]
fn a_place_that_is_cut_between_words_reads_back() {
    let place = Place::city(156, &format!("\u{7} {} tail", "a".repeat(39)));
    assert_eq!(place, Place::city(156, &"a".repeat(39)));
    assert_eq!(Place::from_text(&place.to_text()), place);
}

#[test]
fn a_clock_that_jumps_leaves_holes_and_no_ghosts() {
    let mut live = Live::new(NOON);
    live.take(at(0), &decided(Reason::Approved, 5, "A"));
    let day_s = 86_400;
    live.take(at(day_s), &decided(Reason::OverLimit, 5, "A"));
    let last_s = NOON.us() / SECOND_US + day_s;
    assert_eq!(live.sums_of_seconds(last_s, 7_200).total(), 1);
    assert_eq!(live.sums_of_minutes(last_s / 60, 1_440).total(), 1);
    // A message with an older time than the ring holds is not counted in a newer slot.
    live.take(at(0), &decided(Reason::Approved, 5, "A"));
    assert_eq!(live.sums_of_minutes(last_s / 60, 1_440).total(), 1);
}

#[test]
fn only_requests_that_were_decided_are_counted() {
    let mut live = Live::new(NOON);
    for class in [Class::Advice, Class::Reversal, Class::ReversalAdvice, Class::History] {
        let mut one = decided(Reason::Accepted, 5, "A");
        one.class = class;
        live.take(NOON, &one);
    }
    assert_eq!(live.sums_of_minutes(NOON.us() / MINUTE_US, 60).total(), 0);
    assert_eq!(live.take_pending(), Pending::default());
}

#[test]
fn more_places_than_there_is_room_for_keep_the_sum() {
    let mut live = Live::new(NOON);
    for n in 0..2_000 {
        live.take(NOON, &decided(Reason::Approved, 5, &format!("Village {n}")));
    }
    let last = NOON.us() / MINUTE_US;
    let places = live.groups.places(last, Range::Quarter);
    assert!(places.len() <= 513, "{} places", places.len());
    assert_eq!(places.iter().map(|(_, sums, _)| sums.total()).sum::<u64>(), 2_000);
    live.groups.prune(last + 3 * 1_440);
    assert!(!live.groups.places(last, Range::Quarter).iter().any(|(_, sums, _)| sums.total() > 0));
    // What must still be stored is not forgotten before.
    assert_eq!(live.take_pending().places.values().sum::<u64>(), 2_000);
    live.groups.prune(last + 3 * 1_440);
    assert!(live.groups.places(last, Range::Day).is_empty());
}
