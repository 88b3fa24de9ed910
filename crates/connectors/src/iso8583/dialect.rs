//! A dialect as data: which fields exist, how long they are, and how their bytes look on the wire.
//!
//! Problem: switches agree on what DE4 means and disagree on how its digits are sent. Design: field kinds
//! and lengths come from one table in the usual notation (`n ..19`), and a dialect is a short TOML text
//! that says how each kind is encoded and may replace single fields; three dialects are built in, others
//! are read from a file. Why safe: a dialect is checked when it is loaded (unknown keys, lengths that do not
//! fit their prefix, paddings without a digit encoding), so parsing and writing need no such checks. What
//! it does not do: name meanings, which are in [`super::fields`], or describe bytes around the message
//! (see [`super::frame`]).

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

/// The field table of ISO 8583:1987 with the lengths that card switches use.
const FIELDS_1987: &str = include_str!("dialects/fields_1987.toml");

/// The dialects that come with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// Everything is ASCII text; bitmaps and binary fields are hexadecimal.
    Ascii,
    /// ASCII text with binary bitmaps and binary fields.
    AsciiBinaryBitmap,
    /// Message type, lengths and numeric fields are binary coded decimals.
    Bcd,
}

impl BuiltIn {
    /// All of them, in the order of their ports.
    pub const ALL: [Self; 3] = [Self::Ascii, Self::AsciiBinaryBitmap, Self::Bcd];

    /// The dialect's name in settings, logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ascii => "ascii",
            Self::AsciiBinaryBitmap => "ascii-binary-bitmap",
            Self::Bcd => "bcd",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Ascii => include_str!("dialects/ascii.toml"),
            Self::AsciiBinaryBitmap => include_str!("dialects/ascii-binary-bitmap.toml"),
            Self::Bcd => include_str!("dialects/bcd.toml"),
        }
    }
}

/// What characters a field admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `n`: digits.
    Numeric,
    /// `an`: ASCII letters, digits and spaces.
    Alphanumeric,
    /// `ans`: printable ASCII.
    Text,
    /// `b`: bytes.
    Binary,
    /// `z`: track data: digits and the separator `=`.
    Track,
}

/// How the value of a field looks on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// One ASCII character each; lengths count characters.
    Text,
    /// Two upper-case hexadecimal characters a byte; lengths count characters.
    Hex,
    /// Bytes as they are; lengths count bytes.
    Binary,
    /// Two digits a byte; lengths count digits.
    Bcd,
}

/// Where the filling half byte of an odd number of digits stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pad {
    /// A 0 before the first digit.
    LeftZero,
    /// An F after the last digit.
    RightF,
}

/// Fixed or variable length, in the units of the table: characters, digits, or bytes for `b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Always so long.
    Fixed(u16),
    /// A length prefix of so many decimal digits (2 or 3), and the longest length.
    Variable {
        /// Digits of the prefix.
        digits: u8,
        /// Longest length.
        max: u16,
    },
}

/// One field of a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Characters that it admits.
    pub kind: Kind,
    /// How long it is.
    pub length: Length,
    /// How it is sent.
    pub encoding: Encoding,
    /// How odd digits are filled; only with [`Encoding::Bcd`].
    pub pad: Pad,
}

/// A dialect, ready for parsing and writing.
#[derive(Clone, Debug)]
pub struct Dialect {
    name: String,
    mti: Encoding,
    bitmap: Encoding,
    prefix: Encoding,
    /// Index is the field number; 0, 1 and 65 are always empty.
    fields: Box<[Option<FieldSpec>]>,
}

