//! The table, and how long changes wait.

use crate::changes::{Direction, Field, Path, Policy, PolicyError, Sign};
use kernel::{DAY_US, HOUR_US};
use proptest::prelude::*;

const TABLE: &str = include_str!("../rules/policy.toml");

fn policy() -> Policy {
    Policy::built_in().expect("the table in the program")
}

#[test]
fn a_contact_waits_a_day_and_three_with_a_sign() {
    let policy = policy();
    for field in [Field::Phone, Field::Email, Field::Address] {
        assert_eq!(policy.plan(field, &[], 0).delay_us, DAY_US);
        for sign in Sign::ALL {
            assert_eq!(policy.plan(field, &[sign], 0).delay_us, 3 * DAY_US, "{field:?} {sign:?}");
        }
    }
    assert_eq!(policy.plan(Field::Language, &Sign::ALL, 3).delay_us, 0);
}

#[test]
fn changes_together_add_up_and_end_at_a_bound() {
    let policy = policy();
    assert_eq!(policy.plan(Field::Email, &[], 1).delay_us, 4 * DAY_US, "three days and the other one's");
    assert_eq!(policy.plan(Field::Email, &[], 2).delay_us, 5 * DAY_US);
    assert_eq!(policy.plan(Field::Email, &[], 1).signs, [Sign::OtherChange]);
    assert_eq!(policy.plan(Field::Email, &[], usize::MAX).delay_us, 14 * DAY_US);
}

#[test]
fn a_table_that_lets_a_contact_change_sooner_or_leaves_a_field_out_is_refused() {
    let sooner = TABLE.replacen("delay_hours = 24", "delay_hours = 23", 1);
    assert_eq!(Policy::read(&sooner).err(), Some(PolicyError::Hours("phone")));
    let without = TABLE.split("[fields.email]").next().expect("the fields before").to_owned()
        + "[risk]\n"
        + TABLE.split("[risk]\n").nth(1).expect("the risk");
    assert_eq!(Policy::read(&without).err(), Some(PolicyError::Missing("email")));
    assert!(matches!(Policy::read("fields = 1"), Err(PolicyError::Unreadable(_))));
}

#[test]
fn what_needs_a_document_is_not_changed_by_oneself() {
    for field in Field::ALL {
        let evidence = matches!(field, Field::Name | Field::Document);
        assert_eq!(policy().path(field) == Path::Evidence, evidence, "{field:?}");
        assert_eq!(policy().direction(field) == Direction::Neutral, field == Field::Language);
    }
}

fn some_signs() -> impl Strategy<Value = Vec<Sign>> {
    prop::collection::vec(prop::sample::select(Sign::ALL.to_vec()), 0..8)
}

proptest! {
    #[test]
    fn no_exposing_change_is_made_without_its_wait_and_more_signs_never_shorten_it(
        field in prop::sample::select(vec![Field::Phone, Field::Email, Field::Address]),
        signs in some_signs(),
        more in some_signs(),
        others in 0_usize..40,
    ) {
        let policy = policy();
        let plan = policy.plan(field, &signs, others);
        prop_assert!(plan.delay_us >= 24 * HOUR_US && plan.delay_us <= 14 * DAY_US);
        prop_assert!(plan.undo_us >= 72 * HOUR_US);
        let all: Vec<Sign> = signs.iter().chain(&more).copied().collect();
        prop_assert!(policy.plan(field, &all, others).delay_us >= plan.delay_us);
        prop_assert!(policy.plan(field, &signs, others + 1).delay_us >= plan.delay_us);
        let mut once = plan.signs.clone();
        once.dedup();
        prop_assert_eq!(once, plan.signs);
    }
}
