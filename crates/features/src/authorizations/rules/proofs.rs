//! Whether what was presented beside the card's number is right, and what follows where it is not.
//!
//! The order is fixed: chip, PIN, then values that can be read off the card. The first that fails gives the
//! answer and is counted; nothing is said about those behind it, so no message yields two guesses. What is
//! refused gets one answer, right or wrong.

use super::super::model::{CardState, ChipCheck, ChipState, PinCheck, Proofs, Reason, ValueCheck, seconds};
use kernel::Timestamp;

/// How far a chip's transaction counter may run ahead of the last one seen: payments offline, taps that were
/// broken off. A greater gap means that the chip was used at length out of sight.
pub const CHIP_COUNTER_GAP_MAX: u16 = 5_000;

/// Compares, counts misses and moves the chip's counter on the card.
pub fn proofs_hold(
    card: &mut CardState,
    proofs: &Proofs,
    now: Timestamp,
    watched: bool,
) -> Result<(), Reason> {
    let now_s = seconds(now);
    let by_chip = proofs.chip.map(|check| chip_holds(card, check, now_s)).transpose()?.is_some();
    let by_pin = proofs.pin.map(|check| pin_holds(card, check)).transpose()?.is_some();
    values_hold(card, proofs, now_s, Shown { otherwise: by_chip || by_pin, watched })
}

/// What else is known about a message whose values are compared.
#[derive(Clone, Copy)]
struct Shown {
    /// The chip or a right PIN shows the card already.
    otherwise: bool,
    /// Whether a stripe without its value is refused.
    watched: bool,
}

fn chip_holds(card: &mut CardState, check: ChipCheck, now_s: u32) -> Result<(), Reason> {
    let (counter, same_amount) = match check {
        ChipCheck::Right { counter, same_amount, .. } => (counter, same_amount),
        ChipCheck::Wrong => {
            // Eight bytes can't be guessed, so a time of refusal is not prolonged by them.
            if !card.misses.refuse_values(now_s) {
                card.misses.add_value(now_s);
            }
            return Err(Reason::Cryptogram);
        }
        ChipCheck::Unverifiable => return Err(Reason::Cryptogram),
    };
    if let Some(last) = card.chip.counter {
        if counter <= last {
            return Err(Reason::CryptogramReplay);
        }
        if counter - last > CHIP_COUNTER_GAP_MAX && !card.chip.leap_allowed {
            return Err(Reason::ChipCounter);
        }
    }
    card.chip = ChipState { counter: Some(counter), leap_allowed: false, ..card.chip };
    // Its transaction is used up all the same. A terminal that asks for another amount than it showed the chip is no
    // guess of the cardholder's.
    if same_amount { Ok(()) } else { Err(Reason::ChipAmount) }
}

fn pin_holds(card: &mut CardState, check: PinCheck) -> Result<(), Reason> {
    if card.misses.refuse_pin() {
        return Err(Reason::PinTries);
    }
    match check {
        PinCheck::Right => Ok(()),
        PinCheck::Wrong => {
            card.misses.add_pin();
            Err(Reason::Pin)
        }
        PinCheck::Unverifiable => Err(Reason::Pin),
    }
}

fn values_hold(card: &mut CardState, proofs: &Proofs, now_s: u32, shown: Shown) -> Result<(), Reason> {
    if card.misses.refuse_values(now_s) {
        // What the card itself carries along is passed over where chip or PIN show the card; a value that
        // somebody typed is refused in any case.
        let carried = proofs.expiry.is_some() || proofs.track.is_some();
        let refused = proofs.printed.is_some() || (carried && !shown.otherwise);
        return if refused { Err(Reason::CardValueTries) } else { Ok(()) };
    }
    let wrong = if proofs.printed.as_ref().is_some_and(|check| !check.is_right_under(card.cvk_generation)) {
        Reason::CardValue
    } else if proofs.track.as_ref().is_some_and(|check| track_is_wrong(check, card, shown)) {
        Reason::TrackValue
    } else if proofs.expiry.is_some_and(|expiry| expiry != card.expiry) {
        Reason::Expired
    } else {
        return Ok(());
    };
    card.misses.add_value(now_s);
    Err(wrong)
}

/// A stripe without a value shows nothing. Where rules watch the account that is refused like a wrong one.
fn track_is_wrong(check: &ValueCheck, card: &CardState, shown: Shown) -> bool {
    if check.coded { !check.is_right_under(card.cvk_generation) } else { shown.watched && !shown.otherwise }
}

#[cfg(test)]
mod tests {
    use super::super::super::model::{
        CARD_VALUE_MISSES_MAX, CARD_VALUE_MONTH_MISSES_MAX, CountedProof, Expiry, Misses, NewCard,
        PIN_MISSES_MAX,
    };
    use super::*;
    use kernel::{CardId, DAY_US, SECOND_US};
    use proptest::prelude::*;

