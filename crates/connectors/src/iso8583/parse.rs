//! Reading a message: bytes in a dialect become a [`Message`], or an exact reason why not.
//!
//! Problem: the bytes come from outside and may be anything. Design: one pass over the slice with a cursor
//! that can't leave it. An error of *structure* (truncated, impossible length, unknown field) ends the pass,
//! since the place of the next field is unknown. An error of *content* (a letter in an amount) is remembered
//! and the pass goes on, so that the trace number behind it is read and the sender can be told. Why safe:
//! no value is copied before its length was checked against the frame; room is reserved in proportion to
//! the frame, never to what a bitmap or a length claims. What it does not do: judge meaning.

use super::dialect::{Dialect, Encoding, FieldSpec, Kind, Length, Pad};
use super::error::{ParseError, ParseFailure, Partial, Why};
use super::limits::FRAME_BYTES_MAX;
use super::message::Message;
use super::mti::Mti;

/// Spare entries and bytes, so that a request can be turned into its answer without growing.
const SPARE_FIELDS: usize = 2;

/// The field number under which errors of the message type are reported.
const MTI_FIELD: u8 = 0;

/// The field number under which errors of a bitmap are reported.
const BITMAP_FIELD: u8 = 1;

/// The bit of field 1, which announces the second bitmap.
const SECOND_BITMAP: u128 = 1;

impl Dialect {
    /// Reads one message, without its length prefix.
    ///
    /// # Errors
    /// The first thing that is wrong, with the fields that could be read.
    pub fn parse(&self, frame: &[u8]) -> Result<Message, ParseFailure> {
        let mut cursor = Cursor { frame, at: 0 };
        let mti = match self.parse_type(&mut cursor) {
            Ok(mti) => mti,
            Err(why) => return Err(failure(MTI_FIELD, 0, why, None)),
        };
        let bitmap_at = cursor.at;
        let announced = match self.parse_bitmaps(&mut cursor) {
            Ok(announced) => announced,
            Err(why) => return Err(failure(BITMAP_FIELD, bitmap_at, why, Some(Message::new(mti)))),
        };
        // Every field takes at least one byte, digits of a BCD field take half a byte each.
        let left = frame.len() - cursor.at;
        let fields = usize::try_from(announced.count_ones()).unwrap_or(0).min(left) + SPARE_FIELDS;
        let bytes = if self.prefix_encoding() == Encoding::Bcd { left * 2 } else { left };
        let mut message = Message::with_capacity(mti, fields, bytes);
        match self.parse_fields(&mut cursor, announced & !SECOND_BITMAP, &mut message) {
            Ok(()) => Ok(message),
            Err(error) => Err(ParseFailure { error, partial: Some(Partial { message }) }),
        }
    }

    fn parse_type(&self, cursor: &mut Cursor<'_>) -> Result<Mti, Why> {
        if cursor.frame.len() > FRAME_BYTES_MAX {
            return Err(Why::TooLong);
        }
        let mut digits = [0_u8; 4];
        if self.mti_encoding() == Encoding::Bcd {
            let bytes = cursor.take(2).ok_or(Why::Truncated)?;
            for (slot, digit) in digits.iter_mut().zip(half_bytes(bytes)) {
                *slot = b'0'.saturating_add(digit);
            }
        } else {
            digits.copy_from_slice(cursor.take(4).ok_or(Why::Truncated)?);
        }
        let mti = Mti::from_digits(digits).ok_or(Why::BadType)?;
        if mti.version() == b'0' { Ok(mti) } else { Err(Why::BadVersion) }
    }

    fn parse_bitmaps(&self, cursor: &mut Cursor<'_>) -> Result<u128, Why> {
        let first = self.parse_bitmap(cursor)?;
        let second = if first & SECOND_BITMAP == 0 { 0 } else { self.parse_bitmap(cursor)? };
        Ok(first | second << 64)
    }

    /// One bitmap of 64 fields; the first field is bit 0 of the result.
    fn parse_bitmap(&self, cursor: &mut Cursor<'_>) -> Result<u128, Why> {
        let mut bits = 0_u64;
        if self.bitmap_encoding() == Encoding::Hex {
            for character in cursor.take(16).ok_or(Why::Truncated)? {
                bits = bits << 4 | u64::from(hex_digit(*character).ok_or(Why::BadBitmap)?);
            }
        } else {
            for byte in cursor.take(8).ok_or(Why::Truncated)? {
                bits = bits << 8 | u64::from(*byte);
            }
        }
        Ok(u128::from(bits.reverse_bits()))
    }

    fn parse_fields(
        &self,
        cursor: &mut Cursor<'_>,
        announced: u128,
        message: &mut Message,
    ) -> Result<(), ParseError> {
        let mut first_error = None;
        let mut left = announced;
        while let Some(field) = lowest(&mut left) {
            let offset = cursor.at;
            let Some(spec) = self.field(field) else {
                let unknown = ParseError { field, offset, why: Why::UnknownField };
                return Err(first_error.unwrap_or(unknown));
            };
            let (raw, units) = self
                .take_field(cursor, &spec)
                .map_err(|why| first_error.unwrap_or(ParseError { field, offset, why }))?;
            let decoded = message.push_with(field, |values| decode(&spec, raw, units, values));
            if let Err(why) = decoded {
                first_error.get_or_insert(ParseError { field, offset, why });
            }
        }
        let trailing = ParseError { field: MTI_FIELD, offset: cursor.at, why: Why::Trailing };
        if cursor.at < cursor.frame.len() {
            first_error.get_or_insert(trailing);
        }
        first_error.map_or(Ok(()), Err)
    }

