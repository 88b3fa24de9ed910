//! How accounts were encoded before commands could wait for a chip: a chip had a mark where its command stands now.
//!
//! A row is written anew when its account is next changed, so both encodings lie in one table. Only what differs is
//! described here; everything else is as [`Standing`] has it.

use super::{
    CardState, CardStatus, ChipCommand, ChipState, Controls, Expiry, Hold, Misses, Seen, Standing,
    WaitingCommand, WaitingReversal,
};
use serde::Deserialize;

/// The byte before it.
pub(super) const VERSION: u8 = 2;

#[derive(Deserialize)]
struct Chip {
    counter: Option<u16>,
    leap_allowed: bool,
    /// Whether the next answer told the chip to set its PIN tries back.
    unblock_pin: bool,
}

#[derive(Deserialize)]
struct Card {
    card: i64,
    status: CardStatus,
    expiry: Expiry,
    controls: Controls,
    misses: Misses,
    cvk_generation: u32,
    chip: Chip,
    #[serde(with = "serde_bytes")]
    behaviour: Vec<u8>,
}

#[derive(Deserialize)]
struct Account {
    cash_limit_minor: i64,
    watched: bool,
    home_country: u16,
    home: Option<(i32, i32)>,
    utc_offset_min: i16,
    cards: Vec<Card>,
    holds: Vec<Hold>,
    seen: Vec<Seen>,
    seen_dropped_s: u32,
    waiting: Vec<WaitingReversal>,
}

/// Reads what stands behind the version byte.
pub(super) fn decode(bytes: &[u8]) -> Result<Standing, postcard::Error> {
    let old: Account = postcard::from_bytes(bytes)?;
    Ok(Standing {
        cash_limit_minor: old.cash_limit_minor,
        watched: old.watched,
        home_country: old.home_country,
        home: old.home,
        utc_offset_min: old.utc_offset_min,
        cards: old.cards.into_iter().map(CardState::from).collect(),
        holds: old.holds,
        seen: old.seen,
        seen_dropped_s: old.seen_dropped_s,
        waiting: old.waiting,
    })
}

impl From<Card> for CardState {
    fn from(old: Card) -> Self {
        let unblock = || WaitingCommand::new(ChipCommand::UnblockPin);
        Self {
            card: old.card,
            status: old.status,
            expiry: old.expiry,
            controls: old.controls,
            misses: old.misses,
            cvk_generation: old.cvk_generation,
            chip: ChipState {
                counter: old.chip.counter,
                leap_allowed: old.chip.leap_allowed,
                waiting: old.chip.unblock_pin.then(unblock),
            },
            behaviour: old.behaviour,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of that layout, put together from the description of the format: an account with one card whose chip was to
    /// be unblocked, one that was never used, a hold and an answered message.
    const WRITTEN: &str = "02e0d40301f4050188a8972d88d89208780216011e0c00010101904e0100020708030201ac0201010668616269747318001f01010101000000000001000000000112c41380f7c4d5060001090c12c0f287d5060000";

    #[test]
    fn accounts_of_then_are_read_and_written_as_now() {
        let bytes: Vec<u8> = (0..WRITTEN.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&WRITTEN[at..at + 2], 16).unwrap())
            .collect();
        let read = Standing::decode(&bytes).expect("the old encoding");
        assert_eq!((read.cash_limit_minor, read.watched, read.home_country), (30_000, true, 756));
        assert_eq!((read.home, read.utc_offset_min), (Some((47_376_900, 8_541_700)), 60));
        let [used, unused] = read.cards.as_slice() else { panic!("two cards: {:?}", read.cards) };
        let waiting = Some(WaitingCommand::new(ChipCommand::UnblockPin));
        assert_eq!(used.chip, ChipState { counter: Some(300), leap_allowed: true, waiting });
        assert_eq!((used.status, used.cvk_generation, used.misses.pin), (CardStatus::Frozen, 2, 3));
        assert_eq!(
            used.controls,
            Controls { online: false, payment_max_minor: Some(5_000), ..Controls::default() }
        );
        assert_eq!(
            (used.misses.at_s.as_slice(), used.behaviour.as_slice()),
            ([7, 8].as_slice(), b"habits".as_slice())
        );
        assert_eq!(unused.chip, ChipState::default());
        assert_eq!(
            read.holds,
            [Hold { authorization: 9, minor: 1_250, expires_s: 1_790_000_000, cash: false }]
        );
        assert_eq!(read.seen, [Seen { key: -5, content: 6, authorization: 9, at_s: 1_789_000_000 }]);
        let mut again = Vec::new();
        read.encode(&mut again).expect("encoded");
        assert_eq!(Standing::decode(&again).expect("the encoding of now"), read);
        for cut in 1..bytes.len() {
            assert!(Standing::decode(&bytes[..cut]).is_err(), "{cut} bytes of {}", bytes.len());
        }
    }
}
