use super::ring;
use crate::{LookupKind, Pan, PanError, luhn_check_digit};
use kernel::CustomerId;
use proptest::prelude::*;
use std::collections::HashSet;

#[test]
fn spelling_does_not_matter_where_it_should_not() {
    let ring = ring(1);
    for (kind, one, other) in [
        (LookupKind::CardNumber, "9000 0000-0000 0009", "9000000000000009"),
        (LookupKind::Phone, "+86 138-0000 6021", "+8613800006021"),
        (LookupKind::Phone, "0086 138 0000 6021", "+8613800006021"),
        (LookupKind::Email, " Zhou@Post.Example", "zhou@post.example"),
        (LookupKind::DocumentNumber, "1101 0119-900101 002x", "11010119900101002X"),
        (LookupKind::DocumentNumber, "A000000(3)", "a0000003"),
    ] {
        assert_eq!(ring.lookup(kind, one).unwrap(), ring.lookup(kind, other).unwrap(), "{kind:?}");
    }
    assert_ne!(
        ring.lookup(LookupKind::ApiKey, "a b").unwrap(),
        ring.lookup(LookupKind::ApiKey, "ab").unwrap()
    );
    assert_ne!(
        ring.lookup(LookupKind::Phone, "+86138").unwrap(),
        ring.lookup(LookupKind::Phone, "86138").unwrap()
    );
}

#[test]
fn each_kind_and_each_ring_has_its_own_hash() {
    let kinds = [
        LookupKind::CardNumber,
        LookupKind::Phone,
        LookupKind::Email,
        LookupKind::DocumentNumber,
        LookupKind::ApiKey,
        LookupKind::SessionToken,
    ];
    let hashes: HashSet<_> = [ring(1), ring(2)]
        .iter()
        .flat_map(|ring| kinds.map(|kind| ring.lookup(kind, "123456").unwrap()))
        .collect();
    assert_eq!(hashes.len(), 12);
}

#[test]
fn a_query_password_is_bound_to_its_customer() {
    let ring = ring(1);
    let verifier =
        |customer, password| ring.query_password_verifier(CustomerId::from_raw(customer), password).unwrap();
    assert_eq!(verifier(1, "204060"), verifier(1, "204060"));
    assert_ne!(verifier(1, "204060"), verifier(2, "204060"));
    assert_ne!(verifier(1, "204060"), verifier(1, "204061"));
}

#[test]
fn what_is_no_card_number_is_refused() {
    for text in ["", "9", "90000000000", "90000000000000000000", "9000000000000009a", "９０００000000000009"]
    {
        assert_eq!(Pan::parse(text).err(), Some(PanError::Shape), "{text:?}");
    }
    assert_eq!(Pan::parse("9000000000000000").err(), Some(PanError::CheckDigit));
    assert_eq!(luhn_check_digit(""), None);
    assert_eq!(luhn_check_digit("12x"), None);
    // ISO/IEC 7812-1, annex B gives 7992739871 with check digit 3.
    assert_eq!(luhn_check_digit("7992739871"), Some('3'));
}

#[test]
fn nothing_secret_prints() {
    let ring = ring(1);
    let pan = Pan::with_check_digit("900012341234123").unwrap();
    let random = super::Seeded::new(1);
    let key = crate::DataKey::create(&random);
    let verifier = ring.query_password_verifier(CustomerId::from_raw(1), "204060").unwrap();
    let shown = format!("{ring:?} {pan:?} {key:?} {verifier:?} {:?}", pan.masked());
    assert_eq!(
        shown,
        "[key ring, software module, no file] [card number] DataKey { key: [key], version: 1 } [verifier] •••• 1233"
    );
}

proptest! {
    #[test]
    fn the_hash_is_over_the_whole_number(body in "9[0-9]{10,17}", at: prop::sample::Index, shift in 1..10_u8) {
        let ring = ring(1);
        let pan = Pan::with_check_digit(&body).unwrap();
        let at = at.index(body.len());
        let mut other = body.into_bytes();
        other[at] = b'0' + (other[at] - b'0' + shift) % 10;
        let other = Pan::with_check_digit(std::str::from_utf8(&other).unwrap()).unwrap();
        prop_assert_ne!(ring.lookup_pan(&pan).unwrap(), ring.lookup_pan(&other).unwrap());
        prop_assert_eq!(ring.lookup_pan(&pan).unwrap(), ring.lookup(LookupKind::CardNumber, pan.expose()).unwrap());
        prop_assert!(pan != other);
    }

    #[test]
    fn one_wrong_digit_is_noticed(body in "9[0-9]{10,17}", at: prop::sample::Index, shift in 1..10_u8) {
        let pan = Pan::with_check_digit(&body).unwrap();
        let mut wrong = pan.expose().as_bytes().to_vec();
        let at = at.index(wrong.len());
        wrong[at] = b'0' + (wrong[at] - b'0' + shift) % 10;
        prop_assert_eq!(Pan::parse(std::str::from_utf8(&wrong).unwrap()).err(), Some(PanError::CheckDigit));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        if let Ok(pan) = Pan::parse(&text) {
            prop_assert!((12..=19).contains(&pan.expose().len()));
        }
    }
}
