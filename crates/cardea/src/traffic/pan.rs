//! Card numbers of test cards: made, checked, and never printed.
//!
//! Numbers that start with 9 belong to no card scheme (ISO/IEC 7812 leaves them to national use), so a number
//! made here can't be a living person's. They are still treated like real ones: `Debug` shows the last four
//! digits, the memory is wiped on drop, and only [`TestPan::reveal`] gives the digits away, by name.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Digits of a customer number inside an imported card number: 9, fourteen digits, check digit.
pub const CUSTOMER_DIGITS: usize = 14;
/// One more than the greatest customer number that fits [`CUSTOMER_DIGITS`].
pub const CUSTOMERS_MAX: u64 = 100_000_000_000_000;

/// A card number of the test range: 16 digits, first digit 9, valid Luhn check digit.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Zeroize, ZeroizeOnDrop)]
pub struct TestPan(String);

impl TestPan {
    /// The card number of a customer of imported data: `9`, the customer number in 14 digits, check digit.
    /// `None` when the number has more digits than fit.
    #[must_use]
    pub fn of_customer(customer: u64) -> Option<Self> {
        if customer >= CUSTOMERS_MAX {
            return None;
        }
        Self::with_check_digit(format!("9{customer:0width$}", width = CUSTOMER_DIGITS))
    }

    /// Completes 15 digits with their check digit. `None` unless they are 15 digits of which the first is 9.
    #[must_use]
    pub fn with_check_digit(mut body: String) -> Option<Self> {
        if body.len() != 15 || !body.starts_with('9') {
            return None;
        }
        let digit = luhn_digit(&body)?;
        body.push(char::from(b'0' + digit));
        Some(Self(body))
    }

    /// Takes a whole number. `None` unless it is 16 digits from the test range with a right check digit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (body, _) = text.split_at_checked(15)?;
        let pan = Self::with_check_digit(body.to_owned())?;
        (pan.0 == text).then_some(pan)
    }

    /// All 16 digits. For the wire and for `cards.csv` of a demo; nothing else should call it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The last four digits, the most that a person is shown.
    #[must_use]
    pub fn last_four(&self) -> &str {
        self.0.get(12..).unwrap_or("")
    }
}

impl fmt::Debug for TestPan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestPan(****{})", self.last_four())
    }
}

/// A secret of a test card (CVV2, PIN, query password): digits that `Debug` never shows.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct TestCode(String);

impl TestCode {
    /// `None` unless the text is 3 to 12 digits (ISO 9564 PINs are 4 to 12, a CVV2 is 3).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        (digits && (3..=12).contains(&text.len())).then(|| Self(text.to_owned()))
    }

    /// The digits. For the wire and for `cards.csv` of a demo; nothing else should call it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// A code of the same length that differs in its last digit: what a thief or a slip of the finger types.
    #[must_use]
    pub fn mistyped(&self) -> Self {
        let (head, last) = self.0.split_at(self.0.len().saturating_sub(1));
        let digit = last.bytes().next().map_or(0, |b| (b - b'0' + 1) % 10);
        Self(format!("{head}{digit}"))
    }
}

impl fmt::Debug for TestCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestCode(*)")
    }
}

/// Check digit of the Luhn formula (ISO/IEC 7812-1 annex B) for digits without it; `None` for anything else.
#[must_use]
pub fn luhn_digit(body: &str) -> Option<u8> {
    let mut sum = 0_u32;
    for (place, byte) in body.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return None;
        }
        let digit = u32::from(byte - b'0');
        sum += match (place % 2 == 0, digit) {
            (false, d) => d,
            (true, d) if d < 5 => d * 2,
            (true, d) => d * 2 - 9,
        };
    }
    u8::try_from((10 - sum % 10) % 10).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Another way to the same answer: double every second digit as text and add all digits.
    fn luhn_valid(number: &str) -> bool {
        let mut total = 0;
        for (i, c) in number.chars().rev().enumerate() {
            let d = c.to_digit(10).expect("digit");
            let text = if i % 2 == 1 { (d * 2).to_string() } else { d.to_string() };
            total += text.chars().filter_map(|c| c.to_digit(10)).sum::<u32>();
        }
        total % 10 == 0
    }

    #[test]
    fn published_luhn_examples_hold() {
        assert_eq!(luhn_digit("7992739871"), Some(3));
        assert_eq!(luhn_digit("37828224631000"), Some(5));
        assert_eq!(luhn_digit("12a"), None);
    }

    #[test]
    fn a_customer_number_becomes_its_card_number() {
        let pan = TestPan::of_customer(4122).expect("fits");
        assert_eq!(&pan.reveal()[..15], "900000000004122");
        assert!(luhn_valid(pan.reveal()));
        assert!(TestPan::of_customer(CUSTOMERS_MAX).is_none());
    }

    #[test]
    fn numbers_of_real_schemes_are_refused() {
        assert!(TestPan::parse("4111111111111111").is_none());
        assert!(TestPan::parse("9000000000000000").is_none(), "wrong check digit");
        assert!(TestPan::parse("\u{ff19}0000000000000").is_none());
    }

    #[test]
    fn debug_shows_four_digits_at_most() {
        let pan = TestPan::of_customer(12_345_678_901_234).expect("fits");
        let shown = format!("{pan:?}");
        assert!(shown.contains(pan.last_four()));
        assert!(!shown.contains(&pan.reveal()[..12]));
        let code = TestCode::parse("481").expect("digits");
        assert!(!format!("{code:?}").contains("481"));
        assert_eq!(code.mistyped().reveal(), "482");
    }

    proptest! {
        #[test]
        fn every_customer_has_its_own_valid_number(a in 0..CUSTOMERS_MAX, b in 0..CUSTOMERS_MAX) {
            let (pan_a, pan_b) = (TestPan::of_customer(a).expect("fits"), TestPan::of_customer(b).expect("fits"));
            prop_assert!(luhn_valid(pan_a.reveal()));
            prop_assert_eq!(a == b, pan_a == pan_b);
            prop_assert_eq!(TestPan::parse(pan_a.reveal()), Some(pan_a));
        }
    }
}
