use super::{PUBLISHED, module};
use crate::{
    CardCrypto, CardKeyUse, CardKeys, Ibm3624, NewPin, Pan, PinBlock, PinFormat, PinMethod, PinReference,
    PinVerdict, SoftwareCardCrypto, VaultError, card::vectors, tests::Seeded,
};
use kernel::Secret;
use proptest::prelude::*;

fn fresh() -> SoftwareCardCrypto {
    module(CardKeys::create(&Seeded::new(7)).unwrap())
}

fn zone_of(format: PinFormat) -> u32 {
    match format {
        PinFormat::Iso0 => 1,
        PinFormat::Iso3 => 2,
        PinFormat::Iso4 => 3,
    }
}

fn block<'a>(pan: &'a Pan, format: PinFormat, block: &'a [u8]) -> PinBlock<'a> {
    PinBlock { pan, zone: zone_of(format), format, block }
}

fn keyed(module: &SoftwareCardCrypto, format: PinFormat, pan: &Pan, pin: &str) -> Vec<u8> {
    module.keypad(zone_of(format), pan, &Secret::new(pin.to_owned())).unwrap()
}

#[test]
fn values_agree_with_published_vectors() {
    assert_eq!(vectors::pvv(&PUBLISHED, 1, "4321000000001234", "1234"), "6629");
    let settings = Ibm3624::try_new("1234567890123456", 0, 16, 0xF).unwrap();
    assert_eq!(vectors::offset(&PUBLISHED, &settings, "1122334455667788", "1234"), "7710");
    let clear = [0x04, 0x12, 0x15, 0xFE, 0xDC, 0xBA, 0x98, 0x76];
    assert_eq!(vectors::format_0("5432101234567891", "1234"), clear);
}

#[test]
fn a_block_of_another_format_than_its_key_is_refused() {
    let module = fresh();
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    for format in PinFormat::ALL {
        let sealed = keyed(&module, format, &pan, "482913");
        let kept = module.pin_reference(&block(&pan, format, &sealed), PinMethod::Ibm3624, 1).unwrap();
        for said in PinFormat::ALL.into_iter().filter(|said| *said != format) {
            let confused = PinBlock { format: said, ..block(&pan, format, &sealed) };
            assert!(matches!(module.verify_pin(&confused, &kept), Err(VaultError::PinFormat { .. })));
            assert!(matches!(module.translate_pin(&confused, 1), Err(VaultError::PinFormat { .. })));
            // Under another key, it is no block of that key's format either.
            let moved = block(&pan, said, &sealed);
            assert_eq!(module.verify_pin(&moved, &kept).unwrap(), PinVerdict::Unreadable);
        }
    }
    assert_eq!(
        [0, 1, 2, 3, 4, 5].map(|number| PinFormat::from_number(number).is_some()),
        [true, false, false, true, true, false]
    );
}

#[test]
fn formats_one_and_two_do_not_open_as_format_zero() {
    let module = zone_with_published_key();
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    // What a keypad would send in formats 1 (with a transaction number) and 2 (no card number at all).
    for clear in [[0x14, 0x12, 0x34, 9, 8, 7, 6, 5], [0x24, 0x12, 0x34, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]] {
        let sealed = vectors::encrypt(&PUBLISHED, clear);
        let kept = PinReference::from_parts(PinMethod::Ibm3624, 1, "0000").unwrap();
        let verdict = module.verify_pin(&block(&pan, PinFormat::Iso0, &sealed), &kept).unwrap();
        assert_eq!(verdict, PinVerdict::Unreadable);
    }
}

fn zone_with_published_key() -> SoftwareCardCrypto {
    let mut keys = CardKeys::default();
    keys.add(CardKeyUse::ZonePin(PinFormat::Iso0), 1, &PUBLISHED).unwrap();
    keys.add(CardKeyUse::PinVerification { index: 1 }, 1, &PUBLISHED).unwrap();
    module(keys)
}

#[test]
fn a_block_of_another_card_does_not_open() {
    let module = fresh();
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    let other = Pan::with_check_digit("900012341234124").unwrap();
    for format in PinFormat::ALL {
        let sealed = keyed(&module, format, &pan, "482913");
        let moved = module.translate_pin(&block(&other, format, &sealed), 1);
        // Formats 0 and 3 mix two of the PIN's digits with the card number, so some moved blocks still hold
        // digits; they are another PIN.
        let kept = module.pin_reference(&block(&pan, format, &sealed), PinMethod::Ibm3624, 1).unwrap();
        let verdict = module.verify_pin(&block(&other, format, &sealed), &kept).unwrap();
        assert_ne!(verdict, PinVerdict::Right);
        assert!(format != PinFormat::Iso4 || moved.is_err());
    }
}

#[test]
fn a_verification_value_needs_four_digits() {
    let module = fresh();
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    let long = keyed(&module, PinFormat::Iso4, &pan, "123456");
    let short = keyed(&module, PinFormat::Iso4, &pan, "1234");
    let refused = module.pin_reference(&block(&pan, PinFormat::Iso4, &long), PinMethod::Pvv, 1);
    assert!(matches!(refused, Err(VaultError::CardRequest(_))));
    let kept = module.pin_reference(&block(&pan, PinFormat::Iso4, &short), PinMethod::Pvv, 1).unwrap();
    let verdict = |sealed: &[u8]| module.verify_pin(&block(&pan, PinFormat::Iso4, sealed), &kept).unwrap();
    assert_eq!((verdict(&short), verdict(&long)), (PinVerdict::Right, PinVerdict::Wrong));
}