    const OWN: Expiry = Expiry { year: 30, month: 12 };
    const START_US: i64 = 1_790_000_000 * SECOND_US;

    fn card() -> CardState {
        let card = CardId::from_raw(1);
        CardState::new(&NewCard { card, key: [0; 32], expiry: OWN, cvk_generation: 2 })
    }

    /// A message as a guesser sees it: which values come along, and whether each is right.
    #[derive(Clone, Copy, Debug)]
    struct Guess {
        after_us: i64,
        printed: Option<bool>,
        track: Option<bool>,
        expiry: Option<bool>,
        pin: Option<bool>,
        chip: Option<bool>,
        watched: bool,
    }

    const fn of_chip(counter: u16) -> ChipCheck {
        ChipCheck::Right { counter, same_amount: true, scripts: None }
    }

    fn value(right: bool) -> ValueCheck {
        ValueCheck { right_under: if right { vec![2] } else { vec![1, 3] }, coded: true }
    }

    impl Guess {
        fn proofs(&self, counter: u16) -> Proofs {
            let expiry = |right| if right { OWN } else { Expiry { month: 11, ..OWN } };
            let pin = |right| if right { PinCheck::Right } else { PinCheck::Wrong };
            let chip = |right| if right { of_chip(counter) } else { ChipCheck::Wrong };
            Proofs {
                expiry: self.expiry.map(expiry),
                printed: self.printed.map(value),
                track: self.track.map(value),
                pin: self.pin.map(pin),
                chip: self.chip.map(chip),
            }
        }

        fn answer(&self, card: &mut CardState, now_us: i64) -> Result<(), Reason> {
            let counter = card.chip.counter.unwrap_or(0) + 1;
            hold(card, &self.proofs(counter), now_us, self.watched)
        }

        /// Whether the answer would have been another one, had this one proof been right: it was a wrong guess
        /// that told its sender so.
        fn told(&self, card: &CardState, now_us: i64, right: fn(&mut Self)) -> bool {
            let mut other = *self;
            right(&mut other);
            self.answer(&mut card.clone(), now_us) != other.answer(&mut card.clone(), now_us)
        }
    }

    fn hold(card: &mut CardState, proofs: &Proofs, now_us: i64, watched: bool) -> Result<(), Reason> {
        proofs_hold(card, proofs, Timestamp::from_us(now_us), watched)
    }

    fn guess() -> impl Strategy<Value = Guess> {
        let shown = || proptest::option::weighted(0.6, proptest::bool::weighted(0.2));
        let after_us = prop_oneof![
            3 => 0..3_600 * SECOND_US,
            1 => 0..3 * DAY_US,
            // A clock that is set back.
            1 => -3_600 * SECOND_US..0,
        ];
        (after_us, shown(), shown(), shown(), shown(), shown(), any::<bool>()).prop_map(
            |(after_us, printed, track, expiry, pin, chip, watched)| Guess {
                after_us,
                printed,
                track,
                expiry,
                pin,
                chip,
                watched,
            },
        )
    }

    fn most_within(times: &[i64], window_us: i64) -> usize {
        let within = |from: &i64| times.iter().filter(|at| (*from..from + window_us).contains(*at)).count();
        times.iter().map(within).max().unwrap_or(0)
    }

