//! Reading and writing of variable-length numbers.
//!
//! Design: little-endian base-128 as in postcard and protocol buffers, signed numbers zigzagged. Written
//! out here because the hot path encodes without a serializer's visitor calls. Reading never trusts a length:
//! every read is bounded by what is there, and a number longer than ten bytes is refused.

/// Bytes that cannot be read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end too early.
    #[error("the bytes end before the value does")]
    Short,
    /// Written by a version this program does not know.
    #[error("unknown version {0} of the encoding")]
    Version(u8),
    /// A length, number or code outside its limits.
    #[error("{0} is outside its limits")]
    Range(&'static str),
}

pub(crate) fn put_u64(out: &mut Vec<u8>, value: u64) {
    let mut rest = value;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

pub(crate) fn put_i64(out: &mut Vec<u8>, value: i64) {
    put_u64(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// A reader over borrowed bytes.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        let (first, rest) = self.rest.split_first().ok_or(DecodeError::Short)?;
        self.rest = rest;
        Ok(*first)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::Short)?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0_u64;
        let mut bytes = self.rest.iter();
        for shift in (0..64).step_by(7) {
            let byte = *bytes.next().ok_or(DecodeError::Short)?;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                self.rest = bytes.as_slice();
                return Ok(value);
            }
        }
        Err(DecodeError::Range("number"))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, DecodeError> {
        let raw = self.u64()?;
        Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
    }

    pub(crate) fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        u32::try_from(self.u64()?).map_err(|_| DecodeError::Range(what))
    }

    pub(crate) fn u16(&mut self, what: &'static str) -> Result<u16, DecodeError> {
        u16::try_from(self.u64()?).map_err(|_| DecodeError::Range(what))
    }

    /// A length of at most `max`.
    pub(crate) fn len(&mut self, max: usize, what: &'static str) -> Result<usize, DecodeError> {
        let value = usize::try_from(self.u64()?).map_err(|_| DecodeError::Range(what))?;
        if value > max { Err(DecodeError::Range(what)) } else { Ok(value) }
    }

    pub(crate) fn f32(&mut self) -> Result<f32, DecodeError> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    pub(crate) fn f64(&mut self) -> Result<f64, DecodeError> {
        Ok(f64::from_le_bytes(self.array()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Postcard writes unsigned numbers the same way.
    #[test]
    fn numbers_are_written_as_postcard_does() {
        let edges = (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 1]).chain([u64::MAX]);
        for value in edges.flat_map(|edge| [edge, edge.wrapping_mul(0x9e37_79b9_7f4a_7c15)]) {
            let mut bytes = Vec::new();
            put_u64(&mut bytes, value);
            assert_eq!(Ok(&bytes), postcard::to_allocvec(&value).as_ref());
            // At the end of the bytes and before others.
            for rest in [0, 1, 9] {
                let mut longer = bytes.clone();
                longer.resize(bytes.len() + rest, 0xff);
                let mut reader = Reader::new(&longer);
                assert_eq!(reader.u64(), Ok(value));
                assert_eq!(reader.rest.len(), rest);
            }
            let signed = value.cast_signed();
            bytes.clear();
            put_i64(&mut bytes, signed);
            assert_eq!(Ok(&bytes), postcard::to_allocvec(&signed).as_ref());
            assert_eq!(Reader::new(&bytes).i64(), Ok(signed));
        }
    }

    #[test]
    fn numbers_that_are_too_long_or_cut_are_refused() {
        assert_eq!(Reader::new(&[0xff; 12]).u64(), Err(DecodeError::Range("number")));
        let eleven = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2];
        assert_eq!(Reader::new(&eleven).u64(), Err(DecodeError::Range("number")));
        for length in 0..9 {
            assert_eq!(Reader::new(&[0x80; 9][..length]).u64(), Err(DecodeError::Short));
        }
    }
}