/// A dialect text that is refused.
#[derive(Debug, Error)]
pub enum DialectError {
    /// Not TOML, an unknown key or an unknown word.
    #[error("not a dialect: {0}")]
    Toml(#[from] toml::de::Error),
    /// A field number that is no data field.
    #[error("`{0}` is no data field (2 to 128 without 65)")]
    Field(String),
    /// A description that is not like `n 12`, `ans ..25` or `b ...255`, or whose length does not fit.
    #[error("field {field}: `{text}` is no field description")]
    Description {
        /// The field.
        field: u8,
        /// The description.
        text: String,
    },
    /// An encoding that does not go with what it encodes.
    #[error("{what} can't be encoded so")]
    Encoding {
        /// What it was given for.
        what: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    mti: Encoding,
    bitmap: Encoding,
    length_prefix: Encoding,
    encoding: KindEncodings,
    #[serde(default)]
    pad: KindPads,
    #[serde(default)]
    pad_of_field: BTreeMap<String, Pad>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindEncodings {
    n: Encoding,
    an: Encoding,
    ans: Encoding,
    b: Encoding,
    z: Encoding,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindPads {
    n: Pad,
    z: Pad,
}

impl Default for KindPads {
    fn default() -> Self {
        Self { n: Pad::LeftZero, z: Pad::RightF }
    }
}

impl Dialect {
    /// One of the dialects that come with the program.
    ///
    /// # Errors
    /// Never for the texts that are built in; a test loads each.
    pub fn built_in(which: BuiltIn) -> Result<Self, DialectError> {
        Self::from_toml(which.text())
    }

    /// Reads a dialect from its TOML text: the 1987 field table, changed by what the text says.
    ///
    /// # Errors
    /// [`DialectError`] says what is wrong with the text.
    pub fn from_toml(text: &str) -> Result<Self, DialectError> {
        let file: File = toml::from_str(text)?;
        file.check()?;
        let table: BTreeMap<String, String> = toml::from_str(FIELDS_1987)?;
        let mut fields = vec![None; 129].into_boxed_slice();
        for (number, description) in table.iter().chain(&file.fields) {
            let field = field_number(number)?;
            let spec = file.spec(field, description)?;
            if let Some(slot) = fields.get_mut(usize::from(field)) {
                *slot = Some(spec);
            }
        }
        for (number, pad) in &file.pad_of_field {
            let field = field_number(number)?;
            match fields.get_mut(usize::from(field)) {
                Some(Some(spec)) if spec.encoding == Encoding::Bcd => spec.pad = *pad,
                _ => return Err(DialectError::Encoding { what: "a padding" }),
            }
        }
        Ok(Self { name: file.name, mti: file.mti, bitmap: file.bitmap, prefix: file.length_prefix, fields })
    }

    /// The dialect's name in settings, logs and metrics.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a field looks in this dialect, or `None` when it has no such field.
    pub fn field(&self, field: u8) -> Option<FieldSpec> {
        self.fields.get(usize::from(field)).copied().flatten()
    }

    /// How the message type is sent: [`Encoding::Text`] or [`Encoding::Bcd`].
    pub(crate) fn mti_encoding(&self) -> Encoding {
        self.mti
    }

    /// How bitmaps are sent: [`Encoding::Hex`] or [`Encoding::Binary`].
    pub(crate) fn bitmap_encoding(&self) -> Encoding {
        self.bitmap
    }

    /// How length prefixes are sent: [`Encoding::Text`] or [`Encoding::Bcd`].
    pub(crate) fn prefix_encoding(&self) -> Encoding {
        self.prefix
    }
}

impl File {
    fn check(&self) -> Result<(), DialectError> {
        let digits = |encoding| matches!(encoding, Encoding::Text | Encoding::Bcd);
        let bytes = |encoding| matches!(encoding, Encoding::Hex | Encoding::Binary);
        let checks = [
            ("the message type", digits(self.mti)),
            ("a length prefix", digits(self.length_prefix)),
            ("a bitmap", bytes(self.bitmap)),
            ("n", digits(self.encoding.n)),
            ("z", digits(self.encoding.z)),
            ("an", self.encoding.an == Encoding::Text),
            ("ans", self.encoding.ans == Encoding::Text),
            ("b", bytes(self.encoding.b)),
        ];
        match checks.into_iter().find(|(_, holds)| !holds) {
            Some((what, _)) => Err(DialectError::Encoding { what }),
            None => Ok(()),
        }
    }

    fn spec(&self, field: u8, description: &str) -> Result<FieldSpec, DialectError> {
        let refused = || DialectError::Description { field, text: description.to_owned() };
        let (kind, length) = description.split_once(' ').ok_or_else(refused)?;
        let (kind, encoding) = match kind {
            "n" => (Kind::Numeric, self.encoding.n),
            "an" => (Kind::Alphanumeric, self.encoding.an),
            "ans" => (Kind::Text, self.encoding.ans),
            "b" => (Kind::Binary, self.encoding.b),
            "z" => (Kind::Track, self.encoding.z),
            _ => return Err(refused()),
        };
        let length = length_of(length).ok_or_else(refused)?;
        let sent_max = match (length, encoding) {
            (Length::Variable { max, .. }, Encoding::Hex) => max.saturating_mul(2),
            (Length::Variable { max, .. }, _) => max,
            (Length::Fixed(_), _) => 0,
        };
        let fits = match length {
            Length::Variable { digits: 2, .. } => sent_max <= 99,
            _ => sent_max <= 999,
        };
        let pad = if kind == Kind::Track { self.pad.z } else { self.pad.n };
        if fits { Ok(FieldSpec { kind, length, encoding, pad }) } else { Err(refused()) }
    }
}

fn field_number(text: &str) -> Result<u8, DialectError> {
    let number = text.parse::<u8>().ok().filter(|number| matches!(number, 2..=128) && *number != 65);
    number.ok_or_else(|| DialectError::Field(text.to_owned()))
}

fn length_of(text: &str) -> Option<Length> {
    let number = |text: &str| text.parse::<u16>().ok().filter(|length| matches!(length, 1..=999));
    if let Some(max) = text.strip_prefix("...") {
        return Some(Length::Variable { digits: 3, max: number(max)? });
    }
    if let Some(max) = text.strip_prefix("..") {
        return Some(Length::Variable { digits: 2, max: number(max)? });
    }
    Some(Length::Fixed(number(text)?))
}
