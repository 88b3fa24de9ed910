use super::PUBLISHED;
use crate::card::vectors::cmac;
use crate::{CardKeyRole, CardKeyUse, CardKeys, KeyBlockVersion, PinFormat, VaultError, tests::Seeded};

fn every_use() -> Vec<CardKeyUse> {
    CardKeys::create(&Seeded::new(1)).unwrap().shown().map(|(usage, ..)| usage).collect()
}

#[test]
fn check_values_are_those_of_the_trade() {
    let mut keys = CardKeys::default();
    keys.add(CardKeyUse::CardVerification, 1, &PUBLISHED).unwrap();
    // The key of RFC 4493; its example below shows that the CMAC is the published one, the check value was computed
    // with OpenSSL.
    let of_rfc =
        [0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c];
    keys.add(CardKeyUse::ZonePin(PinFormat::Iso4), 1, &of_rfc).unwrap();
    let checks: Vec<_> = keys.shown().map(|(.., check)| check).collect();
    assert_eq!(checks, [[0x08, 0xD7, 0xB4], [0x7a, 0xd3, 0x86]]);
    let message =
        [0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a];
    let published =
        [0x07, 0x0a, 0x16, 0xb4, 0x6b, 0x4d, 0x41, 0x44, 0xf7, 0x9b, 0xdd, 0x9d, 0xd0, 0x4a, 0x28, 0x7c];
    assert_eq!(cmac(&of_rfc, &message), published);
}

#[test]
fn names_of_uses_read_back() {
    let uses = every_use();
    assert_eq!(uses.len(), 11);
    for usage in uses {
        assert_eq!(CardKeyUse::from_text(&usage.to_text()), Some(usage));
    }
    for text in ["", "zone PIN", "zone PIN 1", "zone PIN 2", "PIN verification", "key block A", "cvk"] {
        assert_eq!(CardKeyUse::from_text(text), None, "{text:?}");
    }
}

#[test]
fn keys_that_can_not_be_are_refused() {
    let mut keys = CardKeys::default();
    for usage in every_use() {
        for length in [0, 7, 8, 15, 17, 33] {
            let error = keys.add(usage, 1, &vec![1; length]).unwrap_err();
            assert!(matches!(error, VaultError::CardKeyLength { .. }), "{usage:?} {length}");
        }
    }
    assert!(matches!(keys.add(CardKeyUse::Cryptogram, 1, &[1; 24]), Err(VaultError::CardKeyLength { .. })));
    let (one, two) = ([1; 8], [2; 8]);
    for weak in [[one, one].concat(), [one, two, two].concat(), [two, two, one].concat()] {
        let error = keys.add(CardKeyUse::ZonePin(PinFormat::Iso0), 1, &weak).unwrap_err();
        assert!(matches!(error, VaultError::WeakKey));
    }
    assert_eq!(keys.shown().count(), 0);
    // AES has no parts that cancel.
    keys.add(CardKeyUse::KeyBlock(KeyBlockVersion::D), 1, &[1; 16]).unwrap();
    let role = CardKeyRole::KeyBlock;
    let again = keys.add(CardKeyUse::KeyBlock(KeyBlockVersion::B), 1, &PUBLISHED);
    assert!(matches!(again, Err(VaultError::Taken { role: taken, generation: 1 }) if taken == role));
}

#[test]
fn a_renewed_key_is_the_newest_and_the_old_one_stays() {
    let random = Seeded::new(3);
    let mut keys = CardKeys::create(&random).unwrap();
    assert_eq!(keys.newest(CardKeyRole::ZonePin), Some(3));
    assert_eq!(keys.renew(CardKeyUse::CardVerification, &random).unwrap(), 2);
    let generations: Vec<u32> = keys.generations(CardKeyRole::CardVerification).collect();
    assert_eq!(generations, [1, 2]);
    assert_eq!(format!("{keys:?}"), "[12 card keys]");
}
