//! Field 55: no panic, nothing is read that is not there, and what is read can be written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::{ChipData, ChipScheme, Objects};

fuzz_target!(|input: &[u8]| {
    if let Ok(objects) = Objects::read(input) {
        let read: usize = objects.iter().map(|(_, value)| value.len() + 2).sum();
        assert!(read <= input.len());
    }
    if let Ok(chip) = ChipData::read(input) {
        let again = ChipData::read(&chip.to_field()).expect("what was written can be read");
        assert!(again == chip);
        let _outcomes =
            (chip.version(ChipScheme::Visa), chip.version(ChipScheme::MChip), chip.amount_minor());
    }
});
