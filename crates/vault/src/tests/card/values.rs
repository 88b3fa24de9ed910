use super::{PUBLISHED, module};
use crate::card::vectors::verification_value;
use crate::{
    CardCode, CardCrypto, CardKeyRole, CardKeyUse, CardKeys, CardValue, CvkUse, Expiry, ExpiryOrder, Pan,
    SoftwareCardCrypto, VaultError,
};

const USE: CvkUse = CvkUse { generation: 9, order: ExpiryOrder::YearMonth };

fn published() -> SoftwareCardCrypto {
    let mut keys = CardKeys::default();
    keys.add(CardKeyUse::CardVerification, 9, &PUBLISHED).unwrap();
    module(keys)
}

#[test]
fn values_agree_with_published_vectors() {
    let other: Vec<u8> = [[0x99; 8], [0x88; 8]].concat();
    for (key, digits, value) in [
        (&PUBLISHED[..], concat!("4123456789012345", "8701", "101"), "561"),
        (&other, concat!("2222222222222222", "3333", "111"), "361"),
    ] {
        assert_eq!(verification_value(key, digits), value);
    }
}

#[test]
fn the_three_values_of_a_card_differ_by_service_code() {
    let pan = Pan::parse("4000001234567899").unwrap();
    let expiry = Expiry::parse_yymm("2912").unwrap();
    for (code, value) in [(CardCode::Stripe(101), "156"), (CardCode::Printed, "177"), (CardCode::Chip, "190")]
    {
        let request = CardValue { cvk: USE, pan: &pan, expiry, code };
        assert_eq!(published().card_value(&request).unwrap().expose(), value, "{code:?}");
        assert!(published().verify_card_value(&request, value).unwrap());
    }
}

#[test]
fn only_the_right_value_is_accepted() {
    let module = published();
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    let expiry = Expiry::parse_yymm("2912").unwrap();
    let request = CardValue { cvk: USE, pan: &pan, expiry, code: CardCode::Printed };
    let right = module.card_value(&request).unwrap();
    let accepted: Vec<String> = (0..1_000)
        .map(|guess| format!("{guess:03}"))
        .filter(|guess| module.verify_card_value(&request, guess).unwrap())
        .collect();
    assert_eq!(accepted, [right.expose().clone()]);
    for wrong in ["", "1", &format!("{}0", right.expose()), "abc", "１２３"] {
        assert!(!module.verify_card_value(&request, wrong).unwrap(), "{wrong:?}");
    }
}

#[test]
fn the_order_of_the_expiry_is_a_setting() {
    let pan = Pan::parse("4000001234567899").unwrap();
    let (june_2012, december_2006) = (Expiry::try_new(12, 6).unwrap(), Expiry::try_new(6, 12).unwrap());
    let swapped = CvkUse { order: ExpiryOrder::MonthYear, ..USE };
    let module = published();
    let value = |cvk, expiry| {
        let request = CardValue { cvk, pan: &pan, expiry, code: CardCode::Printed };
        module.card_value(&request).unwrap().expose().clone()
    };
    assert_eq!(value(USE, june_2012), value(swapped, december_2006));
    assert_ne!(value(USE, june_2012), value(swapped, june_2012));
}

#[test]
fn inputs_that_can_not_be_are_refused() {
    let module = published();
    let pan = Pan::parse("4000001234567899").unwrap();
    let expiry = Expiry::parse_yymm("2912").unwrap();
    let request = CardValue { cvk: USE, pan: &pan, expiry, code: CardCode::Printed };
    let absent = CardValue { cvk: CvkUse { generation: 5, ..USE }, ..request };
    let role = CardKeyRole::CardVerification;
    assert!(matches!(
        module.card_value(&absent),
        Err(VaultError::NoCardKey { role: found, generation: 5 }) if found == role
    ));
    let code = CardValue { code: CardCode::Stripe(1_000), ..request };
    assert!(matches!(module.card_value(&code), Err(VaultError::ServiceCode)));
    for text in ["", "291", "2913", "2900", "29/12", "+912", "２９１２"] {
        assert!(Expiry::parse_yymm(text).is_err(), "{text:?}");
    }
    assert_eq!(expiry.to_string(), "12/29");
}
