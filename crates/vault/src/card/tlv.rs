//! Tag, length, value of EMV (BER-TLV) as field 55 carries it: a reader with limits, and a writer.
//!
//! What comes is from a stranger: lengths beyond the input, nesting without end, thousands of empty objects and a
//! tag that comes twice are refused, never guessed at. Values are slices of the input; nothing is copied.

/// Most bytes that are read at all.
const BYTES_MAX: usize = 1_024;
/// Most objects, those inside others counted too.
const OBJECTS_MAX: usize = 128;
/// How deep objects may stand inside each other.
const DEPTH_MAX: u8 = 4;
/// Bytes of the longest tag.
const TAG_BYTES_MAX: usize = 3;

/// Why bytes are no objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlvError {
    /// The bytes end inside a tag, a length or a value.
    #[error("the chip data end in the middle of an object")]
    Short,
    /// More bytes, objects or levels than are read.
    #[error("the chip data have more bytes, objects or levels than are read")]
    Limit,
    /// No such tag can be: zero, all ones, or longer than three bytes.
    #[error("the chip data have a tag that can't be")]
    Tag,
    /// A length of another form than one to three bytes.
    #[error("the chip data have a length of a form that is not used")]
    Length,
    /// A tag comes twice on one level.
    #[error("the chip data have a tag twice")]
    Twice,
}

/// The objects of one level, in order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Objects<'a>(Vec<(u32, &'a [u8])>);

impl<'a> Objects<'a> {
    /// Reads objects, and looks into those that hold others.
    ///
    /// # Errors
    /// The bytes are no objects, or more than are read; see [`TlvError`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, TlvError> {
        if bytes.len() > BYTES_MAX {
            return Err(TlvError::Limit);
        }
        let mut left = OBJECTS_MAX;
        level(bytes, DEPTH_MAX, &mut left)
    }

    /// The value of a tag, such as `0x9F26`.
    pub fn get(&self, tag: u32) -> Option<&'a [u8]> {
        self.0.iter().find(|(found, _)| *found == tag).map(|(_, value)| *value)
    }

    /// The value of a tag, if it has exactly this many bytes.
    pub fn exactly<const N: usize>(&self, tag: u32) -> Option<[u8; N]> {
        self.get(tag)?.try_into().ok()
    }

    /// All objects: tag and value.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &'a [u8])> {
        self.0.iter().copied()
    }

    /// Whether objects of this tag hold other objects.
    pub const fn is_constructed(tag: u32) -> bool {
        let first = match tag {
            0..=0xFF => tag,
            0x100..=0xFFFF => tag >> 8,
            _ => tag >> 16,
        };
        first & 0x20 != 0
    }
}

fn level<'a>(mut bytes: &'a [u8], depth: u8, left: &mut usize) -> Result<Objects<'a>, TlvError> {
    let mut objects = Objects::default();
    while !bytes.is_empty() {
        *left = left.checked_sub(1).ok_or(TlvError::Limit)?;
        let (tag, rest) = tag(bytes)?;
        let (length, rest) = length(rest)?;
        let (value, rest) = rest.split_at_checked(length).ok_or(TlvError::Short)?;
        if Objects::is_constructed(tag) {
            level(value, depth.checked_sub(1).ok_or(TlvError::Limit)?, left)?;
        }
        // Script commands (86) are the one thing that may come again.
        if tag != 0x86 && objects.get(tag).is_some() {
            return Err(TlvError::Twice);
        }
        objects.0.push((tag, value));
        bytes = rest;
    }
    Ok(objects)
}

fn tag(bytes: &[u8]) -> Result<(u32, &[u8]), TlvError> {
    let (first, mut rest) = bytes.split_first().ok_or(TlvError::Short)?;
    if matches!(first, 0 | 0xFF) {
        return Err(TlvError::Tag);
    }
    let mut tag = u32::from(*first);
    if first & 0x1F == 0x1F {
        for _ in 1..TAG_BYTES_MAX {
            let (next, after) = rest.split_first().ok_or(TlvError::Short)?;
            tag = tag << 8 | u32::from(*next);
            rest = after;
            if next & 0x80 == 0 {
                return Ok((tag, rest));
            }
        }
        return Err(TlvError::Tag);
    }
    Ok((tag, rest))
}

fn length(bytes: &[u8]) -> Result<(usize, &[u8]), TlvError> {
    match bytes {
        [] | [0x81 | 0x82] | [0x82, _] => Err(TlvError::Short),
        [short @ 0..=0x7F, rest @ ..] => Ok((usize::from(*short), rest)),
        [0x81, one, rest @ ..] => Ok((usize::from(*one), rest)),
        [0x82, high, low, rest @ ..] => Ok((usize::from(u16::from_be_bytes([*high, *low])), rest)),
        _ => Err(TlvError::Length),
    }
}

/// Appends an object. Values beyond 65,535 bytes are cut: no caller has any.
pub fn write(tag: u32, value: &[u8], out: &mut Vec<u8>) {
    out.extend(tag.to_be_bytes().into_iter().skip_while(|byte| *byte == 0));
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    match length.to_be_bytes() {
        [0, short @ 0..=0x7F] => out.push(short),
        [0, one] => out.extend([0x81, one]),
        [high, low] => out.extend([0x82, high, low]),
    }
    out.extend_from_slice(value.get(..usize::from(length)).unwrap_or(value));
}
