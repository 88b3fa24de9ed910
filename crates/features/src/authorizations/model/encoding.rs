//! Postcard's encoding, appended to bytes that are there already.
//!
//! The crate's own way to extend a list goes through an iterator for every single byte; on the engine's thread,
//! where every account and every record is encoded, that is worth these few lines.

use postcard::ser_flavors::Flavor;
use serde::Serialize;

struct Appending<'o>(&'o mut Vec<u8>);

impl Flavor for Appending<'_> {
    type Output = ();

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Appends `value` to `out`.
pub(super) fn append<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), postcard::Error> {
    postcard::serialize_with_flavor(value, Appending(out))
}
