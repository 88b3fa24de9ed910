//! Tests of accounts that need no database; those that do are in `crates/testkit/tests/accounts.rs`.

use super::Person;
use kernel::Masked;
use platform::i18n::Locale;
use proptest::prelude::*;

fn person() -> Person {
    Person {
        name: Masked::new("周明慧"),
        name_latin: Masked::new("Zhou Minghui"),
        language: Locale::ZhHans,
        phone: Masked::new("+8613812346021"),
        email: Masked::new("zhou.minghui@post.example"),
        address: Masked::new("18 Wutong Road"),
        city: Masked::new("Shanghai"),
        country: 156,
        home: None,
        utc_offset_min: 480,
        document_number: None,
    }
}

fn with_document(number: &str) -> Person {
    Person { document_number: Some(Masked::new(number)), ..person() }
}

#[test]
fn contacts_and_documents_show_too_little_to_use() {
    assert_eq!(person().masked_phone(), "+86138 **** 6021");
    assert_eq!(Person { phone: Masked::new("123456"), ..person() }.masked_phone(), "**** 3456");
    assert_eq!(person().masked_email(), "z***@post.example");
    assert_eq!(Person { email: Masked::new("nonsense"), ..person() }.masked_email(), "—");
    assert_eq!(person().masked_document(), None);
    assert_eq!(with_document("000000 19900101 021X").masked_document().as_deref(), Some("**** 021X"));
    assert_eq!(with_document("E0000017").masked_document().as_deref(), Some("**** 17"));
    assert_eq!(with_document("A123").masked_document().as_deref(), Some("**** 3"));
}

#[test]
fn a_document_number_is_letters_and_digits() {
    for good in ["E0000017", "A000000(3)", "00000019900101002x", "AB-12 34/5.6"] {
        assert!(with_document(good).check().is_ok(), "{good}");
    }
    for bad in [
        "",
        "A12",
        "E00000一七",
        "E0000017\n",
        "E0000017;",
        &"1".repeat(31),
        &format!("1234{}", "-".repeat(60)),
    ] {
        let refused = with_document(bad).check().unwrap_err().to_string();
        assert!(refused.contains("document number"), "{bad:?}: {refused}");
    }
}

#[test]
fn a_profile_from_before_documents_still_opens() {
    let mut before = person().encode().unwrap().expose().clone();
    before[0] = 1;
    assert_eq!(before.pop(), Some(0), "the document number stands last");
    assert_eq!(Person::decode(&before, Locale::ZhHans, 156).unwrap(), person());
    before[0] = 3;
    assert!(Person::decode(&before, Locale::ZhHans, 156).is_err(), "a version of the future");
}

proptest! {
    #[test]
    fn a_profile_reads_back(number in proptest::option::of("[A-Z0-9]{4,30}")) {
        let person = Person { document_number: number.map(Masked::new), ..person() };
        let sealed = person.encode().unwrap();
        prop_assert_eq!(Person::decode(sealed.expose(), Locale::ZhHans, 156).unwrap(), person);
    }

    #[test]
    fn a_mask_shows_at_most_a_quarter(number in "[A-Z0-9]{4,30}") {
        let shown = with_document(&number).masked_document().unwrap();
        let last = shown.strip_prefix("**** ").unwrap();
        prop_assert!(last.len() <= 4 && last.len() * 4 <= number.len() && number.ends_with(last));
    }
}
