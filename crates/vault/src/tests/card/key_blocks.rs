use super::module;
use crate::{
    CardCrypto, CardKeyRole, CardKeyUse, CardKeys, KeyBlockVersion, PinFormat, SoftwareCardCrypto,
    VaultError, card::vectors, tests::Seeded,
};
use proptest::prelude::*;

const PUBLISHED_BLOCK: &str = concat!(
    "B0096P0TE00N0000",
    "471D4FBE35E5865BDE20DBF4C15503161F55D681170BF8DD14D01B6822EF8550CB67C569DE8AC048"
);
const KBPK: u32 = 3;

fn published() -> SoftwareCardCrypto {
    let mut keys = CardKeys::create(&Seeded::new(2)).unwrap();
    // Equal halves make the key weak; the vector has it, so it is made without the check that refuses it.
    keys.insert(KBPK, vectors::weak_key(CardKeyUse::KeyBlock(KeyBlockVersion::B), &[0xAB; 16])).unwrap();
    module(keys)
}

#[test]
fn the_published_block_opens() {
    let key = vectors::weak_key(CardKeyUse::KeyBlock(KeyBlockVersion::B), &[0xAB; 16]);
    let (said, bytes) = vectors::opened(&key, PUBLISHED_BLOCK).unwrap();
    assert_eq!((&said, &bytes[..]), (b"P0TE", &[0xCD; 16][..]));
}

#[test]
fn a_block_is_good_for_what_it_says_only() {
    let zone = CardKeyUse::ZonePin(PinFormat::Iso0);
    // The published one says that its key only encrypts; a zone key must decrypt, too.
    let said = |result: Result<_, VaultError>| result.unwrap_err().to_string();
    assert!(said(published().import_key(KBPK, PUBLISHED_BLOCK, zone)).contains("something else"));
    for damaged in [
        PUBLISHED_BLOCK.replacen('B', "D", 1),
        PUBLISHED_BLOCK.replacen('B', "A", 1),
        PUBLISHED_BLOCK.replacen("0096", "0104", 1),
        PUBLISHED_BLOCK.replacen("0096", "+096", 1),
        PUBLISHED_BLOCK[..88].to_owned(),
        format!("{PUBLISHED_BLOCK}00"),
        PUBLISHED_BLOCK.replacen("0000471D", "0100471D", 1),
        PUBLISHED_BLOCK.replacen("0000471D", "9900471D", 1),
        String::new(),
        "B0016P0TE00N0000".to_owned(),
        "é".repeat(48),
    ] {
        let error = published().import_key(KBPK, &damaged, zone).unwrap_err();
        assert!(error.to_string().contains("not a key block"), "{damaged}: {error}");
    }
    let other_use = PUBLISHED_BLOCK.replacen("P0TE", "P0TB", 1);
    assert!(said(published().import_key(KBPK, &other_use, zone)).contains("does not open"));
}

fn uses() -> impl Strategy<Value = (CardKeyRole, u32, CardKeyUse)> {
    let keys = CardKeys::create(&Seeded::new(2)).unwrap();
    let all: Vec<_> = keys.shown().map(|(usage, generation, _)| (usage.role(), generation, usage)).collect();
    prop::sample::select(all)
}

proptest! {
    #[test]
    fn what_is_wrapped_is_unwrapped((role, generation, usage) in uses(), kbpk in 1..=2_u32) {
        let keys = CardKeys::create(&Seeded::new(2)).unwrap();
        let check = keys.shown().find(|(shown, number, _)| (*shown, *number) == (usage, generation)).unwrap().2;
        let module = module(keys);
        let block = module.export_key(kbpk, role, generation).unwrap();
        let imported = module.import_key(kbpk, &block, usage).unwrap();
        prop_assert_eq!((imported.usage(), imported.check_value()), (usage, check));
        // Two wrappings of one key share nothing but the header.
        prop_assert_ne!(&block, &module.export_key(kbpk, role, generation).unwrap());
        // The other protection key does not open it.
        prop_assert!(module.import_key(3 - kbpk, &block, usage).is_err());
    }

    #[test]
    fn any_text_is_refused(text in "[BD]?[0-9]{0,4}[ -~]{0,120}", kbpk in 1..=3_u32) {
        prop_assert!(published().import_key(kbpk, &text, CardKeyUse::Cryptogram).is_err());
    }
}