    proptest! {
        /// No order of channels and messages tells a guesser of more than five wrong values before a day's
        /// refusal, ten in 30 days, or three PINs.
        #[test]
        fn few_guesses_are_told(guesses in proptest::collection::vec(guess(), 1..120)) {
            let (mut card, mut now_us, mut pins, mut values) = (card(), START_US, 0_u8, Vec::new());
            for guess in &guesses {
                now_us += guess.after_us;
                let of_value = [
                    (guess.printed == Some(false) && guess.told(&card, now_us, |one| one.printed = Some(true))),
                    (guess.track == Some(false) && guess.told(&card, now_us, |one| one.track = Some(true))),
                    (guess.expiry == Some(false) && guess.told(&card, now_us, |one| one.expiry = Some(true))),
                ];
                let told = of_value.iter().filter(|told| **told).count();
                prop_assert!(told <= 1, "one message, one guess");
                values.extend((0..told).map(|_| now_us));
                pins += u8::from(
                    guess.pin == Some(false) && guess.told(&card, now_us, |one| one.pin = Some(true)),
                );
                let _ = guess.answer(&mut card, now_us);
            }
            prop_assert!(pins <= PIN_MISSES_MAX);
            prop_assert!(most_within(&values, 30 * DAY_US) <= CARD_VALUE_MONTH_MISSES_MAX);
            // A clock set back lengthens a refusal and never shortens it.
            if guesses.iter().all(|guess| guess.after_us >= 0) {
                prop_assert!(most_within(&values, DAY_US) <= usize::from(CARD_VALUE_MISSES_MAX));
            }
        }

        /// While a proof is refused, its right value is answered as its wrong one is.
        #[test]
        fn what_is_refused_gives_one_answer(one in guess()) {
            let mut card = card();
            card.misses = Misses { pin: PIN_MISSES_MAX, refused_until_s: u32::MAX, ..Misses::default() };
            for right in [
                |one: &mut Guess| one.pin = one.pin.map(|_| true),
                |one: &mut Guess| one.printed = one.printed.map(|_| true),
                |one: &mut Guess| one.track = one.track.map(|_| true),
                |one: &mut Guess| one.expiry = one.expiry.map(|_| true),
            ] {
                prop_assert!(!one.told(&card, START_US, right));
            }
        }

        /// A chip's counter that was taken never comes again, and one behind it never.
        #[test]
        fn a_counter_is_taken_once(counters in proptest::collection::vec(any::<u16>(), 1..60)) {
            let (mut card, mut taken) = (card(), None);
            for counter in counters {
                let proofs = Proofs { chip: Some(of_chip(counter)), ..Proofs::default() };
                let expected = match taken {
                    Some(last) if counter <= last => Err(Reason::CryptogramReplay),
                    Some(last) if counter > CHIP_COUNTER_GAP_MAX.saturating_add(last) => Err(Reason::ChipCounter),
                    _ => Ok(()),
                };
                prop_assert_eq!(hold(&mut card, &proofs, START_US, true), expected);
                if expected.is_ok() {
                    taken = Some(counter);
                }
            }
        }
    }

    #[test]
    fn chip_and_pin_go_on_while_values_are_refused() {
        let mut card = card();
        for _ in 0..CARD_VALUE_MISSES_MAX {
            let proofs = Proofs { printed: Some(ValueCheck::WRONG), ..Proofs::default() };
            assert_eq!(hold(&mut card, &proofs, START_US, true), Err(Reason::CardValue));
        }
        let carried = Proofs { expiry: Some(OWN), track: Some(value(true)), ..Proofs::default() };
        let with = |pin, chip| Proofs { pin, chip, ..carried.clone() };
        let chip = |counter| Some(of_chip(counter));
        for (proofs, answer) in [
            (with(None, None), Err(Reason::CardValueTries)),
            (with(Some(PinCheck::Right), None), Ok(())),
            (with(None, chip(1)), Ok(())),
            (with(Some(PinCheck::Right), chip(2)), Ok(())),
            (
                Proofs { printed: Some(value(true)), ..with(Some(PinCheck::Right), chip(3)) },
                Err(Reason::CardValueTries),
            ),
            (Proofs::default(), Ok(())),
        ] {
            assert_eq!(hold(&mut card, &proofs, START_US, true), answer, "{proofs:?}");
        }
        assert_eq!(hold(&mut card, &carried, START_US + DAY_US, true), Ok(()), "a day later");
    }

    #[test]
    fn a_cryptogram_over_another_amount_is_used_up_and_no_miss() {
        let mut card = card();
        let chip = |counter, same_amount| Proofs {
            chip: Some(ChipCheck::Right { counter, same_amount, scripts: None }),
            ..Proofs::default()
        };
        assert_eq!(hold(&mut card, &chip(7, false), START_US, true), Err(Reason::ChipAmount));
        assert_eq!(card.misses, Misses::default());
        assert_eq!(hold(&mut card, &chip(7, true), START_US, true), Err(Reason::CryptogramReplay));
        assert_eq!(hold(&mut card, &chip(8, true), START_US, true), Ok(()));
    }

    #[test]
    fn a_stripe_without_its_value_shows_nothing() {
        let bare = Proofs { track: Some(ValueCheck::ABSENT), ..Proofs::default() };
        assert_eq!(hold(&mut card(), &bare, START_US, true), Err(Reason::TrackValue));
        assert_eq!(hold(&mut card(), &bare, START_US, false), Ok(()), "where no rules watch");
        let wrong = Proofs { track: Some(ValueCheck::WRONG), ..Proofs::default() };
        assert_eq!(hold(&mut card(), &wrong, START_US, false), Err(Reason::TrackValue));
    }

    #[test]
    fn the_counted_proofs_have_their_words() {
        let words = [CountedProof::Pin, CountedProof::CardValue, CountedProof::ChipCounter]
            .map(|proof| serde_json::to_string(&proof).unwrap());
        assert_eq!(words, ["\"pin\"", "\"card_value\"", "\"chip_counter\""]);
    }
}
