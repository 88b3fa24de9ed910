//! References carry nothing about a person; every kind has an owner; addresses to go back to are the desk's.

use super::model::{MatterKind, Reference};
use super::rules::{kinds_of, needs_words};
use platform::access::Role;

#[test]
fn a_reference_is_short_and_carries_no_card_number_and_no_words() {
    for good in ["C-2026-000123", "case7", "A"] {
        assert_eq!(
            Reference::parse(&format!(" {good} ")).map(|reference| reference.0),
            Some(good.to_owned())
        );
    }
    for bad in
        ["", "9000123412341234", "9000-1234-1234", "Zhou Minghui", "周明慧", "a@b.example", &"a".repeat(25)]
    {
        assert_eq!(Reference::parse(bad), None, "{bad}");
    }
}

#[test]
fn only_an_officer_reads_for_a_reason_alone_and_nobody_opens_an_emergency_by_the_usual_form() {
    for role in Role::ALL {
        let kinds = kinds_of(*role);
        assert_eq!(kinds.contains(&MatterKind::Review), *role == Role::Compliance, "{role}");
        assert!(!kinds.contains(&MatterKind::Emergency), "{role}");
        assert_eq!(kinds.is_empty(), !role.is_staff() || *role == Role::Administrator, "{role}");
    }
    assert!(needs_words(MatterKind::Review) && !needs_words(MatterKind::Call));
}

#[test]
fn words_of_kinds_read_back() {
    for kind in ["call", "case", "alert", "review", "emergency"] {
        assert_eq!(MatterKind::from_word(kind).map(MatterKind::word), Some(kind));
    }
    assert_eq!(MatterKind::from_word("curiosity"), None);
}
