//! References carry nothing about a person; words read back.

use super::model::{Reference, Thing, Why};
use kernel::CardId;

#[test]
fn a_reference_is_short_and_carries_no_card_number_and_no_words() {
    for good in ["C-2026-000123", "case7", "A"] {
        assert_eq!(
            Reference::parse(&format!(" {good} ")).map(|reference| reference.0),
            Some(good.to_owned())
        );
    }
    for bad in
        ["", "9000123412341234", "9000-1234-1234", "Zhou Minghui", "周明慧", "a@b.example", &"a".repeat(25)]
    {
        assert_eq!(Reference::parse(bad), None, "{bad}");
    }
}

#[test]
fn words_of_things_and_reasons_read_back() {
    for thing in [Thing::Phone, Thing::Email, Thing::Card(CardId::from_raw(7))] {
        assert_eq!(thing.word().parse(), Ok(thing));
    }
    assert_eq!("pin".parse::<Thing>(), Err(()));
    for why in Why::ALL {
        assert_eq!(serde_json::from_value::<Why>(why.word().into()).unwrap(), why);
    }
}
