//! Numbers of identity documents whose last sign is computed from the others, or whose shape is fixed.
//!
//! A wrong check digit is a slip of the pen and is said at once, with the country; a right one proves nothing about anybody.
//! Sources: GB 11643-1999 with ISO 7064 MOD 11-2; Hong Kong and Taiwan by their published weights; the United States by the
//! Social Security Administration's numbering (no 000, 666 or 9xx, no 00, no 0000).

use serde::{Deserialize, Serialize};

/// A kind of document whose number can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Resident identity card of mainland China.
    ChinaResident,
    /// Hong Kong identity card.
    HongKong,
    /// Taiwan identity card or resident certificate.
    Taiwan,
    /// Social security number of the United States.
    UnitedStates,
}

/// The kind that a country's customers have; `None` where we know no rule.
pub fn document_kind(country: u16) -> Option<DocumentKind> {
    match country {
        156 => Some(DocumentKind::ChinaResident),
        344 => Some(DocumentKind::HongKong),
        158 => Some(DocumentKind::Taiwan),
        840 => Some(DocumentKind::UnitedStates),
        _ => None,
    }
}

/// Whether `number` can be one of this kind. Spaces, hyphens and brackets don't matter.
pub fn is_document_of(kind: DocumentKind, number: &str) -> bool {
    let signs: Vec<u8> = number
        .bytes()
        .filter(|sign| !matches!(sign, b' ' | b'-' | b'(' | b')'))
        .map(|sign| sign.to_ascii_uppercase())
        .collect();
    match kind {
        DocumentKind::ChinaResident => is_china(&signs),
        DocumentKind::HongKong => is_hong_kong(&signs),
        DocumentKind::Taiwan => is_taiwan(&signs),
        DocumentKind::UnitedStates => is_united_states(&signs),
    }
}

fn digit(sign: u8) -> Option<u32> {
    sign.is_ascii_digit().then(|| u32::from(sign - b'0'))
}

fn digits(signs: &[u8]) -> Option<Vec<u32>> {
    signs.iter().map(|sign| digit(*sign)).collect()
}

fn number(digits: &[u32]) -> u32 {
    digits.iter().fold(0, |number, digit| number * 10 + digit)
}

/// Whether there is such a day in the years in which somebody alive can be born.
fn is_day(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 0,
    };
    (1900..=2100).contains(&year) && (1..=days).contains(&day)
}

fn is_china(signs: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let Some((last, first)) = signs.split_last() else { return false };
    let Some(first) = digits(first).filter(|first| first.len() == 17) else { return false };
    let born = (first.get(6..10), first.get(10..12), first.get(12..14));
    let (Some(year), Some(month), Some(day)) = born else { return false };
    let sum: u32 = first.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = usize::try_from(sum % 11).ok().and_then(|rest| CHECKS.get(rest));
    // Regions begin with 1 to 9: 8 is Taiwan, Hong Kong and Macao residents, 9 foreigners with permanent residence.
    let region = first.first().is_some_and(|first| *first > 0);
    region && is_day(number(year), number(month), number(day)) && check == Some(last)
}

fn is_hong_kong(signs: &[u8]) -> bool {
    let letters = signs.iter().take_while(|sign| sign.is_ascii_uppercase()).count();
    if !matches!((letters, signs.len()), (1, 8) | (2, 9)) {
        return false;
    }
    let letter = |sign: u8| u32::from(sign - b'A') + 10;
    // One letter stands behind a blank, which counts 36.
    let mut values: Vec<u32> = if letters == 1 { vec![36] } else { Vec::new() };
    for (at, sign) in signs.iter().enumerate() {
        let last = at + 1 == signs.len();
        match digit(*sign) {
            Some(digit) => values.push(digit),
            None if at < letters => values.push(letter(*sign)),
            None if last && *sign == b'A' => values.push(10),
            None => return false,
        }
    }
    let sum: u32 = values.iter().zip((1..=9).rev()).map(|(value, weight)| value * weight).sum();
    sum.is_multiple_of(11)
}

fn is_taiwan(signs: &[u8]) -> bool {
    // The letters in the order of their numbers 10 to 35.
    const LETTERS: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    const WEIGHTS: [u32; 11] = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1];
    let Some((first, rest)) = signs.split_first() else { return false };
    let Some(place) = LETTERS.iter().position(|letter| letter == first) else { return false };
    let Some(rest) = digits(rest).filter(|rest| rest.len() == 9) else { return false };
    // 1 and 2: citizens; 8 and 9: residents.
    if !rest.first().is_some_and(|kind| matches!(kind, 1 | 2 | 8 | 9)) {
        return false;
    }
    let place = u32::try_from(place).unwrap_or(0) + 10;
    let values = [place / 10, place % 10].into_iter().chain(rest);
    let sum: u32 = values.zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    sum.is_multiple_of(10)
}

fn is_united_states(signs: &[u8]) -> bool {
    let Some(all) = digits(signs).filter(|all| all.len() == 9) else { return false };
    let (Some(area), Some(group), Some(serial)) = (all.get(..3), all.get(3..5), all.get(5..)) else {
        return false;
    };
    let area = number(area);
    area != 0 && area != 666 && area < 900 && number(group) != 0 && number(serial) != 0
}
