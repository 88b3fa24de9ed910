//! Checks against second ways of computing them, and against known good and bad values.

use crate::changes::model::value;
use crate::changes::rules::{check, check_alone};
use crate::changes::{DocumentKind, Field, Remedy, is_document_of};
use kernel::Masked;
use proptest::prelude::*;

fn remedy(field: Field, country: u16, texts: &[&str]) -> Option<Remedy> {
    let texts: Vec<Masked> = texts.iter().map(|text| Masked::new(*text)).collect();
    check_alone(field, country, &texts).map(|finding| finding.remedy)
}

/// ISO 7064 MOD 11-2 by its recursion: the check sign brings `2 * p + sign` to 1 modulo 11.
fn china_check(first: &str) -> char {
    let rest = first.bytes().fold(0, |rest, sign| (rest + u32::from(sign - b'0')) * 2 % 11);
    char::from_digit((12 - rest) % 11, 11).map_or('?', |sign| if sign == 'a' { 'X' } else { sign })
}

/// The Hong Kong check as a sum over positions counted from the right.
fn hong_kong_check(letter: char, digits: &str) -> char {
    let letter = u32::from(letter) - 55;
    let own: u32 =
        digits.bytes().rev().zip(2_u32..).map(|(sign, weight)| u32::from(sign - b'0') * weight).sum();
    let rest = (36 * 9 + letter * 8 + own) % 11;
    match (11 - rest) % 11 {
        10 => 'A',
        check => char::from_digit(check, 10).unwrap_or('?'),
    }
}

/// The Taiwan check by the table of what each letter adds modulo 10.
fn taiwan_check(letter: char, digits: &str) -> char {
    let adds = "A1B0C9D8E7F6G5H4I9J3K2L2M1N0O8P9Q8R7S6T5U4V3W1X3Y2Z0";
    let mut pairs = adds.chars();
    let mut added = 0;
    while let (Some(one), Some(add)) = (pairs.next(), pairs.next()) {
        if one == letter {
            added = add.to_digit(10).unwrap_or(0);
        }
    }
    let own: u32 =
        digits.bytes().zip((1..=8).rev()).map(|(sign, weight)| u32::from(sign - b'0') * weight).sum();
    char::from_digit((20 - (added + own) % 10) % 10, 10).unwrap_or('?')
}

#[test]
fn known_documents_are_taken_and_their_neighbours_are_not() {
    let good = [
        (DocumentKind::ChinaResident, "11010519491231002X"),
        (DocumentKind::ChinaResident, concat!("440524188001", "010014")),
        (DocumentKind::HongKong, "A123456(3)"),
        (DocumentKind::HongKong, "AB987654(3)"),
        (DocumentKind::Taiwan, "A123456789"),
        (DocumentKind::UnitedStates, "078-05-1120"),
    ];
    for (kind, number) in good {
        // GB 11643 gives both numbers of its appendix; the second was born before anybody alive.
        let alive = number != concat!("440524188001", "010014");
        assert_eq!(is_document_of(kind, number), alive, "{number}");
    }
    for (kind, number) in [
        (DocumentKind::ChinaResident, concat!("110105194912", "310021")),
        (DocumentKind::ChinaResident, "11010519490230002X"),
        (DocumentKind::HongKong, "A123456(4)"),
        (DocumentKind::Taiwan, "A123456788"),
        (DocumentKind::Taiwan, "A323456789"),
        (DocumentKind::UnitedStates, "000-12-3456"),
        (DocumentKind::UnitedStates, "666-12-3456"),
        (DocumentKind::UnitedStates, "900-12-3456"),
        (DocumentKind::UnitedStates, "123-00-3456"),
        (DocumentKind::UnitedStates, "123-45-0000"),
    ] {
        assert!(!is_document_of(kind, number), "{number}");
    }
}

