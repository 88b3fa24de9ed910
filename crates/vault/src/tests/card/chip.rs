use super::{PUBLISHED, module};
use crate::{
    CardCrypto, CardKeys, ChipData, ChipDataError, ChipProfile, ChipScheme, CryptogramRequest,
    CryptogramVerdict, CryptogramVersion, IssuerAnswer, Objects, Pan, PinBlock, PinFormat, ScriptCommand,
    TlvError, answer_field, card::vectors, tests::Seeded,
};
use kernel::Secret;
use proptest::prelude::*;

fn chip_data(issuer_data: &[u8]) -> ChipData {
    ChipData {
        amount: [0, 0, 0, 0, 0x12, 0x34],
        other_amount: [0; 6],
        country: [0x01, 0x56],
        terminal_results: [0x80, 0, 0, 0, 0],
        currency: [0x01, 0x56],
        date: [0x26, 0x11, 0x26],
        kind: [0],
        unpredictable: [1, 2, 3, 4],
        profile: [0x19, 0x80],
        atc: [0, 7],
        issuer_data: issuer_data.to_vec(),
        cryptogram: [0; 8],
        information: Some(0x80),
        psn: Some(1),
    }
}

/// Visa CVN 18.
const ISSUER_DATA: [u8; 7] = [6, 1, 0x12, 3, 0xA0, 0, 0];

#[test]
fn the_chain_agrees_with_the_vector_of_a_payment_module() {
    let chain = vectors::Chain::of(&PUBLISHED, "9901234567890123", 45);
    assert_eq!(chain.chip_check_value(), [0x1D, 0xA5]);
    let session = chain.session([0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56]);
    assert_eq!(vectors::check_value(&session), [0x09, 0x95]);
    let data = [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF].repeat(2);
    let cryptogram = vectors::cryptogram(&session, data);
    assert_eq!(cryptogram, [0x4B, 0x46, 0x01, 0x33, 0x59, 0xB7, 0xA5, 0x8B]);
    assert_eq!(chain.answer_1(cryptogram), [0xF8, 0xC9, 0xCE, 0xCA, 0xAB, 0xD5, 0x5A, 0xD1]);
}

#[test]
fn a_cryptogram_serves_one_card_one_counter_and_one_version() {
    let module = module(CardKeys::create(&Seeded::new(9)).unwrap());
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    let other = Pan::with_check_digit("900012341234124").unwrap();
    let profile = ChipProfile::usual(CryptogramVersion::Visa18, 1);
    let mut chip = chip_data(&ISSUER_DATA);
    chip.cryptogram =
        module.chip_cryptogram(&CryptogramRequest { profile, pan: &pan, psn: 1, chip: &chip }).unwrap();
    let request = CryptogramRequest { profile, pan: &pan, psn: 1, chip: &chip };
    let right = |request: &CryptogramRequest<'_>| {
        matches!(module.verify_cryptogram(request).unwrap(), CryptogramVerdict::Right(_))
    };
    assert!(right(&request));
    let later = ChipData { atc: [0, 8], ..chip.clone() };
    let version = ChipProfile { version: CryptogramVersion::Visa22, ..profile };
    for wrong in [
        CryptogramRequest { pan: &other, ..request },
        CryptogramRequest { psn: 2, ..request },
        CryptogramRequest { chip: &later, ..request },
        CryptogramRequest { profile: version, ..request },
    ] {
        assert!(!right(&wrong), "{wrong:?}");
    }
    let absent = ChipProfile { generation: 4, ..profile };
    assert!(module.verify_cryptogram(&CryptogramRequest { profile: absent, ..request }).is_err());
}

#[test]
fn a_new_pin_for_another_card_makes_no_script() {
    let module = module(CardKeys::create(&Seeded::new(9)).unwrap());
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    let other = Pan::with_check_digit("900012341234124").unwrap();
    let profile = ChipProfile::usual(CryptogramVersion::Visa18, 1);
    let mut chip = chip_data(&ISSUER_DATA);
    chip.cryptogram =
        module.chip_cryptogram(&CryptogramRequest { profile, pan: &pan, psn: 1, chip: &chip }).unwrap();
    let request = CryptogramRequest { profile, pan: &pan, psn: 1, chip: &chip };
    let CryptogramVerdict::Right(session) = module.verify_cryptogram(&request).unwrap() else {
        unreachable!("its own cryptogram")
    };
    let block = module.keypad(3, &other, &Secret::new("482913".to_owned())).unwrap();
    let change = |pan| {
        let pin = PinBlock { pan, zone: 3, format: PinFormat::Iso4, block: &block };
        module.issuer_script(&session, &ScriptCommand::ChangePin(pin))
    };
    assert!(change(&other).is_err() && change(&pan).is_err());
    assert_eq!(format!("{session:?}"), "[chip session, counter 7]");

    let answer = module.issuer_answer(&session, IssuerAnswer::Status([0; 4])).unwrap();
    let unblock = module.issuer_script(&session, &ScriptCommand::UnblockPin).unwrap();
    let field = answer_field(&answer, &[unblock.clone(), unblock.clone()]);
    let objects = Objects::read(&field).unwrap();
    assert_eq!(objects.get(0x91), Some(&*answer));
    let script = Objects::read(objects.get(0x72).unwrap()).unwrap();
    assert_eq!(script.iter().collect::<Vec<_>>(), [(0x86, &*unblock), (0x86, &*unblock)]);
    assert!(answer_field(&[], &[]).is_empty());
}

