//! Which language a reader gets.

use axum::http::{HeaderMap, Uri, header};
use serde::{Deserialize, Serialize};

const COOKIE: &str = "lang";
const ACCEPTED_LANGUAGES_MAX: usize = 16;

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Locale {
    /// Simplified Chinese.
    #[default]
    #[serde(rename = "zh-Hans")]
    ZhHans,
    /// Traditional Chinese.
    #[serde(rename = "zh-Hant")]
    ZhHant,
    /// British English.
    #[serde(rename = "en")]
    En,
}

impl Locale {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::ZhHans, Self::ZhHant, Self::En];

    /// The language tag (BCP 47), as in `lang` attributes, cookies and columns.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhHans => "zh-Hans",
            Self::ZhHant => "zh-Hant",
            Self::En => "en",
        }
    }

    /// The language's name in itself, for the link that switches to it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::ZhHans => "简体中文",
            Self::ZhHant => "繁體中文",
            Self::En => "English",
        }
    }

    /// The language that best fits a tag such as `zh-TW`, `zh-hans-CN` or `en-GB`; none for others.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.trim().to_ascii_lowercase();
        let mut parts = tag.split(['-', '_']);
        match parts.next() {
            Some("en") => Some(Self::En),
            Some("zh") => {
                let mut script = None;
                for part in parts {
                    match part {
                        "hant" => return Some(Self::ZhHant),
                        "hans" => return Some(Self::ZhHans),
                        "tw" | "hk" | "mo" => script = Some(Self::ZhHant),
                        _ => {}
                    }
                }
                Some(script.unwrap_or(Self::ZhHans))
            }
            _ => None,
        }
    }
}

/// What a request and its customer say about the language, strongest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `?lang=`: the reader just chose it. Answer with [`lang_cookie`].
    pub query: Option<Locale>,
    /// The cookie of an earlier choice.
    pub cookie: Option<Locale>,
    /// The customer's or staff member's own setting.
    pub person: Option<Locale>,
    /// What the browser asks for.
    pub browser: Option<Locale>,
}

impl Wishes {
    /// Reads query, cookie and browser setting; `person` is left to the caller, who knows the session.
    pub fn from_request(uri: &Uri, headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            query: uri.query().and_then(|query| value_of(query.split('&'), COOKIE)),
            cookie: text(header::COOKIE).and_then(|all| value_of(all.split(';'), COOKIE)),
            person: None,
            browser: text(header::ACCEPT_LANGUAGE).and_then(best_accepted),
        }
    }

    /// The same with the signed-in person's language.
    #[must_use]
    pub const fn with_person(mut self, person: Option<Locale>) -> Self {
        self.person = person;
        self
    }

    /// The language to answer in.
    pub fn locale(self) -> Locale {
        self.query.or(self.cookie).or(self.person).or(self.browser).unwrap_or_default()
    }
}

/// The `Set-Cookie` value that remembers a choice for a year.
pub fn lang_cookie(locale: Locale) -> String {
    format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", locale.tag())
}

fn value_of<'a>(mut pairs: impl Iterator<Item = &'a str>, name: &str) -> Option<Locale> {
    pairs.find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        if key == name { Locale::from_tag(value) } else { None }
    })
}

/// The supported language with the highest weight in an `Accept-Language` header; the first of equals.
fn best_accepted(header: &str) -> Option<Locale> {
    let mut best: Option<(u32, Locale)> = None;
    for entry in header.split(',').take(ACCEPTED_LANGUAGES_MAX) {
        let mut parts = entry.split(';');
        let Some(locale) = parts.next().and_then(Locale::from_tag) else { continue };
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1_000, thousandths);
        if weight > 0 && best.is_none_or(|(found, _)| weight > found) {
            best = Some((weight, locale));
        }
    }
    best.map(|(_, locale)| locale)
}

/// `0.85` as 850; what can't be read counts as nothing.
fn thousandths(weight: &str) -> u32 {
    let (whole, fraction) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    let digits = format!("{:0<3}", fraction.get(..3).unwrap_or(fraction));
    match (whole, digits.parse::<u32>()) {
        ("1", _) => 1_000,
        ("0", Ok(value)) => value,
        _ => 0,
    }
}
