//! Framing: a two-byte big-endian length in front of each message.
//!
//! Problem: TCP is a stream; messages must be cut out of it without copying and without trusting the
//! length. Design: a pure function over what has been read, and one that appends a framed message. Why
//! safe: a length above the limit is an error before a byte of the message is awaited. A length of zero
//! is a keep-alive and carries no message. What it does not do: read or write sockets.

use super::dialect::Dialect;
use super::error::WriteError;
use super::limits::{FRAME_BYTES_MAX, FRAME_PREFIX_BYTES};
use super::message::Message;

/// What stands at the start of the bytes that were read.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// Not a whole frame yet.
    Incomplete,
    /// A keep-alive; two bytes are used up.
    KeepAlive,
    /// A message; its bytes and the two before them are used up.
    Message(&'a [u8]),
    /// The length is above [`FRAME_BYTES_MAX`]: the stream can't be followed any further.
    TooLong,
}

/// Looks at the start of what was read.
pub fn next(read: &[u8]) -> Next<'_> {
    let Some(([high, low], rest)) = read.split_first_chunk::<FRAME_PREFIX_BYTES>() else {
        return Next::Incomplete;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    match rest.get(..length) {
        _ if length > FRAME_BYTES_MAX => Next::TooLong,
        Some([]) => Next::KeepAlive,
        Some(frame) => Next::Message(frame),
        None => Next::Incomplete,
    }
}

/// Appends a message with its length prefix.
///
/// # Errors
/// As [`Dialect::write`]; `out` is then as it was.
pub fn push(dialect: &Dialect, message: &Message, out: &mut Vec<u8>) -> Result<(), WriteError> {
    let before = out.len();
    out.extend([0; FRAME_PREFIX_BYTES]);
    if let Err(error) = dialect.write(message, out) {
        out.truncate(before);
        return Err(error);
    }
    let length = u16::try_from(out.len() - before - FRAME_PREFIX_BYTES).unwrap_or(u16::MAX);
    if let Some(prefix) = out.get_mut(before..before + FRAME_PREFIX_BYTES) {
        prefix.copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_by_their_length() {
        assert_eq!(next(&[]), Next::Incomplete);
        assert_eq!(next(&[0]), Next::Incomplete);
        assert_eq!(next(&[0, 2, b'a']), Next::Incomplete);
        assert_eq!(next(&[0, 0, b'a']), Next::KeepAlive);
        assert_eq!(next(&[0, 2, b'a', b'b', b'c']), Next::Message(b"ab"));
        assert_eq!(next(&[0x10, 0x01]), Next::TooLong);
        assert_eq!(next(&[0xff, 0xff]), Next::TooLong);
    }
}
