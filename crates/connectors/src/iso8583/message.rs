//! One message: its type and the values of its fields, independent of the dialect.
//!
//! Problem: a message has up to 127 fields, thousands of messages a second are built and dropped, and
//! some values are secret. Design: all values lie in one buffer; a bitmap says which fields are present
//! and a short table (one entry a present field, in field order) says where each lies, so a message costs
//! two allocations. Values are canonical: text fields hold ASCII, binary fields (DE52, 55, 64, 96, 128)
//! hold raw bytes, track fields use `=` as separator; the dialect turns them into its own encoding. Why
//! safe: replaced values and outgrown buffers are zeroed, the rest on drop; `Debug` shows only the few
//! fields that are too short to hold a card number. What it does not do: check kinds and lengths, which
//! belong to the dialect and are checked by parsing and writing.

use std::fmt;

use zeroize::Zeroize;

use super::error::SetError;
use super::limits::MESSAGE_VALUES_BYTES_MAX;
use super::mti::Mti;

/// Fields that `Debug` may show: numbers of at most 12 digits. An allow-list, since a sender can put
/// a card number into any longer field.
const SHOWN: [u8; 16] = [3, 4, 6, 7, 10, 11, 12, 13, 18, 19, 22, 25, 39, 49, 51, 70];

/// Values up to this many bytes may be shown, so that none of them can hold a card number.
const SHOWN_BYTES_MAX: usize = 12;

#[derive(Clone, Copy)]
struct Span {
    start: u16,
    len: u16,
}

/// An ISO 8583 message. See the module for the layout; field numbers are 2 to 128 without 65.
#[derive(Clone)]
pub struct Message {
    mti: Mti,
    present: u128,
    spans: Vec<Span>,
    values: Vec<u8>,
}

impl Message {
    /// An empty message of this type.
    pub fn new(mti: Mti) -> Self {
        Self::with_capacity(mti, 0, 0)
    }

    /// An empty message with room for so many fields and bytes of values.
    pub(crate) fn with_capacity(mti: Mti, fields: usize, bytes: usize) -> Self {
        Self { mti, present: 0, spans: Vec::with_capacity(fields), values: Vec::with_capacity(bytes) }
    }

    /// The message type.
    pub fn mti(&self) -> Mti {
        self.mti
    }

    /// Replaces the message type, for example to mark a repeat.
    pub fn set_mti(&mut self, mti: Mti) {
        self.mti = mti;
    }

    /// Whether the field is present.
    pub fn has(&self, field: u8) -> bool {
        bit(field).is_some_and(|bit| self.present & bit != 0)
    }

    /// The value of a field in its canonical form, or `None` when it is absent.
    pub fn get(&self, field: u8) -> Option<&[u8]> {
        let bit = bit(field)?;
        if self.present & bit == 0 {
            return None;
        }
        let span = self.spans.get(self.rank(bit))?;
        let start = usize::from(span.start);
        self.values.get(start..start + usize::from(span.len))
    }

    /// The value of a field as text; `None` when it is absent or not UTF-8.
    pub fn text(&self, field: u8) -> Option<&str> {
        std::str::from_utf8(self.get(field)?).ok()
    }