#[test]
fn versions_stand_where_their_scheme_puts_them() {
    let version = |issuer_data: &[u8], scheme| chip_data(issuer_data).version(scheme);
    for of_scheme in CryptogramVersion::ALL {
        let code = of_scheme.code();
        let issuer_data: &[u8] = match of_scheme.scheme() {
            ChipScheme::Visa => &[6, 1, code, 3, 0, 0, 0],
            ChipScheme::MChip => &[1, code, 0, 0, 0, 0, 0, 0],
        };
        assert_eq!(version(issuer_data, of_scheme.scheme()), Some(of_scheme));
    }
    assert_eq!(version(&[0x1F, 0x22, 1], ChipScheme::Visa), Some(CryptogramVersion::Visa22));
    assert_eq!(version(&[6, 1, 0x0B], ChipScheme::Visa), None);
    assert_eq!(version(&[], ChipScheme::MChip), None);
}

#[test]
fn field_55_reads_back_and_names_what_is_missing() {
    let whole = chip_data(&ISSUER_DATA);
    let field = whole.to_field();
    assert!(ChipData::read(&field).unwrap() == whole);
    assert_eq!((whole.counter(), whole.amount_minor()), (7, Some(1_234)));
    assert_eq!(ChipData { amount: [0xA0; 6], ..whole.clone() }.amount_minor(), None);
    assert_eq!(format!("{whole:?}"), "[chip data, counter 7]");

    // Without its first object, the cryptogram.
    assert_eq!(ChipData::read(&field[11..]).unwrap_err(), ChipDataError::Missing { tag: 0x9F26 });
    assert_eq!(ChipData::read(&field[..9]).unwrap_err(), ChipDataError::Tlv(TlvError::Short));
    let long = chip_data(&[0; 33]).to_field();
    assert_eq!(ChipData::read(&long).unwrap_err(), ChipDataError::Missing { tag: 0x9F10 });
}

#[test]
fn objects_beyond_the_limits_are_refused() {
    let refused = |bytes: &[u8], error| assert_eq!(Objects::read(bytes), Err(error), "{bytes:02x?}");
    refused(&[0x95], TlvError::Short);
    refused(&[0x9F], TlvError::Short);
    refused(&[0x95, 2, 0], TlvError::Short);
    refused(&[0x95, 0x82, 1], TlvError::Short);
    refused(&[0x95, 0x83, 0, 0, 0], TlvError::Length);
    refused(&[0x95, 0x80, 0, 0], TlvError::Length);
    refused(&[0, 0], TlvError::Tag);
    refused(&[0xFF, 0], TlvError::Tag);
    refused(&[0x9F, 0x81, 0x81, 0x01, 0], TlvError::Tag);
    refused(&[0x95, 0, 0x82, 0, 0x95, 0], TlvError::Twice);
    refused(&[0x72, 3, 0x95, 2, 0], TlvError::Short);
    // Six levels, 129 objects, 1,025 bytes.
    refused(&[0x70, 10, 0x70, 8, 0x70, 6, 0x70, 4, 0x70, 2, 0x70, 0], TlvError::Limit);
    refused(&[0x86, 0].repeat(129), TlvError::Limit);
    refused(&[0; 1_025], TlvError::Limit);
    assert_eq!(Objects::read(&[]).unwrap().iter().count(), 0);
    assert_eq!(Objects::read(&[0x86, 0].repeat(128)).unwrap().iter().count(), 128);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(objects) = Objects::read(&bytes) {
            // Nothing is read that is not there.
            let read: usize = objects.iter().map(|(_, value)| value.len() + 2).sum();
            prop_assert!(read <= bytes.len());
        }
        let _ = ChipData::read(&bytes);
    }

    #[test]
    fn any_issuer_data_are_judged(issuer_data in prop::collection::vec(any::<u8>(), 0..33), at in 0..7_usize) {
        let module = module(CardKeys::create(&Seeded::new(9)).unwrap());
        let pan = Pan::with_check_digit("900012341234123").unwrap();
        let profile = ChipProfile::usual(CryptogramVersion::ALL[at], 1);
        let chip = chip_data(&issuer_data);
        let request = CryptogramRequest { profile, pan: &pan, psn: 1, chip: &chip };
        let verdict = module.verify_cryptogram(&request).unwrap();
        prop_assert!(matches!(verdict, CryptogramVerdict::Wrong));
    }
}
