//! Readings of fields, each with a value that is taken and one that is refused.

use super::*;
use crate::iso8583::{Mti, SetError};

fn with(field: u8, value: &str) -> Message {
    let mut message = Message::new(Mti::AUTHORIZATION);
    message.set(field, value).unwrap();
    message
}

fn refused<T>(field: u8) -> Read<T> {
    Err(BadField { field })
}

#[test]
fn absent_fields_are_absent() {
    let empty = Message::new(Mti::AUTHORIZATION);
    assert_eq!(amount_transaction(&empty), Ok(None));
    assert_eq!(transmission_time(&empty), Ok(None));
    assert_eq!(card_number(&empty), Ok(None));
    assert_eq!(entry_mode(&empty), Ok(None));
    assert_eq!(original(&empty), Ok(None));
    assert_eq!(additional_amounts(&empty), Ok(vec![]));
    assert_eq!(card_verification(&empty), Ok(None));
}

#[test]
fn amounts_are_twelve_digits() {
    assert_eq!(amount_transaction(&with(4, "000000001250")), Ok(Some(1250)));
    assert_eq!(amount_billing(&with(6, "999999999999")), Ok(Some(AMOUNT_MINOR_MAX)));
    for bad in ["", "1250", "00000000-250", "0000000001250", "           1"] {
        assert_eq!(amount_transaction(&with(4, bad)), refused(4), "{bad}");
    }
    let mut message = Message::new(Mti::AUTHORIZATION);
    set_amount_transaction(&mut message, 500, 392).unwrap();
    set_amount_billing(&mut message, 335, 36).unwrap();
    assert_eq!(message.text(4), Some("000000000500"));
    assert_eq!(message.text(51), Some("036"));
    assert_eq!(currency_transaction(&message), Ok(Some(392)));
    assert_eq!(set_amount_transaction(&mut message, -1, 392), Err(SetError::TooWide { field: 4 }));
    assert_eq!(currency_billing(&with(51, "EUR")), refused(51));
}

#[test]
fn conversion_rate_has_its_point_in_front() {
    let rate = ConversionRate { significand: 9_912_345, decimals: 6 };
    assert_eq!(conversion_rate(&with(10, "69912345")), Ok(Some(rate)));
    assert_eq!(conversion_rate(&with(10, "6991234")), refused(10));
}

#[test]
fn balances_are_written_and_read_back() {
    let amounts = [
        AdditionalAmount { account_type: 30, kind: AmountKind::Available, currency: 840, minor: 123_456 },
        AdditionalAmount { account_type: 30, kind: AmountKind::Ledger, currency: 840, minor: -5 },
    ];
    let mut message = Message::new(Mti::AUTHORIZATION_ANSWER);
    set_additional_amounts(&mut message, &amounts).unwrap();
    assert_eq!(message.text(54), Some("3002840C0000001234563001840D000000000005"));
    assert_eq!(additional_amounts(&message).as_deref(), Ok(&amounts[..]));
    for bad in ["3002840C00000012345", "3002840X000000123456", "30A2840C000000123456"] {
        assert_eq!(additional_amounts(&with(54, bad)), Err(BadField { field: 54 }), "{bad}");
    }
    let too_many = [amounts[0]; 13];
    assert!(set_additional_amounts(&mut message, &too_many).is_err());
    let too_wide = AdditionalAmount { minor: i64::MIN, ..amounts[0] };
    assert!(set_additional_amounts(&mut message, &[too_wide]).is_err());
}

#[test]
fn replacement_amount_stands_in_front() {
    let mut message = Message::new(Mti::REVERSAL);
    set_replacement(&mut message, 700).unwrap();
    let read = Replacement { transaction_minor: 700, settlement_minor: 0 };
    assert_eq!(replacement(&message), Ok(Some(read)));
    assert_eq!(message.get(95).map(<[u8]>::len), Some(42));
    assert_eq!(replacement(&with(95, "000000000700")), refused(95));
    assert!(set_replacement(&mut message, -1).is_err());
}

#[test]
fn dates_are_checked() {
    let time = TransmissionTime {
        date: MonthDay { month: 2, day: 29 },
        time: TimeOfDay { hour: 23, minute: 59, second: 58 },
    };
    assert_eq!(transmission_time(&with(7, "0229235958")), Ok(Some(time)));
    for bad in ["0230000000", "0001000000", "1301000000", "0431000000", "0101240000", "0101006000", "010100"]
    {
        assert_eq!(transmission_time(&with(7, bad)), refused(7), "{bad}");
    }
    assert_eq!(local_time(&with(12, "000000")).map(|t| t.is_some()), Ok(true));
    assert_eq!(local_date(&with(13, "1231")), Ok(Some(MonthDay { month: 12, day: 31 })));
    assert_eq!(local_date(&with(13, "1232")), refused(13));
    assert_eq!(expiry(&with(14, "2912")), Ok(Some(Expiry { year: 29, month: 12 })));
    assert_eq!(expiry(&with(14, "2913")), refused(14));
}

