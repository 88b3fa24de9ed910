//! How figures are written: money, counts, percentages, durations in milliseconds. The same in all three
//! languages, so that a figure read out on the phone is the figure on the screen.

use kernel::{Currency, Money};

/// The minus sign of typography; a hyphen is too short beside digits.
pub const MINUS: char = '−';
const NO_BREAK_SPACE: char = '\u{a0}';

/// The parts of an amount, for a screen that sets them in different sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyParts {
    /// Nothing or [`MINUS`].
    pub sign: &'static str,
    /// `¥`, or the code and a space that does not break.
    pub currency: String,
    /// The major units, grouped by three.
    pub whole: String,
    /// The decimal point and the minor units; empty for a currency that has none.
    pub fraction: String,
}

impl MoneyParts {
    /// Takes `money` apart.
    pub fn of(money: Money) -> Self {
        let decimal = money.to_decimal();
        let magnitude = decimal.strip_prefix('-').unwrap_or(&decimal);
        let (whole, fraction) = match magnitude.split_once('.') {
            Some((whole, fraction)) => (whole, format!(".{fraction}")),
            None => (magnitude, String::new()),
        };
        Self {
            sign: if money.minor() < 0 { "−" } else { "" },
            currency: sign_of(money.currency()),
            whole: grouped_digits(whole),
            fraction,
        }
    }
}

/// What stands before the digits. `¥` means renminbi here, so yen are written with their code: a mistake
/// by a factor of twenty must not hang on context. Only signs that mean one currency are used.
fn sign_of(currency: Currency) -> String {
    if [Currency::CNY, Currency::USD, Currency::EUR].contains(&currency) || currency.code() == "GBP" {
        currency.symbol()
    } else {
        format!("{}{NO_BREAK_SPACE}", currency.code())
    }
}

/// `¥6,284.30`, `−¥12.00`, `JPY 48,000`, `KWD 1.250`.
pub fn money(money: Money) -> String {
    let MoneyParts { sign, currency, whole, fraction } = MoneyParts::of(money);
    format!("{sign}{currency}{whole}{fraction}")
}

/// The same with a plus before what is the customer's gain: `+¥129.00`.
pub fn money_with_plus(amount: Money) -> String {
    let plus = if amount.minor() > 0 { "+" } else { "" };
    format!("{plus}{}", money(amount))
}

/// With the currency's code, as beneath an amount that was billed in another one: `JPY 48,000`.
pub fn money_by_code(money: Money) -> String {
    let MoneyParts { sign, whole, fraction, .. } = MoneyParts::of(money);
    format!("{sign}{}{NO_BREAK_SPACE}{whole}{fraction}", money.currency().code())
}

/// A count, grouped by three: `4,720`, `−3`.
pub fn count(value: i64) -> String {
    let sign = if value < 0 { "−" } else { "" };
    format!("{sign}{}", grouped_digits(&value.unsigned_abs().to_string()))
}

/// A measured number with `places` decimals, grouped by three; an en dash for what is no number.
pub fn grouped_float(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.places$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let is_zero = text.chars().all(|letter| matches!(letter, '0' | '.'));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped_digits(whole))
}

/// A share as a percentage with one decimal: `percent(24, 25)` is `96.0%`. An en dash when `of` is zero.
pub fn percent(part: u64, of: u64) -> String {
    if of == 0 {
        return "–".to_owned();
    }
    // Half up, in whole thousandths; the products stay within 128 bits.
    let thousandths = (u128::from(part) * 1_000 + u128::from(of) / 2) / u128::from(of);
    format!("{}.{}%", grouped_digits(&(thousandths / 10).to_string()), thousandths % 10)
}

/// Microseconds as whole milliseconds: `38`; what is less than half of one is `<1`, zero is `0`.
pub fn milliseconds(us: u64) -> String {
    match us {
        0 => "0".to_owned(),
        1..500 => "<1".to_owned(),
        _ => grouped_digits(&((us.saturating_add(500)) / 1_000).to_string()),
    }
}

fn grouped_digits(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
