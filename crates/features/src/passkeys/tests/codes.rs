//! Codes as people type them.

use super::super::model::{code_hash, new_code, read_code};
use kernel::Random;
use proptest::prelude::*;

/// Bytes that a test chose.
struct Given(Vec<u8>);

impl Random for Given {
    fn fill(&self, bytes: &mut [u8]) {
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = self.0[at % self.0.len()];
        }
    }
}

proptest! {
    #[test]
    fn a_printed_code_is_read_however_it_is_typed(
        bytes in prop::collection::vec(any::<u8>(), 20),
        lower in any::<bool>(),
        gap in prop::sample::select(vec!["", " ", "-", "  ", " - "]),
    ) {
        let code = new_code(&Given(bytes));
        let printed = code.expose().clone();
        prop_assert_eq!(printed.len(), 23);
        prop_assert!(!printed.contains(['I', 'L', 'O', 'U']));
        let mut typed = printed.replace('-', gap).replace('0', "O").replace('1', "l");
        if lower {
            typed = typed.to_lowercase();
        }
        let (typed, printed) = (read_code(&typed).unwrap(), read_code(&printed).unwrap());
        prop_assert_eq!(typed.expose(), printed.expose());
        prop_assert_eq!(code_hash(&typed), code_hash(&printed));
    }

    #[test]
    fn another_code_has_another_hash(one in prop::collection::vec(any::<u8>(), 20), at in 0_usize..20) {
        let mut two = one.clone();
        two[at] ^= 1;
        let hash = |bytes| code_hash(&read_code(new_code(&Given(bytes)).expose()).unwrap());
        prop_assert_ne!(hash(one), hash(two));
    }

    #[test]
    fn anything_can_be_typed(typed in ".{0,200}") {
        if let Some(code) = read_code(&typed) {
            prop_assert_eq!(code.expose().len(), 20);
        }
    }
}