#[test]
fn track_two_is_cut() {
    let message = with(35, "9000000000000001=29122010000012300000");
    let track = track2(&message).unwrap().unwrap();
    assert_eq!(track.card_number, "9000000000000001");
    assert_eq!(track.expiry, Some(Expiry { year: 29, month: 12 }));
    assert_eq!(track.service_code, Some("201"));
    assert_eq!(track.discretionary, "0000012300000");
    assert_eq!(format!("{track:?}"), "Track2([hidden])");
    let message = with(35, "9000000000000001===1");
    let bare = track2(&message).unwrap().unwrap();
    assert_eq!((bare.expiry, bare.service_code, bare.discretionary), (None, None, "1"));
    for bad in ["9000000000000001", "900=2912201", "9000000000000001=2913201", "9000000000000001=29122=1"] {
        assert!(track2(&with(35, bad)).is_err(), "{bad}");
    }
}

#[test]
fn card_number_comes_from_either_field_and_must_agree() {
    let mut message = with(35, "9000000000000001=2912201");
    assert_eq!(card_number(&message), Ok(Some("9000000000000001")));
    message.set(2, "9000000000000001").unwrap();
    assert_eq!(card_number(&message), Ok(Some("9000000000000001")));
    message.set(2, "9000000000000019").unwrap();
    assert_eq!(card_number(&message), refused(35));
    assert_eq!(card_number(&with(2, "90000000000")), refused(2));
}

#[test]
fn places_and_entry_modes() {
    let mode = EntryMode { pan: PanEntry::Chip, pin: PinCapability::Able };
    assert_eq!(entry_mode(&with(22, "051")), Ok(Some(mode)));
    let mode = EntryMode { pan: PanEntry::Online, pin: PinCapability::Unknown };
    assert_eq!(entry_mode(&with(22, "810")), Ok(Some(mode)));
    assert!(!mode.pan.is_card_present());
    assert_eq!(entry_mode(&with(22, "8100")), refused(22));
    assert_eq!(condition(&with(25, "59")), Ok(Some(Condition::Internet)));
    assert_eq!(merchant_class(&with(18, "5411")), Ok(Some(5411)));
    assert_eq!(acquirer_country(&with(19, "156")), Ok(Some(156)));
    assert_eq!(terminal(&with(41, "TERM1   ")), Ok(Some("TERM1")));
    let mut message = Message::new(Mti::AUTHORIZATION);
    let place = Location { name: "Corner shop", city: "Hangzhou", country: "CN" };
    set_location(&mut message, place).unwrap();
    assert_eq!(message.get(43).map(<[u8]>::len), Some(40));
    assert_eq!(location(&message), Ok(Some(place)));
    assert_eq!(location(&with(43, "too short")), refused(43));
    let foreign = Location { name: "小店", city: "杭州", country: "CN" };
    set_location(&mut message, foreign).unwrap();
    assert_eq!(message.get(43).map(<[u8]>::len), Some(40));
}

#[test]
fn originals_are_pointed_at() {
    let mut first = Message::new(Mti::from_digits(*b"0101").unwrap());
    for (field, value) in [(7, "1122133000"), (11, "000042"), (32, "123456")] {
        first.set(field, value).unwrap();
    }
    let mut reversal = Message::new(Mti::REVERSAL);
    set_original(&mut reversal, &first).unwrap();
    let read = original(&reversal).unwrap().unwrap();
    assert_eq!(read.mti, Mti::AUTHORIZATION);
    assert_eq!((read.trace_number, read.transmission_time), (42, "1122133000"));
    assert_eq!((read.acquirer, read.forwarder), ("123456", ""));
    assert_eq!(original(&with(90, "0100")), refused(90));
    let code = processing_code(&with(3, "313000")).unwrap().unwrap();
    assert_eq!((code.transaction, code.from_account), (Transaction::BalanceInquiry, 30));
    assert_eq!(processing_code(&with(3, "31")), refused(3));
    assert_eq!(trace_number(&with(11, "000042")), Ok(Some(42)));
}

#[test]
fn private_elements_are_read_and_never_guessed() {
    let mut message = Message::new(Mti::AUTHORIZATION);
    set_private(&mut message, &[(CARD_VERIFICATION, "123"), (STORED_CREDENTIAL, "R"), ("ZZ", "")]).unwrap();
    assert_eq!(message.text(48), Some("92031232001RZZ00"));
    assert_eq!(card_verification(&message), Ok(Some("123")));
    assert_eq!(stored_credential(&message), Ok(Some(StoredCredential::Recurring)));
    assert_eq!(takes_partial_approval(&message), Ok(false));
    assert_eq!(wants_balance(&with(48, "71011")), Ok(true));
    for bad in ["9", "92", "9203", "920312", "92x3123", "92031239203123", "9203123920"] {
        assert_eq!(private_element(&with(48, bad), "92"), refused(48), "{bad}");
    }
    assert_eq!(card_verification(&with(48, "920212")), refused(48));
    assert_eq!(stored_credential(&with(48, "2001X")), refused(48));
    let many: String = (0..33).map(|n| format!("{n:02}00")).collect();
    assert_eq!(private_element(&with(48, &many), "00"), refused(48));
    assert!(set_private(&mut message, &[("9", "1")]).is_err());
}
