//! One message in each dialect: no panic, what is read can be written and read again, errors stay inside.

#![no_main]

use std::sync::OnceLock;

use connectors::iso8583::{BuiltIn, Dialect, fields};
use libfuzzer_sys::fuzz_target;

fn dialects() -> &'static [Dialect] {
    static DIALECTS: OnceLock<Vec<Dialect>> = OnceLock::new();
    DIALECTS.get_or_init(|| BuiltIn::ALL.iter().filter_map(|which| Dialect::built_in(*which).ok()).collect())
}

fuzz_target!(|input: &[u8]| {
    let Some((which, frame)) = input.split_first() else { return };
    let dialects = dialects();
    let Some(dialect) = dialects.get(usize::from(*which) % dialects.len().max(1)) else { return };
    match dialect.parse(frame) {
        Ok(message) => {
            let mut again = Vec::new();
            dialect.write(&message, &mut again).expect("what was read can be written");
            assert_eq!(dialect.parse(&again).expect("what was written can be read"), message);
            let _outcomes = (
                (fields::card_number(&message).is_ok(), fields::track2(&message).is_ok()),
                (fields::additional_amounts(&message).is_ok(), fields::replacement(&message).is_ok()),
                (fields::original(&message).is_ok(), fields::transmission_time(&message).is_ok()),
                (fields::private_element(&message, "92").is_ok(), fields::location(&message).is_ok()),
                (fields::entry_mode(&message).is_ok(), fields::processing_code(&message).is_ok()),
            );
            assert!(!format!("{message:?}").is_empty());
        }
        Err(failure) => {
            assert!(failure.error.offset <= frame.len());
            if let Some(answer) = failure.partial.and_then(|partial| partial.format_error_answer()) {
                dialect.write(&answer, &mut Vec::new()).expect("a format error can always be said");
            }
        }
    }
});