    /// The bytes of a field and its length in the units of its encoding.
    fn take_field<'a>(&self, cursor: &mut Cursor<'a>, spec: &FieldSpec) -> Result<(&'a [u8], usize), Why> {
        let units = match spec.length {
            Length::Fixed(length) => sent_units(spec.encoding, usize::from(length)),
            Length::Variable { digits, max } => {
                let units = self.take_prefix(cursor, digits)?;
                if units > sent_units(spec.encoding, usize::from(max)) {
                    return Err(Why::WrongLength);
                }
                units
            }
        };
        let bytes = if spec.encoding == Encoding::Bcd { units.div_ceil(2) } else { units };
        Ok((cursor.take(bytes).ok_or(Why::Truncated)?, units))
    }

    fn take_prefix(&self, cursor: &mut Cursor<'_>, digits: u8) -> Result<usize, Why> {
        let mut length = 0_usize;
        if self.prefix_encoding() == Encoding::Bcd {
            let bytes = cursor.take(usize::from(digits).div_ceil(2)).ok_or(Why::Truncated)?;
            for digit in half_bytes(bytes) {
                if digit > 9 {
                    return Err(Why::BadLength);
                }
                length = length * 10 + usize::from(digit);
            }
        } else {
            for character in cursor.take(usize::from(digits)).ok_or(Why::Truncated)? {
                if !character.is_ascii_digit() {
                    return Err(Why::BadLength);
                }
                length = length * 10 + usize::from(character - b'0');
            }
        }
        Ok(length)
    }
}

/// Length on the wire of a value with this length in the table: hexadecimal doubles it.
pub(crate) fn sent_units(encoding: Encoding, length: usize) -> usize {
    if encoding == Encoding::Hex { length * 2 } else { length }
}

/// Whether a character may stand in a field of this kind.
pub(crate) fn admits(kind: Kind, character: u8) -> bool {
    match kind {
        Kind::Numeric => character.is_ascii_digit(),
        Kind::Alphanumeric => character.is_ascii_alphanumeric() || character == b' ',
        Kind::Text => matches!(character, b' '..=b'~'),
        Kind::Binary => true,
        Kind::Track => character.is_ascii_digit() || character == b'=',
    }
}

fn decode(spec: &FieldSpec, raw: &[u8], units: usize, values: &mut Vec<u8>) -> Result<(), Why> {
    match spec.encoding {
        Encoding::Binary => values.extend_from_slice(raw),
        Encoding::Text if spec.kind == Kind::Track => {
            for character in raw {
                let character = if *character == b'D' { b'=' } else { *character };
                if !admits(Kind::Track, character) {
                    return Err(Why::BadContent);
                }
                values.push(character);
            }
        }
        Encoding::Text => {
            if !raw.iter().all(|character| admits(spec.kind, *character)) {
                return Err(Why::BadContent);
            }
            values.extend_from_slice(raw);
        }
        Encoding::Hex => {
            for pair in raw.chunks(2) {
                let [high, low] = *pair else { return Err(Why::BadLength) };
                let byte = hex_digit(high).zip(hex_digit(low)).map(|(high, low)| high << 4 | low);
                values.push(byte.ok_or(Why::BadContent)?);
            }
        }
        Encoding::Bcd => decode_bcd(spec, raw, units, values)?,
    }
    Ok(())
}

fn decode_bcd(spec: &FieldSpec, raw: &[u8], units: usize, values: &mut Vec<u8>) -> Result<(), Why> {
    let odd = units % 2 == 1;
    let skipped = usize::from(odd && spec.pad == Pad::LeftZero);
    if odd {
        let filler = match spec.pad {
            Pad::LeftZero => raw.first().map(|byte| byte >> 4 == 0),
            Pad::RightF => raw.last().map(|byte| byte & 0x0f == 0x0f),
        };
        if filler != Some(true) {
            return Err(Why::BadPadding);
        }
    }
    for digit in half_bytes(raw).skip(skipped).take(units) {
        let character = match digit {
            0..=9 => b'0' + digit,
            0x0d => b'=',
            _ => return Err(Why::BadContent),
        };
        if !admits(spec.kind, character) {
            return Err(Why::BadContent);
        }
        values.push(character);
    }
    Ok(())
}

fn half_bytes(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f])
}

fn hex_digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

/// Takes the lowest field out of a set of fields.
fn lowest(left: &mut u128) -> Option<u8> {
    let zeros = u8::try_from(left.trailing_zeros()).ok().filter(|zeros| *zeros < 128)?;
    *left &= *left - 1;
    Some(zeros + 1)
}

fn failure(field: u8, offset: usize, why: Why, message: Option<Message>) -> ParseFailure {
    let partial = message.map(|message| Partial { message });
    ParseFailure { error: ParseError { field, offset, why }, partial }
}

/// A place in a frame that can't leave it.
struct Cursor<'a> {
    frame: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let taken = self.frame.get(self.at..self.at.checked_add(bytes)?)?;
        self.at += bytes;
        Some(taken)
    }
}