    /// The numbers of the fields that are present, ascending.
    pub fn fields(&self) -> impl Iterator<Item = u8> + '_ {
        let mut left = self.present;
        std::iter::from_fn(move || {
            let zeros = u8::try_from(left.trailing_zeros()).ok().filter(|zeros| *zeros < 128)?;
            left &= left - 1;
            Some(zeros + 1)
        })
    }

    /// Sets or replaces a field.
    ///
    /// # Errors
    /// The field number is not 2 to 128 (or is 65, the third bitmap), or the message holds more than
    /// [`MESSAGE_VALUES_BYTES_MAX`] bytes.
    pub fn set(&mut self, field: u8, value: impl AsRef<[u8]>) -> Result<(), SetError> {
        let value = value.as_ref();
        let bit = bit(field).ok_or(SetError::NoSuchField { field })?;
        if self.present & bit != 0 {
            return self.replace(field, bit, value);
        }
        let span = self.append(field, value)?;
        let rank = self.rank(bit);
        self.spans.insert(rank, span);
        self.present |= bit;
        Ok(())
    }

    /// Sets a field to a number, padded left with zeros to `width` digits.
    ///
    /// # Errors
    /// As [`Message::set`]; also when the number has more digits than `width`.
    pub fn set_number(&mut self, field: u8, number: u64, width: usize) -> Result<(), SetError> {
        let mut digits = [b'0'; 20];
        let mut left = number;
        let mut used = 0_usize;
        for slot in digits.iter_mut().rev() {
            if left == 0 {
                break;
            }
            *slot = b'0' + u8::try_from(left % 10).unwrap_or(0);
            left /= 10;
            used += 1;
        }
        if used > width || width > digits.len() {
            return Err(SetError::TooWide { field });
        }
        self.set(field, digits.get(digits.len() - width..).unwrap_or_default())
    }

    /// Sets a text field, padded right with spaces to `width` characters and cut there.
    ///
    /// # Errors
    /// As [`Message::set`].
    pub fn set_padded(&mut self, field: u8, text: &str, width: usize) -> Result<(), SetError> {
        let mut padded = Vec::with_capacity(width);
        padded.extend(text.bytes().take(width));
        padded.resize(width, b' ');
        let done = self.set(field, &padded);
        padded.zeroize();
        done
    }

    /// Removes a field and zeroes its value; does nothing when it is absent.
    pub fn remove(&mut self, field: u8) {
        let Some(bit) = bit(field).filter(|bit| self.present & bit != 0) else { return };
        let rank = self.rank(bit);
        if rank < self.spans.len() {
            let span = self.spans.remove(rank);
            self.zero(span);
        }
        self.present &= !bit;
    }

    /// Appends a field during parsing: fields come in ascending order there. The closure appends the
    /// canonical value to the buffer; when it refuses, what it appended is taken back and zeroed.
    pub(crate) fn push_with<E>(
        &mut self,
        field: u8,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let before = self.values.len();
        let filled = fill(&mut self.values);
        let span = Span { start: short(before), len: short(self.values.len() - before) };
        if filled.is_err() {
            self.zero(span);
            self.values.truncate(before);
        } else if let Some(bit) = bit(field) {
            self.spans.push(span);
            self.present |= bit;
        }
        filled
    }

    /// The bitmap of present fields; bit 0 is field 1.
    pub(crate) fn present(&self) -> u128 {
        self.present
    }

    /// How many present fields come before the one with this bit: its place in the table.
    fn rank(&self, bit: u128) -> usize {
        usize::try_from((self.present & (bit - 1)).count_ones()).unwrap_or(usize::MAX)
    }

    fn replace(&mut self, field: u8, bit: u128, value: &[u8]) -> Result<(), SetError> {
        let rank = self.rank(bit);
        let Some(old) = self.spans.get(rank).copied() else { return Err(SetError::NoSuchField { field }) };
        if usize::from(old.len) == value.len() {
            let start = usize::from(old.start);
            if let Some(place) = self.values.get_mut(start..start + value.len()) {
                place.copy_from_slice(value);
            }
            return Ok(());
        }
        let new = self.append(field, value)?;
        self.zero(old);
        if let Some(span) = self.spans.get_mut(rank) {
            *span = new;
        }
        Ok(())
    }

    /// Appends bytes, growing into a fresh buffer so that the old one can be zeroed.
    fn append(&mut self, field: u8, value: &[u8]) -> Result<Span, SetError> {
        let start = self.values.len();
        let end = start + value.len();
        if end > MESSAGE_VALUES_BYTES_MAX {
            return Err(SetError::TooLong { field });
        }
        if end > self.values.capacity() {
            let mut grown = Vec::with_capacity(end.next_power_of_two().max(64));
            grown.extend_from_slice(&self.values);
            std::mem::replace(&mut self.values, grown).zeroize();
        }
        self.values.extend_from_slice(value);
        Ok(Span { start: short(start), len: short(value.len()) })
    }

    fn zero(&mut self, span: Span) {
        let start = usize::from(span.start);
        if let Some(place) = self.values.get_mut(start..start + usize::from(span.len)) {
            place.zeroize();
        }
    }
}

