//! Rows as they lie in a backup: the tuples of PostgreSQL's binary `COPY`, with every number in eight bytes.
//!
//! The format is documented (<https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format"): a field
//! count, then length and bytes of each field, -1 for `NULL`, everything big-endian. From PostgreSQL the tuples
//! pass through as they are; for SQLite they are written here. Only three kinds of values exist, because the
//! schema uses no others: what is neither number, text nor bytes is refused where the tables are listed.

use serde::{Deserialize, Serialize};

/// A field of a tuple that is absent.
const NULL: i32 = -1;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A whole number of 64 bits.
    Integer,
    /// Text in UTF-8.
    Text,
    /// Bytes.
    Bytes,
}

/// One value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// See [`Kind::Integer`].
    Integer(i64),
    /// See [`Kind::Text`].
    Text(&'a str),
    /// See [`Kind::Bytes`].
    Bytes(&'a [u8]),
}

/// Begins a tuple of `count` fields.
pub(super) fn begin(out: &mut Vec<u8>, count: usize) -> Option<()> {
    out.extend_from_slice(&i16::try_from(count).ok()?.to_be_bytes());
    Some(())
}

/// Adds one field.
pub(super) fn put(out: &mut Vec<u8>, value: Value<'_>) -> Option<()> {
    match value {
        Value::Null => out.extend_from_slice(&NULL.to_be_bytes()),
        Value::Integer(number) => field(out, &number.to_be_bytes())?,
        Value::Text(text) => field(out, text.as_bytes())?,
        Value::Bytes(bytes) => field(out, bytes)?,
    }
    Some(())
}

pub(super) fn field(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    out.extend_from_slice(&i32::try_from(bytes.len()).ok()?.to_be_bytes());
    out.extend_from_slice(bytes);
    Some(())
}

/// The length of the tuple that `bytes` begins with; `None` when it is not all there yet.
pub(super) fn tuple_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    for _ in 0..take_count(&mut rest)? {
        take_field(&mut rest)?;
    }
    Some(bytes.len() - rest.len())
}

/// The values of the tuple at the front of `rest`, which moves past it; `None` when it is not a tuple of these
/// kinds.
pub(super) fn take_row<'a>(rest: &mut &'a [u8], kinds: &[Kind], row: &mut Vec<Value<'a>>) -> Option<()> {
    row.clear();
    if take_count(rest)? != kinds.len() {
        return None;
    }
    for kind in kinds {
        let value = match (take_field(rest)?, kind) {
            (None, _) => Value::Null,
            (Some(bytes), Kind::Integer) => Value::Integer(i64::from_be_bytes(bytes.try_into().ok()?)),
            (Some(bytes), Kind::Text) => Value::Text(std::str::from_utf8(bytes).ok()?),
            (Some(bytes), Kind::Bytes) => Value::Bytes(bytes),
        };
        row.push(value);
    }
    Some(())
}

fn take_count(rest: &mut &[u8]) -> Option<usize> {
    let (count, after) = rest.split_first_chunk::<2>()?;
    *rest = after;
    usize::try_from(i16::from_be_bytes(*count)).ok()
}

fn take_field<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = i32::from_be_bytes(*length);
    if length == NULL {
        *rest = after;
        return Some(None);
    }
    let (bytes, after) = after.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Owned {
        Null,
        Integer(i64),
        Text(String),
        Bytes(Vec<u8>),
    }

    fn value() -> impl Strategy<Value = Owned> {
        prop_oneof![
            Just(Owned::Null),
            any::<i64>().prop_map(Owned::Integer),
            ".{0,40}".prop_map(Owned::Text),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(Owned::Bytes),
        ]
    }

    fn as_value(owned: &Owned) -> Value<'_> {
        match owned {
            Owned::Null => Value::Null,
            Owned::Integer(number) => Value::Integer(*number),
            Owned::Text(text) => Value::Text(text),
            Owned::Bytes(bytes) => Value::Bytes(bytes),
        }
    }

    proptest! {
        #[test]
        fn a_row_reads_back(owned in proptest::collection::vec(value(), 0..12), behind in any::<Vec<u8>>()) {
            let mut bytes = Vec::new();
            begin(&mut bytes, owned.len()).expect("few");
            let kinds: Vec<Kind> = owned.iter().map(|one| match one {
                Owned::Text(_) => Kind::Text,
                Owned::Bytes(_) => Kind::Bytes,
                _ => Kind::Integer,
            }).collect();
            for one in &owned {
                put(&mut bytes, as_value(one)).expect("short");
            }
            let length = bytes.len();
            for cut in 0..length {
                prop_assert_eq!(tuple_length(&bytes[..cut]), None);
            }
            bytes.extend(&behind);
            prop_assert_eq!(tuple_length(&bytes), Some(length));
            let (mut rest, mut row) = (&bytes[..], Vec::new());
            take_row(&mut rest, &kinds, &mut row).expect("a row");
            prop_assert_eq!(row, owned.iter().map(as_value).collect::<Vec<_>>());
            prop_assert_eq!(rest, &behind[..]);
        }

        #[test]
        fn whatever_bytes_come_nothing_breaks(bytes in any::<Vec<u8>>()) {
            let (mut rest, mut row) = (&bytes[..], Vec::new());
            let _ = take_row(&mut rest, &[Kind::Integer, Kind::Text], &mut row);
            let _ = tuple_length(&bytes);
        }
    }
}
