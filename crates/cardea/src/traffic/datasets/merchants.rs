//! Merchants of imported files: what the wire needs, made from a name.
//!
//! The files have no merchant numbers, so DE42 and DE41 are derived from the name by a fixed hash: the same
//! merchant has the same numbers in every file and every run.

use std::collections::HashMap;
use std::sync::Arc;

use crate::traffic::event::Merchant;

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

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
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
