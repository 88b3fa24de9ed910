//! States, codes, and values as they are kept.

use crate::changes::model::{Kept, StopCode, hash_of_typed};
use crate::changes::{Field, State, Value};
use kernel::Masked;
use platform::clock::SystemRandom;
use platform::i18n::Locale;
use proptest::prelude::*;

#[test]
fn every_state_has_a_word_of_its_own_and_what_has_ended_leads_nowhere() {
    for state in State::ALL {
        assert_eq!(State::from_word(state.word()), Some(state));
        let ends = !State::ALL.into_iter().any(|next| state.leads_to(next));
        let ended = matches!(state, State::Final | State::Stopped | State::Undone | State::Overtaken);
        assert_eq!(ends, ended, "{state:?}");
        assert!(!state.leads_to(state) && !state.leads_to(State::Requested));
    }
}

#[test]
fn nothing_is_made_that_was_not_signed() {
    let before_made: Vec<State> =
        State::ALL.into_iter().filter(|state| state.leads_to(State::Made)).collect();
    assert_eq!(before_made, [State::Waiting]);
    let before_waiting: Vec<State> =
        State::ALL.into_iter().filter(|state| state.leads_to(State::Waiting)).collect();
    assert_eq!(before_waiting, [State::Requested]);
}

#[test]
fn a_code_is_read_however_it_is_typed() {
    let code = StopCode::create(&SystemRandom);
    let shown = code.shown();
    assert_eq!(shown.len(), 19, "{shown}");
    let spaced = format!("  {} ", shown.to_lowercase().replace('-', " "));
    assert_eq!(hash_of_typed(&shown), Some(code.hash()));
    assert_eq!(hash_of_typed(&spaced), Some(code.hash()));
    assert_eq!(hash_of_typed(&shown.replace('0', "o").replace('1', "L")), Some(code.hash()));
    assert_ne!(StopCode::create(&SystemRandom).hash(), code.hash());
    for wrong in ["", "AAAA", "UUUU-UUUU-UUUU-UUUU", &"A".repeat(1_000)] {
        assert_eq!(hash_of_typed(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn no_text_is_a_panic_and_only_sixteen_letters_are_a_code(typed in "\\PC{0,80}") {
        if hash_of_typed(&typed).is_some() {
            let letters = typed.chars().filter(char::is_ascii_alphanumeric).count();
            prop_assert_eq!(letters, 16);
        }
    }

    #[test]
    fn values_are_kept_as_they_are(street in "\\PC{1,40}", city in "\\PC{1,40}", phone in "[+][0-9]{7,15}") {
        let address = |street: &str| Value::Address { street: Masked::new(street), city: Masked::new(city.as_str()) };
        let pairs = [
            (Field::Address, address(&street), address("18 Wutong Road")),
            (Field::Phone, Value::Phone(Masked::new(phone.as_str())), Value::Phone(Masked::new("+8613800000000"))),
            (Field::Language, Value::Language(Locale::En), Value::Language(Locale::ZhHant)),
        ];
        for (field, from, to) in pairs {
            let text = serde_json::to_vec(&Kept::of(&from, &to)).expect("JSON");
            let kept: Kept = serde_json::from_slice(&text).expect("what was written");
            prop_assert_eq!(kept.values(field), Some((from, to)));
        }
    }
}
