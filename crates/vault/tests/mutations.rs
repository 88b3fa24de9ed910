//! Chip data and key blocks from outside, mutated for a while: no panic, nothing is read that is not there, and no block
//! opens that was not wrapped under the key. The targets under `fuzz/` do the same at night, with coverage.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]
#![expect(clippy::print_stdout, reason = "the seed of a failure has to be told")]

use kernel::Random;
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;
use vault::{
    CardCrypto, CardKeyRole, CardKeyUse, CardKeys, ChipData, ChipScheme, Objects, SoftwareCardCrypto,
};

/// A small generator whose seed is printed, so that a failure can be run again with `CARDEA_FUZZ_SEED`.
struct Chance(Cell<u64>);

impl Chance {
    fn below(&self, end: usize) -> usize {
        let mut word = self.0.get();
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        self.0.set(word);
        usize::try_from(word % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn byte(&self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// One change: a byte set, a bit turned, a byte more or less, an end cut off, digits, or the tail of another.
    fn mutate(&self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.below(bytes.len());
        match self.below(7) {
            0 if !bytes.is_empty() => bytes[at] = self.byte(),
            1 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
            2 => bytes.insert(at, self.byte()),
            3 if !bytes.is_empty() => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            5 if !bytes.is_empty() => bytes[at] = b"0123456789ABCDEFabcdef"[self.below(22)],
            _ => {
                let other = &corpus[self.below(corpus.len())];
                bytes.truncate(at);
                bytes.extend(&other[self.below(other.len())..]);
            }
        }
    }
}

/// The same keys each time.
struct Counting;

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.iter_mut().zip(1..).for_each(|(to, value)| *to = value);
    }
}

fn setting(name: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "the variable of the tests, not a setting")]
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Runs `exercise` on mutants of `corpus` for `CARDEA_FUZZ_SECONDS` (2 unless set); it says whether one was well-formed.
#[expect(clippy::disallowed_methods, reason = "a timed run, set from outside, measures real time")]
fn mutations(corpus: &[Vec<u8>], exercise: impl Fn(&[u8]) -> bool) -> (u64, u64) {
    let patience = Duration::from_secs(setting("CARDEA_FUZZ_SECONDS").unwrap_or(2));
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let seed = setting("CARDEA_FUZZ_SEED").unwrap_or(u64::from(clock.subsec_nanos()) | 1);
    println!("CARDEA_FUZZ_SEED={seed}");
    let (chance, start) = (Chance(Cell::new(seed)), std::time::Instant::now());
    let (mut runs, mut accepted) = (0, 0);
    while start.elapsed() < patience {
        for _ in 0..64 {
            let mut bytes = corpus[chance.below(corpus.len())].clone();
            for _ in 0..=chance.below(5) {
                chance.mutate(&mut bytes, corpus);
            }
            accepted += u64::from(exercise(&bytes));
            runs += 1;
        }
    }
    println!("{runs} mutants, {accepted} of them still well-formed");
    (runs, accepted)
}

fn chips() -> Vec<Vec<u8>> {
    let of = |issuer_data: &[u8], psn| ChipData {
        amount: [0, 0, 0, 0, 1, 0],
        other_amount: [0; 6],
        country: [1, 0x56],
        terminal_results: [0, 0, 0, 0x80, 0],
        currency: [1, 0x56],
        date: [0x26, 7, 4],
        kind: [0],
        unpredictable: [1, 2, 3, 4],
        profile: [0x39, 0],
        atc: [0, 7],
        issuer_data: issuer_data.to_vec(),
        cryptogram: [9; 8],
        information: Some(0x80),
        psn,
    };
    let visa = [6, 1, 0x12, 3, 0xA0, 0, 0];
    let mut format_2 = [0_u8; 32];
    format_2[..3].copy_from_slice(&[0x1F, 0x22, 1]);
    let m_chip = [1, 0x14, 0xA0, 0, 3, 0x22, 0, 0];
    [of(&visa, Some(1)), of(&format_2, None), of(&m_chip, Some(99))].iter().map(ChipData::to_field).collect()
}

#[test]
fn mutated_chip_data_are_read_or_refused() {
    let (runs, accepted) = mutations(&chips(), |input| {
        if let Ok(objects) = Objects::read(input) {
            let read: usize = objects.iter().map(|(_, value)| value.len() + 2).sum();
            assert!(read <= input.len());
        }
        let Ok(chip) = ChipData::read(input) else { return false };
        assert!(ChipData::read(&chip.to_field()).unwrap() == chip, "what was written reads back");
        for scheme in [ChipScheme::Visa, ChipScheme::MChip] {
            let _outcomes = (chip.version(scheme), chip.scripts(scheme), chip.amount_minor());
        }
        assert!(chip.is_about(100, 156) == (chip.amount_minor() == Some(100) && chip.currency == [1, 0x56]));
        true
    });
    assert!(runs > 1_000 && accepted > 0 && accepted < runs, "the run must see both outcomes");
}

#[test]
fn no_mutated_key_block_opens() {
    let keys = CardKeys::create(&Counting).unwrap();
    let module = SoftwareCardCrypto::new(keys, Arc::new(Counting));
    let of = |kbpk| module.export_key(kbpk, CardKeyRole::CardVerification, 1).unwrap().into_bytes();
    let corpus = [of(1), of(2)];
    let (runs, opened) = mutations(&corpus, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return false };
        let opens =
            [1, 2].iter().any(|kbpk| module.import_key(*kbpk, text, CardKeyUse::CardVerification).is_ok());
        // Hexadecimal letters may be small; in the header they are other letters.
        let same = corpus.iter().any(|block| {
            block.len() == input.len() && block[..16] == input[..16] && block.eq_ignore_ascii_case(input)
        });
        assert!(opens == same, "{text}");
        opens
    });
    assert!(runs > 1_000 && opened < runs, "{opened} of {runs}");
}
