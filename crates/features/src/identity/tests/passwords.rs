//! Query passwords that others would try first.

use super::super::{Weakness, weakness};

#[test]
fn easy_ones_are_refused_with_their_reason() {
    let known = ["8613800016021", "900001", "4321"];
    for (password, why) in [
        ("12345", Weakness::NotSixDigits),
        ("1234567", Weakness::NotSixDigits),
        ("12345a", Weakness::NotSixDigits),
        ("１２３４５６", Weakness::NotSixDigits),
        ("777777", Weakness::Repeats),
        ("787878", Weakness::Repeats),
        ("478478", Weakness::Repeats),
        ("112111", Weakness::Repeats),
        ("123456", Weakness::Steps),
        ("987654", Weakness::Steps),
        ("890123", Weakness::Steps),
        ("135791", Weakness::Steps),
        ("860531", Weakness::Date),
        ("310586", Weakness::Date),
        ("053186", Weakness::Date),
        ("198605", Weakness::Date),
        ("016021", Weakness::Known),
        ("786021", Weakness::Known),
        ("943217", Weakness::Known),
        ("900001", Weakness::Known),
        ("147258", Weakness::Common),
        ("168888", Weakness::Common),
    ] {
        assert_eq!(weakness(password, &known), Some(why), "{password}");
    }
    for password in ["472916", "830467", "259740"] {
        assert_eq!(weakness(password, &known), None, "{password}");
    }
}

#[test]
fn most_passwords_may_be_taken() {
    let free = (0..1_000_000).filter(|number| weakness(&format!("{number:06}"), &[]).is_none()).count();
    assert!(free > 850_000, "{free} of a million are left");
}
