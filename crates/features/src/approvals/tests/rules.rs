//! Nobody is worn down by being asked.

use super::super::model::{PAUSE_US, PENDING_MAX, State};
use super::super::rules::{Last, may_ask};
use kernel::Timestamp;

fn answered(state: State, at_us: i64) -> Last {
    Last { state, decided_at: Some(Timestamp::from_us(at_us)) }
}

#[test]
fn three_wait_and_no_more() {
    let now = Timestamp::from_us(0);
    assert!((0..PENDING_MAX).all(|pending| may_ask(&[], pending, now)));
    assert!(!may_ask(&[], PENDING_MAX, now));
}

#[test]
fn two_refusals_in_a_row_pause_for_an_hour() {
    let twice = [answered(State::Refused, 10), answered(State::Refused, 5)];
    assert!(!may_ask(&twice, 0, Timestamp::from_us(11)));
    assert!(!may_ask(&twice, 0, Timestamp::from_us(9 + PAUSE_US)));
    assert!(may_ask(&twice, 0, Timestamp::from_us(10 + PAUSE_US)));
    // A clock that was set back lets nobody ask again.
    assert!(!may_ask(&twice, 0, Timestamp::from_us(-PAUSE_US)));
    let between = [answered(State::Refused, 10), answered(State::Approved, 7), answered(State::Refused, 5)];
    assert!(may_ask(&between, 0, Timestamp::from_us(11)));
    assert!(may_ask(&twice[..1], 0, Timestamp::from_us(11)));
}
