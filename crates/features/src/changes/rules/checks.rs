//! Whether a value can be one, before anybody signs or waits for it. Each finding names the field and the remedy.

use super::super::model::{Field, Value};
use super::documents::{document_kind, is_document_of};
use kernel::Masked;
use serde::Serialize;

/// The longest address, characters.
const ADDRESS_CHARS_MAX: usize = 300;
/// The shortest address that leads anywhere, characters.
const ADDRESS_CHARS_MIN: usize = 4;
/// The longest name of a city, characters.
const CITY_CHARS_MAX: usize = 100;
/// The longest mail address, bytes (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;
/// The longest part before the @, bytes.
const LOCAL_BYTES_MAX: usize = 64;
/// The longest name, characters.
const NAME_CHARS_MAX: usize = 100;

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// A telephone number begins with + and the country code and has the length of its country.
    PhoneShape,
    /// A text message must reach it: a mobile number.
    PhoneMobile,
    /// A mail address has a name, one @, and a domain with a dot.
    EmailShape,
    /// An address has 4 to 300 characters, with a letter; a city has 1 to 100.
    AddressShape,
    /// A name has letters, and in its Latin form none but Latin ones.
    NameScript,
    /// The check digit does not fit the number.
    DocumentDigits,
    /// It is the value that there is.
    Same,
}

impl Remedy {
    /// The word in answers and keys.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PhoneShape => "phone_shape",
            Self::PhoneMobile => "phone_mobile",
            Self::EmailShape => "email_shape",
            Self::AddressShape => "address_shape",
            Self::NameScript => "name_script",
            Self::DocumentDigits => "document_digits",
            Self::Same => "same",
        }
    }

    /// The key of the sentence that says what to do.
    pub fn key(self) -> String {
        format!("changes-remedy-{}", self.word().replace('_', "-"))
    }
}

/// A field with what is wrong in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Finding {
    /// Which field.
    pub field: Field,
    /// What is wrong, and so what to do.
    pub remedy: Remedy,
}

/// What is wrong with a new value beside the present one.
pub(in super::super) fn check(field: Field, from: &Value, to: &Value) -> Option<Finding> {
    let found = |remedy: Remedy| Some(Finding { field, remedy });
    if from == to {
        return found(Remedy::Same);
    }
    match to {
        Value::Phone(phone) => phone_remedy(phone.reveal()).and_then(found),
        Value::Email(email) if !is_email(email.reveal()) => found(Remedy::EmailShape),
        Value::Address { street, city } if !is_address(street.reveal(), city.reveal()) => {
            found(Remedy::AddressShape)
        }
        _ => None,
    }
}

/// The same for a value that stands alone, as an onboarding or a branch has it.
pub(in super::super) fn check_alone(field: Field, country: u16, texts: &[Masked]) -> Option<Finding> {
    let text = |at: usize| texts.get(at).map_or("", Masked::reveal);
    let remedy = match field {
        Field::Phone => phone_remedy(text(0)),
        Field::Email => (!is_email(text(0))).then_some(Remedy::EmailShape),
        Field::Address => (!is_address(text(0), text(1))).then_some(Remedy::AddressShape),
        Field::Name => (!is_name(text(0), text(1))).then_some(Remedy::NameScript),
        Field::Document => match document_kind(country) {
            Some(kind) => (!is_document_of(kind, text(0))).then_some(Remedy::DocumentDigits),
            None => None,
        },
        Field::Language => None,
    };
    remedy.map(|remedy| Finding { field, remedy })
}

/// Lengths of the number behind a country code, and with which digits its mobile numbers begin; empty: any.
struct Plan {
    code: &'static str,
    lengths: std::ops::RangeInclusive<usize>,
    mobile: &'static [&'static str],
}

/// Countries whose numbers we know better than E.164 says; longer codes first where one begins another.
const PLANS: &[Plan] = &[
    Plan { code: "852", lengths: 8..=8, mobile: &["4", "5", "6", "7", "9"] },
    Plan { code: "853", lengths: 8..=8, mobile: &["6"] },
    Plan { code: "886", lengths: 9..=9, mobile: &["9"] },
    Plan { code: "86", lengths: 11..=11, mobile: &["13", "14", "15", "16", "17", "18", "19"] },
    Plan { code: "65", lengths: 8..=8, mobile: &["8", "9"] },
    Plan { code: "81", lengths: 9..=10, mobile: &["70", "80", "90"] },
    Plan { code: "44", lengths: 9..=10, mobile: &["7"] },
    Plan { code: "49", lengths: 6..=13, mobile: &["15", "16", "17"] },
    Plan { code: "33", lengths: 9..=9, mobile: &["6", "7"] },
    // North America gives no mobile numbers of their own.
    Plan { code: "1", lengths: 10..=10, mobile: &[] },
];

fn phone_remedy(phone: &str) -> Option<Remedy> {
    let Some(digits) = phone.strip_prefix('+').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
    else {
        return Some(Remedy::PhoneShape);
    };
    if !(7..=15).contains(&digits.len()) || digits.starts_with('0') {
        return Some(Remedy::PhoneShape);
    }
    let (plan, own) = PLANS.iter().find_map(|plan| Some((plan, digits.strip_prefix(plan.code)?)))?;
    if !plan.lengths.contains(&own.len()) || (plan.code == "1" && own.starts_with(['0', '1'])) {
        return Some(Remedy::PhoneShape);
    }
    let mobile = plan.mobile.is_empty() || plan.mobile.iter().any(|begins| own.starts_with(begins));
    (!mobile).then_some(Remedy::PhoneMobile)
}

fn is_email(email: &str) -> bool {
    let plain = email.chars().all(|letter| !letter.is_whitespace() && !letter.is_control());
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    let dots = |text: &str| !text.starts_with('.') && !text.ends_with('.') && !text.contains("..");
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    plain
        && email.len() <= EMAIL_BYTES_MAX
        && !local.is_empty()
        && local.len() <= LOCAL_BYTES_MAX
        && !local.contains(['@', '"', '(', ')', ',', ':', ';', '<', '>', '[', ']', '\\'])
        && dots(local)
        && domain.contains('.')
        && domain.split('.').all(label)
}

fn is_address(street: &str, city: &str) -> bool {
    let fits = |text: &str, min: usize, max: usize| {
        let plain = !text.chars().any(char::is_control);
        plain && (min..=max).contains(&text.chars().count()) && text.chars().any(char::is_alphabetic)
    };
    fits(street, ADDRESS_CHARS_MIN, ADDRESS_CHARS_MAX) && fits(city, 1, CITY_CHARS_MAX)
}

fn is_name(own: &str, latin: &str) -> bool {
    let joins = |letter: char| matches!(letter, ' ' | '-' | '\'' | '’' | '.' | '·' | '‧' | ',');
    let fits = |text: &str| (1..=NAME_CHARS_MAX).contains(&text.chars().count());
    let own_fits = fits(own) && own.chars().all(|letter| letter.is_alphabetic() || joins(letter));
    let is_latin = |letter: char| letter.is_alphabetic() && u32::from(letter) < 0x250;
    let latin_fits = fits(latin) && latin.chars().all(|letter| is_latin(letter) || joins(letter));
    own_fits && latin_fits && own.chars().any(char::is_alphabetic) && latin.chars().any(is_latin)
}
