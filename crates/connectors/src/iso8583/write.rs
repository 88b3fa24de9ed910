//! Writing a message in a dialect.
//!
//! Problem: what leaves must be exactly what the dialect describes, or not leave at all. Design: append to
//! the caller's buffer and take everything back on the first error. Why safe: kind and length of every
//! field are checked, and nothing is cut or filled silently. What it does not do: add or drop fields.

use super::dialect::{Dialect, Encoding, FieldSpec, Length, Pad};
use super::error::{Why, WriteError};
use super::limits::FRAME_BYTES_MAX;
use super::message::Message;
use super::parse::{admits, sent_units};

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// The second bitmap is sent when one of these fields is present.
const SECOND_HALF: u128 = u128::MAX << 64;

impl Dialect {
    /// Appends a message, without a length prefix.
    ///
    /// # Errors
    /// The field that the dialect does not take, and why; `out` is then as it was.
    pub fn write(&self, message: &Message, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let before = out.len();
        let written = self.write_all(message, out);
        if written.is_err() {
            if let Some(taken_back) = out.get_mut(before..) {
                zeroize::Zeroize::zeroize(taken_back);
            }
            out.truncate(before);
        }
        written
    }

    fn write_all(&self, message: &Message, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let before = out.len();
        let digits = message.mti().digits();
        if self.mti_encoding() == Encoding::Bcd {
            put_bcd(&digits, out)
        } else {
            out.extend(digits)
        }
        let present = message.present();
        let second = present & SECOND_HALF != 0;
        let present = present | u128::from(second);
        self.write_bitmap(present, out);
        if second {
            self.write_bitmap(present >> 64, out);
        }
        for field in message.fields() {
            let value = message.get(field).unwrap_or_default();
            let written = match self.field(field) {
                Some(spec) => self.write_field(&spec, value, out),
                None => Err(Why::UnknownField),
            };
            written.map_err(|why| WriteError { field, why })?;
            // Stops early, so that a buffer with room for one message more never grows.
            if out.len() - before > FRAME_BYTES_MAX {
                return Err(WriteError { field: 0, why: Why::TooLong });
            }
        }
        Ok(())
    }

    /// The lower 64 bits as a bitmap; bit 0 is its first field.
    fn write_bitmap(&self, bits: u128, out: &mut Vec<u8>) {
        let half = u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
        let bytes = half.reverse_bits().to_be_bytes();
        if self.bitmap_encoding() == Encoding::Hex { put_hex(&bytes, out) } else { out.extend(bytes) }
    }

    fn write_field(&self, spec: &FieldSpec, value: &[u8], out: &mut Vec<u8>) -> Result<(), Why> {
        match spec.length {
            Length::Fixed(length) if value.len() != usize::from(length) => return Err(Why::WrongLength),
            Length::Fixed(_) => {}
            Length::Variable { max, .. } if value.len() > usize::from(max) => return Err(Why::WrongLength),
            Length::Variable { digits, .. } => {
                self.write_prefix(digits, sent_units(spec.encoding, value.len()), out);
            }
        }
        if !value.iter().all(|character| admits(spec.kind, *character)) {
            return Err(Why::BadContent);
        }
        match spec.encoding {
            Encoding::Text | Encoding::Binary => out.extend_from_slice(value),
            Encoding::Hex => put_hex(value, out),
            Encoding::Bcd if value.len().is_multiple_of(2) => put_bcd(value, out),
            Encoding::Bcd => put_odd_bcd(spec.pad, value, out),
        }
        Ok(())
    }

    fn write_prefix(&self, digits: u8, length: usize, out: &mut Vec<u8>) {
        let digit = |place: usize| b'0' + u8::try_from(length / place % 10).unwrap_or(0);
        let thousands = [digit(1000), digit(100), digit(10), digit(1)];
        let [_, hundreds @ ..] = thousands;
        let [_, tens @ ..] = hundreds;
        match (self.prefix_encoding(), digits) {
            (Encoding::Bcd, 2) => put_bcd(&tens, out),
            (Encoding::Bcd, _) => put_bcd(&thousands, out),
            (_, 2) => out.extend(tens),
            (_, _) => out.extend(hundreds),
        }
    }
}

fn put_hex(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        let character = |half: u8| HEX.get(usize::from(half)).copied().unwrap_or(b'0');
        out.extend([character(byte >> 4), character(byte & 0x0f)]);
    }
}

/// An even number of digits, two a byte.
fn put_bcd(digits: &[u8], out: &mut Vec<u8>) {
    for pair in digits.chunks_exact(2) {
        if let [high, low] = *pair {
            out.push(half_byte(high) << 4 | half_byte(low));
        }
    }
}

fn put_odd_bcd(pad: Pad, digits: &[u8], out: &mut Vec<u8>) {
    match pad {
        Pad::LeftZero => {
            if let Some((first, rest)) = digits.split_first() {
                out.push(half_byte(*first));
                put_bcd(rest, out);
            }
        }
        Pad::RightF => {
            if let Some((last, rest)) = digits.split_last() {
                put_bcd(rest, out);
                out.push(half_byte(*last) << 4 | 0x0f);
            }
        }
    }
}

/// A checked digit or track separator as half a byte.
fn half_byte(character: u8) -> u8 {
    if character == b'=' { 0x0d } else { character & 0x0f }
}