#[test]
fn a_natural_pin_has_no_offset() {
    let module = fresh();
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    let sealed = module.natural_pin(3, &pan, 1, 6).unwrap();
    let kept = module.pin_reference(&block(&pan, PinFormat::Iso4, &sealed), PinMethod::Ibm3624, 1).unwrap();
    assert_eq!(kept.expose(), "000000");
}

#[test]
fn tables_that_give_a_pin_away_are_refused() {
    let table = |text| Ibm3624::try_new(text, 0, 15, 0);
    for text in ["", "123456789012345", "123456789012345A", "0000000000000001", "0000011122334455"] {
        assert!(table(text).is_err(), "{text:?}");
    }
    assert!(table("0123456789012345").is_ok());
    assert!(Ibm3624::try_new("0123456789012345", 4, 16, 0).is_err());
    assert!(Ibm3624::try_new("0123456789012345", 0, 0, 0).is_err());
    assert!(Ibm3624::try_new("0123456789012345", 0, 15, 16).is_err());
}

#[test]
fn references_read_back_and_do_not_print() {
    let kept = PinReference::from_parts(PinMethod::Ibm3624, 4, "771098").unwrap();
    assert_eq!(format!("{kept:?}"), "[PIN reference, ibm3624, key 4]");
    assert_eq!(PinReference::from_parts(kept.method(), kept.generation(), kept.expose()).unwrap(), kept);
    for (method, digits) in [(PinMethod::Pvv, "12345"), (PinMethod::Ibm3624, "123"), (PinMethod::Pvv, "12a4")]
    {
        assert!(PinReference::from_parts(method, 1, digits).is_err(), "{digits}");
    }
    assert_eq!(PinMethod::from_name("pvv"), Some(PinMethod::Pvv));
}

#[test]
fn a_drawn_pin_is_the_one_in_the_block() {
    let module = fresh();
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    let draw = |digits, method| module.new_pin(&NewPin { pan: &pan, digits, method, pvk: 1, zone: 2 });
    for digits in 4..=12 {
        let issued = draw(digits, PinMethod::Ibm3624).unwrap();
        let letter = block(&pan, PinFormat::Iso3, &issued.block);
        assert_eq!(module.verify_pin(&letter, &issued.reference).unwrap(), PinVerdict::Right);
        assert_eq!(issued.reference.expose().len(), digits);
    }
    for digits in [0, 3, 13] {
        assert!(draw(digits, PinMethod::Ibm3624).is_err());
    }
    assert!(draw(6, PinMethod::Pvv).is_err());
}

fn formats() -> impl Strategy<Value = PinFormat> {
    prop::sample::select(PinFormat::ALL.to_vec())
}

proptest! {
    #[test]
    fn only_the_pin_is_right(body in "9[0-9]{10,17}", pin in "[0-9]{4,12}", guess in "[0-9]{4,12}", format in formats(), method_is_pvv: bool) {
        let module = fresh();
        let pan = Pan::with_check_digit(&body).unwrap();
        let (pin, method) = if method_is_pvv { (&pin[..4], PinMethod::Pvv) } else { (&pin[..], PinMethod::Ibm3624) };
        let sealed = keyed(&module, format, &pan, pin);
        let kept = module.pin_reference(&block(&pan, format, &sealed), method, 1).unwrap();
        prop_assert_eq!(module.verify_pin(&block(&pan, format, &sealed), &kept).unwrap(), PinVerdict::Right);
        let tried = keyed(&module, format, &pan, &guess);
        let verdict = module.verify_pin(&block(&pan, format, &tried), &kept).unwrap();
        if method == PinMethod::Ibm3624 {
            prop_assert_eq!(verdict == PinVerdict::Right, guess == pin);
        } else {
            prop_assert!(guess.len() == 4 || verdict == PinVerdict::Wrong);
        }
    }

    #[test]
    fn translation_keeps_the_pin(body in "9[0-9]{10,17}", pin in "[0-9]{4,12}", from in formats(), to in formats()) {
        let module = fresh();
        let pan = Pan::with_check_digit(&body).unwrap();
        let sealed = keyed(&module, from, &pan, &pin);
        let kept = module.pin_reference(&block(&pan, from, &sealed), PinMethod::Ibm3624, 1).unwrap();
        let moved = module.translate_pin(&block(&pan, from, &sealed), zone_of(to)).unwrap();
        prop_assert_eq!(moved.len(), to.block_bytes());
        prop_assert_eq!(module.verify_pin(&block(&pan, to, &moved), &kept).unwrap(), PinVerdict::Right);
    }

    #[test]
    fn any_bytes_are_no_right_pin(bytes in prop::collection::vec(any::<u8>(), 0..40), format in formats()) {
        let module = fresh();
        let pan = Pan::with_check_digit("900012341234123").unwrap();
        let kept = PinReference::from_parts(PinMethod::Ibm3624, 1, "482913624875").unwrap();
        let verdict = module.verify_pin(&block(&pan, format, &bytes), &kept).unwrap();
        prop_assert_ne!(verdict, PinVerdict::Right);
        prop_assert!(bytes.len() == format.block_bytes() || verdict == PinVerdict::Unreadable);
    }
}
