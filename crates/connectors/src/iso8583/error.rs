//! What can be wrong with a message, said without showing any of it.
//!
//! Problem: a malformed message must be explained to the operator and answered to the sender, but its
//! bytes may be card data. Design: errors carry field number, offset and a closed list of reasons; a
//! parse failure also carries the fields that were read. What it does not do: hold or print content.

use std::fmt;

use thiserror::Error;

use super::answer::answer_of;
use super::message::Message;

/// Why a field, or the message around it, was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The message is longer than [`super::limits::FRAME_BYTES_MAX`].
    TooLong,
    /// The message ends inside the field.
    Truncated,
    /// The message type is not four digits.
    BadType,
    /// The message type is of another version than 1987.
    BadVersion,
    /// The bitmap is not hexadecimal.
    BadBitmap,
    /// The bitmap announces a field that the dialect does not define (65 announces a third bitmap).
    UnknownField,
    /// The length prefix is not a number.
    BadLength,
    /// The length is not the field's fixed length, or above its maximum.
    WrongLength,
    /// The value holds characters that the field's kind does not admit.
    BadContent,
    /// A padding digit is not the dialect's padding.
    BadPadding,
    /// Bytes follow the last field.
    Trailing,
}

impl Why {
    /// A stable word for logs and metric labels.
    pub fn label(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Truncated => "truncated",
            Self::BadType => "bad_type",
            Self::BadVersion => "bad_version",
            Self::BadBitmap => "bad_bitmap",
            Self::UnknownField => "unknown_field",
            Self::BadLength => "bad_length",
            Self::WrongLength => "wrong_length",
            Self::BadContent => "bad_content",
            Self::BadPadding => "bad_padding",
            Self::Trailing => "trailing",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

/// Where and why parsing failed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("field {field} at byte {offset}: {why}")]
pub struct ParseError {
    /// The field, 2 to 128; 0 is the message type, 1 a bitmap.
    pub field: u8,
    /// Byte offset in the message at which the field (with its length prefix) starts.
    pub offset: usize,
    /// The reason.
    pub why: Why,
}

/// A message that could not be read, with what was read of it.
#[derive(Debug, Error)]
#[error("{error}")]
pub struct ParseFailure {
    /// The first error.
    pub error: ParseError,
    /// The fields that were read; `None` when not even the message type was.
    pub partial: Option<Partial>,
}

/// The readable part of a malformed message. Not a [`Message`], so that it can't be decided by mistake.
#[derive(Debug)]
pub struct Partial {
    pub(crate) message: Message,
}

impl Partial {
    /// The answer "format error" (DE39 30), or `None` when the sender could not match it: the type
    /// expects no answer, or the trace number (DE11) was not read.
    pub fn format_error_answer(&self) -> Option<Message> {
        self.message.get(11)?;
        answer_of(&self.message, *b"30")
    }
}

/// A message that can't be written in a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("field {field}: {why}")]
pub struct WriteError {
    /// The field, 2 to 128; 0 when the whole message is too long.
    pub field: u8,
    /// The reason.
    pub why: Why,
}

/// A value that a message does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SetError {
    /// Data fields are 2 to 128 without 65.
    #[error("there is no data field {field}")]
    NoSuchField {
        /// The number that was asked for.
        field: u8,
    },
    /// The message would hold more than [`super::limits::MESSAGE_VALUES_BYTES_MAX`] bytes.
    #[error("field {field} would make the message too long")]
    TooLong {
        /// The field that did not fit.
        field: u8,
    },
    /// The number has more digits than the field.
    #[error("the number is too wide for field {field}")]
    TooWide {
        /// The field.
        field: u8,
    },
}
