//! Key blocks: no panic, and nothing opens that was not wrapped under the key.

#![no_main]

use kernel::Random;
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, OnceLock};
use vault::{CardCrypto, CardKeyRole, CardKeyUse, CardKeys, SoftwareCardCrypto};

/// Counts up; a fuzz target wants the same keys each time.
struct Counting;

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.iter_mut().zip(1..).for_each(|(to, value)| *to = value);
    }
}

fn module() -> &'static SoftwareCardCrypto {
    static MODULE: OnceLock<SoftwareCardCrypto> = OnceLock::new();
    MODULE.get_or_init(|| {
        let keys = CardKeys::create(&Counting).expect("counted bytes are no weak key");
        SoftwareCardCrypto::new(keys, Arc::new(Counting))
    })
}

fuzz_target!(|input: &[u8]| {
    let module = module();
    let usage = CardKeyUse::CardVerification;
    for kbpk in [1, 2] {
        if let Ok(text) = std::str::from_utf8(input) {
            assert!(module.import_key(kbpk, text, usage).is_err(), "a block of nobody opened");
        }
        // A good block with one place exchanged for what came.
        let mut block =
            module.export_key(kbpk, CardKeyRole::CardVerification, 1).expect("the keys are there");
        if let [at, other, ..] = input
            && other.is_ascii_alphanumeric()
        {
            let at = usize::from(*at) % block.len();
            // Hexadecimal letters may be small; in the header they are other letters.
            let was = block.as_bytes().get(at).copied().unwrap_or(0);
            let same = was == *other || at >= 16 && was.eq_ignore_ascii_case(other);
            block.replace_range(at..=at, &char::from(*other).to_string());
            assert_eq!(module.import_key(kbpk, &block, usage).is_ok(), same);
        }
    }
});
