//! The message type indicator: four digits for version, class, function and origin.
//!
//! Problem: requests, advices, answers and repeats differ in single digits that are easily confused.
//! Design: four ASCII digits in a small copyable type; the answer's type is computed, never configured.
//! Source: ISO 8583:1987, table of message types. What it does not do: say which types this issuer serves.

use std::fmt;

/// A message type indicator, for example `0100`. Always four ASCII digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mti([u8; 4]);

impl Mti {
    /// 0100: may this purchase be made?
    pub const AUTHORIZATION: Self = Self(*b"0100");
    /// 0110: answer to 0100 and 0101.
    pub const AUTHORIZATION_ANSWER: Self = Self(*b"0110");
    /// 0120: an authorization that was decided elsewhere is reported.
    pub const AUTHORIZATION_ADVICE: Self = Self(*b"0120");
    /// 0200: authorization and capture in one message.
    pub const FINANCIAL: Self = Self(*b"0200");
    /// 0220: a capture that was decided elsewhere is reported.
    pub const FINANCIAL_ADVICE: Self = Self(*b"0220");
    /// 0400: cancel the original, wholly or in part.
    pub const REVERSAL: Self = Self(*b"0400");
    /// 0420: the original has been cancelled.
    pub const REVERSAL_ADVICE: Self = Self(*b"0420");
    /// 0620: something is reported that moves no money, such as what a payment proved to be.
    pub const ADMINISTRATIVE_ADVICE: Self = Self(*b"0620");
    /// 0800: sign-on, sign-off, echo.
    pub const NETWORK: Self = Self(*b"0800");

    /// From four ASCII digits; `None` for anything else.
    pub fn from_digits(digits: [u8; 4]) -> Option<Self> {
        digits.iter().all(u8::is_ascii_digit).then_some(Self(digits))
    }

    /// The four ASCII digits.
    pub fn digits(&self) -> [u8; 4] {
        self.0
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        // The constructor admits digits only, so the text is always valid.
        std::str::from_utf8(&self.0).unwrap_or("????")
    }

    /// The version digit: `0` is ISO 8583:1987, the only one that is spoken here.
    pub fn version(&self) -> u8 {
        let [version, ..] = self.0;
        version
    }

    /// The class digit: `1` authorization, `2` financial, `4` reversal, `8` network management.
    pub fn class(&self) -> u8 {
        let [_, class, ..] = self.0;
        class
    }

    /// The function digit: `0` request, `1` its answer, `2` advice, `3` its answer.
    pub fn function(&self) -> u8 {
        let [_, _, function, _] = self.0;
        function
    }

    /// Whether the sender marks the message as a repeat (0101, 0121, 0201, 0401, 0421).
    pub fn is_repeat(&self) -> bool {
        let [_, _, _, origin] = self.0;
        matches!(origin, b'1' | b'3' | b'5')
    }

    /// The type without the repeat mark: 0101 becomes 0100.
    pub fn without_repeat(&self) -> Self {
        let [version, class, function, origin] = self.0;
        let origin = match origin {
            b'1' => b'0',
            b'3' => b'2',
            b'5' => b'4',
            other => other,
        };
        Self([version, class, function, origin])
    }

    /// The type of the answer, or `None` when the message expects none (an answer, a notification,
    /// another version). 0100 and 0101 give 0110; 0120 and 0121 give 0130.
    pub fn answer(&self) -> Option<Self> {
        let [version, class, function, origin] = self.without_repeat().0;
        let function = match function {
            b'0' => b'1',
            b'2' => b'3',
            _ => return None,
        };
        let known = version == b'0' && matches!(class, b'1'..=b'8') && matches!(origin, b'0' | b'2' | b'4');
        known.then_some(Self([version, class, function, origin]))
    }
}

impl fmt::Debug for Mti {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for Mti {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_follow_the_table() {
        let table = [
            ("0100", Some("0110")),
            ("0101", Some("0110")),
            ("0120", Some("0130")),
            ("0121", Some("0130")),
            ("0200", Some("0210")),
            ("0201", Some("0210")),
            ("0220", Some("0230")),
            ("0400", Some("0410")),
            ("0401", Some("0410")),
            ("0420", Some("0430")),
            ("0421", Some("0430")),
            ("0800", Some("0810")),
            ("0820", Some("0830")),
            ("0110", None),
            ("0130", None),
            ("0140", None),
            ("1100", None),
            ("0900", None),
            ("0109", None),
        ];
        for (asked, answer) in table {
            let asked = Mti::from_digits(asked.as_bytes().try_into().unwrap()).unwrap();
            assert_eq!(asked.answer().map(|a| a.to_string()).as_deref(), answer, "{asked}");
        }
    }

    #[test]
    fn only_digits_make_a_type() {
        assert!(Mti::from_digits(*b"01O0").is_none());
        assert!(Mti::from_digits([0xff; 4]).is_none());
    }
}
