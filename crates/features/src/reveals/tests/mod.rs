//! Words of things and reasons read back.

use super::model::{Thing, Why};
use kernel::CardId;

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
