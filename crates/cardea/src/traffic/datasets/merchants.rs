//! Merchants of imported files: what the wire needs, made from a name.
//!
//! The files have no merchant numbers, so DE42 and DE41 are derived from the name by a fixed hash: the same
//! merchant has the same numbers in every file and every run. The terminal number also holds the place, coarsely.

use std::collections::HashMap;
use std::sync::Arc;

use crate::traffic::event::{Merchant, Place};

/// Most merchants that are remembered; later ones are made anew each time.
const REMEMBERED_MAX: usize = 100_000;
/// Digits of the derived numbers: no letter that is read as a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Merchants met so far.
#[derive(Default)]
pub(super) struct Merchants {
    known: HashMap<String, Arc<Merchant>>,
}

impl Merchants {
    /// The merchant of that name, made by `make` when it is met for the first time.
    pub(super) fn of(&mut self, name: &str, make: impl FnOnce() -> Merchant) -> Arc<Merchant> {
        if let Some(merchant) = self.known.get(name) {
            return Arc::clone(merchant);
        }
        let merchant = Arc::new(make());
        if self.known.len() < REMEMBERED_MAX {
            self.known.insert(name.to_owned(), Arc::clone(&merchant));
        }
        merchant
    }
}

/// `prefix` and as many characters of the name's hash as make `length` together (13 at most).
pub(super) fn derived_number(prefix: char, name: &str, length: usize) -> String {
    let mut hash = fnv1a(name.as_bytes());
    let mut number = String::from(prefix);
    while number.len() < length {
        let digit = usize::try_from(hash & 31).ok().and_then(|d| ALPHABET.get(d)).copied().unwrap_or(b'0');
        number.push(char::from(digit));
        hash >>= 5;
    }
    number
}

/// Steps into which a degree of latitude and of longitude is cut for a terminal's number.
const LAT_STEP: f64 = 180.0 / 1_024.0;
const LON_STEP: f64 = 360.0 / 1_024.0;

/// DE41 of a merchant's terminal at a place: `P`, two characters for latitude and longitude each, and three of
/// the merchant's hash. [`place_of_terminal`] reads the place back, to a quarter of a degree.
pub(super) fn terminal_at(place: Place, merchant: &str) -> String {
    let tail = derived_number('P', merchant, 4);
    let steps = |degrees: f64, step: f64| (degrees / step).floor().clamp(0.0, 1_023.0);
    let mut number = String::from("P");
    for cell in [steps(place.lat + 90.0, LAT_STEP), steps(place.lon + 180.0, LON_STEP)] {
        // Between 0 and 1,023 by the clamp above, so the cast cuts nothing but a fraction.
        let cell = cell as usize;
        number.extend([cell / 32, cell % 32].map(|digit| char::from(*ALPHABET.get(digit).unwrap_or(&b'0'))));
    }
    number.push_str(tail.get(1..).unwrap_or("000"));
    number
}

/// The middle of the cell in which a terminal of an imported Sparkov file stands; `None` for any other number.
///
/// ISO 8583 carries no coordinates, so a receiver looks them up by terminal. With these numbers it can make that
/// table from the wire alone.
#[must_use]
pub fn place_of_terminal(terminal_id: &str) -> Option<Place> {
    let rest = terminal_id.strip_prefix('P').filter(|rest| rest.len() == 7)?;
    let digit = |at: usize| {
        let byte = rest.as_bytes().get(at)?;
        let value = ALPHABET.iter().position(|known| known == byte)?;
        u16::try_from(value).ok()
    };
    let cell = |at: usize| Some(f64::from(digit(at)? * 32 + digit(at + 1)?) + 0.5);
    Some(Place { lat: cell(0)? * LAT_STEP - 90.0, lon: cell(2)? * LON_STEP - 180.0 })
}

/// Printable ASCII, anything else as a question mark: DE43 carries nothing more.
pub(super) fn wire_text(text: &str) -> String {
    text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}

/// The 64-bit FNV-1a hash (public domain): short, fixed for ever, and no secret depends on it.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    proptest! {
        #[test]
        fn a_terminal_tells_where_it_stands(lat in -90.0..90.0_f64, lon in -180.0..180.0_f64) {
            let number = terminal_at(Place { lat, lon }, "Schmitt Inc");
            prop_assert_eq!(number.len(), 8);
            let back = place_of_terminal(&number).expect("its own number");
            prop_assert!((back.lat - lat).abs() <= LAT_STEP / 2.0 + 1e-9, "{back:?}");
            prop_assert!((back.lon - lon).abs() <= LON_STEP / 2.0 + 1e-9, "{back:?}");
        }

        #[test]
        fn no_other_number_panics(text in ".{0,12}") {
            let _ = place_of_terminal(&text);
        }
    }

    #[test]
    fn other_terminals_have_no_place() {
        for number in ["00009421", "Q0100011", "P12345", "Pi234567", "N0000000"] {
            assert_eq!(place_of_terminal(number), None, "{number}");
        }
    }

    #[test]
    fn numbers_have_their_length_and_depend_on_the_name() {
        let number = derived_number('M', "Schmitt Inc", 13);
        assert_eq!(number.len(), 13);
        assert_eq!(number, derived_number('M', "Schmitt Inc", 13));
        assert_ne!(number, derived_number('M', "Schmitt Ltd", 13));
        assert_eq!(wire_text("Café\u{1}"), "Caf??");
    }
}