/// The bit of a field in the bitmap, or `None` for numbers that are no data field.
fn bit(field: u8) -> Option<u128> {
    (matches!(field, 2..=128) && field != 65).then(|| 1_u128 << (field - 1))
}

/// Offsets fit 16 bits because [`MESSAGE_VALUES_BYTES_MAX`] does.
fn short(offset: usize) -> u16 {
    u16::try_from(offset).unwrap_or(u16::MAX)
}

impl Drop for Message {
    fn drop(&mut self) {
        self.values.zeroize();
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.mti == other.mti
            && self.present == other.present
            && self.fields().all(|field| self.get(field) == other.get(field))
    }
}

impl Eq for Message {}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Message");
        shown.field("mti", &self.mti);
        for field in self.fields() {
            let value = self.get(field).unwrap_or_default();
            match std::str::from_utf8(value) {
                Ok(text) if SHOWN.contains(&field) && value.len() <= SHOWN_BYTES_MAX => {
                    shown.field(&format!("de{field}"), &text);
                }
                _ => {
                    shown.field(&format!("de{field}"), &format_args!("[{} bytes]", value.len()));
                }
            }
        }
        shown.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_be_set_in_any_order_and_replaced() {
        let mut message = Message::new(Mti::AUTHORIZATION);
        for field in [128_u8, 2, 70, 39, 4, 64] {
            message.set(field, format!("value {field}")).unwrap();
        }
        message.set(39, "a much longer value than before").unwrap();
        message.set(4, "value 5").unwrap();
        message.remove(70);
        message.remove(71);
        assert_eq!(message.fields().collect::<Vec<_>>(), [2, 4, 39, 64, 128]);
        assert_eq!(message.text(39), Some("a much longer value than before"));
        assert_eq!(message.text(4), Some("value 5"));
        assert_eq!(message.text(2), Some("value 2"));
        assert_eq!(message.text(128), Some("value 128"));
        assert_eq!(message.text(70), None);
    }

    #[test]
    fn numbers_outside_the_data_fields_are_refused() {
        let mut message = Message::new(Mti::AUTHORIZATION);
        for field in [0_u8, 1, 65, 129, 255] {
            assert_eq!(message.set(field, "1"), Err(SetError::NoSuchField { field }));
            assert_eq!(message.get(field), None);
        }
    }

    #[test]
    fn numbers_are_padded_and_never_cut() {
        let mut message = Message::new(Mti::AUTHORIZATION);
        message.set_number(4, 1_250, 12).unwrap();
        message.set_number(11, 0, 6).unwrap();
        assert_eq!(message.text(4), Some("000000001250"));
        assert_eq!(message.text(11), Some("000000"));
        assert_eq!(message.set_number(11, 1_000_000, 6), Err(SetError::TooWide { field: 11 }));
    }

    #[test]
    fn a_message_is_bounded() {
        let mut message = Message::new(Mti::AUTHORIZATION);
        let long = vec![b'x'; MESSAGE_VALUES_BYTES_MAX];
        message.set(48, &long).unwrap();
        assert_eq!(message.set(60, "x"), Err(SetError::TooLong { field: 60 }));
    }

    #[test]
    fn debug_shows_no_field_that_can_hold_a_card_number() {
        let canary = "9000000000000001";
        let mut message = Message::new(Mti::AUTHORIZATION);
        for field in (2..=128).filter(|field| *field != 65) {
            message.set(field, canary).unwrap();
        }
        let shown = format!("{message:?}");
        assert!(!shown.contains(canary), "{shown}");
        assert!(!shown.contains("900000"), "{shown}");
        message.set(14, "2912").unwrap();
        message.set(39, "51").unwrap();
        let shown = format!("{message:?}");
        assert!(!shown.contains("2912") && shown.contains("51"), "{shown}");
    }
}
