use super::ring;
use crate::{CardCode, CvkUse, Expiry, ExpiryOrder, KeyRing, Pan, VaultError, card_values::CardKey};
use kernel::Secret;

const PUBLISHED: [u8; 16] =
    [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10];
const USE: CvkUse = CvkUse { generation: 9, order: ExpiryOrder::YearMonth };

fn published() -> KeyRing {
    let mut ring = ring(1);
    ring.add_cvk(9, &Secret::new(PUBLISHED)).unwrap();
    ring
}

#[test]
fn values_agree_with_published_vectors() {
    let key = CardKey::try_new(&PUBLISHED).unwrap();
    assert_eq!(key.check_value(), [0x08, 0xD7, 0xB4]);
    let other: Vec<u8> = [[0x99; 8], [0x88; 8]].concat();
    let other = CardKey::try_new(&other).unwrap();
    for (key, digits, value) in [
        (&key, concat!("4123456789012345", "8701", "101"), "561"),
        (&other, concat!("2222222222222222", "3333", "111"), "361"),
    ] {
        assert_eq!(key.verification_value(digits).expose(), value);
    }
}

#[test]
fn the_three_values_of_a_card_differ_by_service_code() {
    let pan = Pan::parse("4000001234567899").unwrap();
    let expiry = Expiry::parse_yymm("2912").unwrap();
    for (code, value) in [(CardCode::Stripe(101), "156"), (CardCode::Printed, "177"), (CardCode::Chip, "190")]
    {
        assert_eq!(published().card_code(USE, &pan, expiry, code).unwrap().expose(), value, "{code:?}");
        assert!(published().verify_card_code(USE, &pan, expiry, code, value).unwrap());
    }
}

#[test]
fn only_the_right_value_is_accepted() {
    let ring = published();
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    let expiry = Expiry::parse_yymm("2912").unwrap();
    let right = ring.cvv2(USE, &pan, expiry).unwrap();
    let accepted: Vec<String> = (0..1_000)
        .map(|guess| format!("{guess:03}"))
        .filter(|guess| ring.verify_cvv2(USE, &pan, expiry, guess).unwrap())
        .collect();
    assert_eq!(accepted, [right.expose().clone()]);
    for wrong in ["", "1", &format!("{}0", right.expose()), "abc", "１２３"] {
        assert!(!ring.verify_cvv2(USE, &pan, expiry, wrong).unwrap(), "{wrong:?}");
    }
}

#[test]
fn the_order_of_the_expiry_is_a_setting() {
    let pan = Pan::parse("4000001234567899").unwrap();
    let (june_2012, december_2006) = (Expiry::try_new(12, 6).unwrap(), Expiry::try_new(6, 12).unwrap());
    let swapped = CvkUse { order: ExpiryOrder::MonthYear, ..USE };
    let ring = published();
    let value = |cvk, expiry| ring.cvv2(cvk, &pan, expiry).unwrap().expose().clone();
    assert_eq!(value(USE, june_2012), value(swapped, december_2006));
    assert_ne!(value(USE, june_2012), value(swapped, june_2012));
}

#[test]
fn keys_and_inputs_that_can_not_be_are_refused() {
    let mut ring = published();
    assert!(matches!(ring.add_cvk(9, &Secret::new([1; 16])), Err(VaultError::WeakKey)));
    assert!(matches!(ring.add_cvk(9, &Secret::new(PUBLISHED)), Err(VaultError::Taken { generation: 9 })));
    assert_eq!(ring.newest_cvk(), Some(9));
    let pan = Pan::parse("4000001234567899").unwrap();
    let expiry = Expiry::parse_yymm("2912").unwrap();
    let absent = CvkUse { generation: 5, ..USE };
    assert!(matches!(ring.cvv2(absent, &pan, expiry), Err(VaultError::NoCardKey { generation: 5 })));
    let code = CardCode::Stripe(1_000);
    assert!(matches!(ring.card_code(USE, &pan, expiry, code), Err(VaultError::ServiceCode)));
    for text in ["", "291", "2913", "2900", "29/12", "+912", "２９１２"] {
        assert!(Expiry::parse_yymm(text).is_err(), "{text:?}");
    }
    assert_eq!(expiry.to_string(), "12/29");
}
