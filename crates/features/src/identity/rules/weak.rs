//! Query passwords that others would try first.
//!
//! Six digits have a million values, but people choose few of them. Refused are: one digit repeated, pairs and triples
//! repeated, steps up and down, what reads as a date of birth (whoever's: none is kept here), the end of the person's own
//! telephone number or mail address, digits of their own cards, and a list of what is chosen most.

/// Digits of a query password.
pub const PASSWORD_DIGITS: usize = 6;

/// Why a query password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// It is not six digits.
    NotSixDigits,
    /// It repeats itself.
    Repeats,
    /// It counts up or down.
    Steps,
    /// It reads as a date.
    Date,
    /// It is part of what others know about the person.
    Known,
    /// Many people choose it.
    Common,
}

impl Weakness {
    /// The word in answers, and the end of the key of its sentence.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotSixDigits => "not-six-digits",
            Self::Repeats => "repeats",
            Self::Steps => "steps",
            Self::Date => "date",
            Self::Known => "known",
            Self::Common => "common",
        }
    }
}

/// Patterns on the keypad and numbers of luck that are chosen again and again.
const COMMON: &[&str] = &[
    "147258", "258369", "159357", "357159", "147369", "963852", "852963", "741852", "753951", "951753",
    "789456", "456123", "123789", "789123", "147852", "258147", "520131", "131452", "521131", "201314",
    "168888", "886688", "668866", "518518", "520520", "112358", "314159", "271828", "102030", "112233",
    "223344", "332211", "445566", "998877", "101112", "121314", "135790", "246810", "135246", "135791",
    "975310", "142536", "142857", "123654", "456789", "007007", "696969", "159753", "789789", "110110",
    "119119", "100000", "100001", "200000", "123321", "111222", "222333", "888666", "666888", "999888",
    "888999", "168168", "151617", "198800", "200800",
];

/// Why `password` is refused; `None`: it may be taken. `known` are numbers that others know of this person (telephone,
/// card numbers), each as digits.
pub fn weakness(password: &str, known: &[&str]) -> Option<Weakness> {
    let digits: Vec<u8> = password.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
    if digits.len() != PASSWORD_DIGITS || password.len() != PASSWORD_DIGITS {
        return Some(Weakness::NotSixDigits);
    }
    if repeats(&digits) {
        return Some(Weakness::Repeats);
    }
    if steps(&digits) {
        return Some(Weakness::Steps);
    }
    if reads_as_date(&digits) {
        return Some(Weakness::Date);
    }
    let tells = |number: &&str| {
        let end = number.get(number.len().saturating_sub(4)..).filter(|end| end.len() == 4);
        number.contains(password) || end.is_some_and(|end| password.contains(end))
    };
    if known.iter().any(tells) {
        return Some(Weakness::Known);
    }
    COMMON.contains(&password).then_some(Weakness::Common)
}

/// At most two different digits, or one part again and again.
fn repeats(digits: &[u8]) -> bool {
    let mut different = digits.to_vec();
    different.sort_unstable();
    different.dedup();
    let parts = |size: usize| digits.chunks(size).all(|part| Some(part) == digits.get(..size));
    different.len() <= 2 || parts(2) || parts(3)
}

/// Every digit differs from the one before by the same step of one to three, up or down, past nine to zero as well.
fn steps(digits: &[u8]) -> bool {
    let by =
        |step: u8| digits.windows(2).all(|pair| matches!(pair, [one, next] if (one + step) % 10 == *next));
    [1, 2, 3, 7, 8, 9].into_iter().any(by)
}

/// Year, month, day in an order that people use.
fn reads_as_date(digits: &[u8]) -> bool {
    let [a, b, c, d, e, f] = *digits else { return false };
    let (one, two, three) = (a * 10 + b, c * 10 + d, e * 10 + f);
    let day_of = |month: u8, day: u8| (1..=12).contains(&month) && (1..=31).contains(&day);
    // Years of the living; as four digits (198605: 1986, May) too.
    let year_of = |year: u8| year >= 30 || year <= 15;
    let year_and_month = matches!(one, 19 | 20) && (1..=12).contains(&three);
    (year_of(one) && day_of(two, three))
        || (year_of(three) && (day_of(one, two) || day_of(two, one)))
        || year_and_month
}