proptest! {
    #[test]
    fn china_has_one_check_sign(region in 110_000_u32..820_000, year in 1900_u32..2100, month in 1_u32..=12, day in 1_u32..=28, serial in 0_u32..1_000) {
        let first = format!("{region:06}{year:04}{month:02}{day:02}{serial:03}");
        for sign in "0123456789X".chars() {
            let taken = is_document_of(DocumentKind::ChinaResident, &format!("{first}{sign}"));
            prop_assert_eq!(taken, sign == china_check(&first), "{}{}", first, sign);
        }
    }

    #[test]
    fn hong_kong_has_one_check_sign(letter in proptest::char::range('A', 'Z'), digits in "[0-9]{6}") {
        for sign in "0123456789A".chars() {
            let taken = is_document_of(DocumentKind::HongKong, &format!("{letter}{digits}({sign})"));
            prop_assert_eq!(taken, sign == hong_kong_check(letter, &digits), "{}{}({})", letter, digits, sign);
        }
    }

    #[test]
    fn taiwan_has_one_check_digit(letter in proptest::char::range('A', 'Z'), kind in prop::sample::select(vec!['1', '2', '8', '9']), digits in "[0-9]{7}") {
        let first = format!("{kind}{digits}");
        for sign in "0123456789".chars() {
            let taken = is_document_of(DocumentKind::Taiwan, &format!("{letter}{first}{sign}"));
            prop_assert_eq!(taken, sign == taiwan_check(letter, &first), "{}{}{}", letter, first, sign);
        }
    }

    #[test]
    fn no_text_is_a_panic(text in "\\PC{0,60}", other in "\\PC{0,60}", country in 0_u16..1_000) {
        for field in Field::ALL {
            let _ = remedy(field, country, &[&text, &other]);
        }
        for kind in [DocumentKind::ChinaResident, DocumentKind::HongKong, DocumentKind::Taiwan, DocumentKind::UnitedStates] {
            let _ = is_document_of(kind, &text);
        }
    }
}

#[test]
fn telephone_numbers_have_the_length_of_their_country_and_are_mobile() {
    for good in
        ["+8613800000000", "+85291234567", "+886912345678", "+6581234567", "+12125550100", "+351912345678"]
    {
        assert_eq!(remedy(Field::Phone, 0, &[good]), None, "{good}");
    }
    for bad in [
        "8613800000000",
        "+86138000000",
        "+0123456789",
        "+",
        "+12",
        "+1212555010",
        "+10125550100",
        "+86 1380",
    ] {
        assert_eq!(remedy(Field::Phone, 0, &[bad]), Some(Remedy::PhoneShape), "{bad}");
    }
    for fixed in ["+8621000000000", "+85221234567", "+886223456789"] {
        let found = remedy(Field::Phone, 0, &[fixed]);
        assert_eq!(found, Some(Remedy::PhoneMobile), "{fixed}");
    }
}

#[test]
fn mail_addresses_addresses_and_names_have_their_shapes() {
    for good in ["ming@post.example", "a.b+c@x-y.example", "名@例子.example"] {
        assert_eq!(remedy(Field::Email, 0, &[good]), None, "{good}");
    }
    for bad in [
        "",
        "ming",
        "ming@post",
        "@post.example",
        "a@b@c.example",
        "a b@c.example",
        "a..b@c.example",
        "a@-c.example",
        "a@c..example",
    ] {
        assert_eq!(remedy(Field::Email, 0, &[bad]), Some(Remedy::EmailShape), "{bad}");
    }
    assert_eq!(remedy(Field::Address, 0, &["18 Wutong Road", "Shanghai"]), None);
    assert_eq!(remedy(Field::Address, 0, &["18", "Shanghai"]), Some(Remedy::AddressShape));
    assert_eq!(remedy(Field::Address, 0, &["123456", "Shanghai"]), Some(Remedy::AddressShape));
    assert_eq!(remedy(Field::Name, 0, &["周明慧", "Zhou Minghui"]), None);
    assert_eq!(remedy(Field::Name, 0, &["Ana·María", "Ana María"]), None);
    assert_eq!(remedy(Field::Name, 0, &["周明慧", "周明慧"]), Some(Remedy::NameScript));
    assert_eq!(remedy(Field::Name, 0, &["周8", "Zhou"]), Some(Remedy::NameScript));
    assert_eq!(remedy(Field::Document, 276, &["anything"]), None, "no rule is known");
}

#[test]
fn what_there_is_already_is_no_change() {
    let phone = value(Field::Phone, &["+8613800000000".to_owned()]).expect("a value");
    let finding = check(Field::Phone, &phone, &phone).expect("a finding");
    assert_eq!((finding.field, finding.remedy), (Field::Phone, Remedy::Same));
}
