//! The layout of C2SP tlog-tiles: which file holds what, for a log of a given size.

use crate::source::{Found, Source, SourceError};
use crate::{Hash, leaf_hash};

/// Hashes of a full tile.
pub(crate) const WIDTH: u64 = 256;

/// Hashes of `level` in a tree of `size`.
pub(crate) fn count(level: u32, size: u64) -> u64 {
    size.checked_shr(8 * level).unwrap_or(0)
}

/// How many of tile `index` of `level` are there in a tree of `size`.
pub(crate) fn width(level: u32, index: u64, size: u64) -> u64 {
    count(level, size).saturating_sub(index * WIDTH).min(WIDTH)
}

/// Entries of one bundle.
pub(crate) enum Bundle {
    /// These; fewer than there should be when some are missing.
    Entries(Vec<Vec<u8>>),
    /// They may not be read.
    Closed,
}

fn path(kind: &str, index: u64, width: u64) -> String {
    let mut parts = vec![format!("{:03}", index % 1_000)];
    let mut rest = index / 1_000;
    while rest > 0 {
        parts.push(format!("x{:03}", rest % 1_000));
        rest /= 1_000;
    }
    parts.reverse();
    let partial = if width < WIDTH { format!(".p/{width}") } else { String::new() };
    format!("tile/{kind}/{}{partial}", parts.join("/"))
}

/// The bytes of a piece; where the partial one is gone, those of the full one or of a wider partial one.
fn read(source: &Source, kind: &str, index: u64, width: u64) -> Result<Found, SourceError> {
    let full = path(kind, index, WIDTH);
    for wide in [width, WIDTH].into_iter().chain(source.partial_widths(&full)) {
        match source.get(&path(kind, index, wide))? {
            Found::Absent => {}
            found if wide >= width => return Ok(found),
            _ => {}
        }
    }
    Ok(Found::Absent)
}

/// The hashes of a tile; fewer than there should be when it is cut off, none when it is not there.
pub(crate) fn tile(
    source: &Source,
    level: u32,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Hash>>, SourceError> {
    let width = width(level, index, size);
    let Found::Bytes(bytes) = read(source, &level.to_string(), index, width)? else { return Ok(None) };
    let (hashes, _) = bytes.as_chunks::<32>();
    let wanted = usize::try_from(width).unwrap_or(usize::MAX);
    Ok(Some(hashes.get(..wanted).unwrap_or(hashes).to_vec()))
}

/// The entries of a bundle.
pub(crate) fn bundle(source: &Source, index: u64, size: u64) -> Result<Bundle, SourceError> {
    let width = width(0, index, size);
    let bytes = match read(source, "entries", index, width)? {
        Found::Bytes(bytes) => bytes,
        Found::Absent => return Ok(Bundle::Entries(vec![])),
        Found::Closed => return Ok(Bundle::Closed),
    };
    let (mut entries, mut rest) = (Vec::new(), bytes.as_slice());
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let Some((entry, after)) = after.split_at_checked(usize::from(u16::from_be_bytes(*length))) else {
            break;
        };
        entries.push(entry.to_vec());
        rest = after;
    }
    entries.truncate(usize::try_from(width).unwrap_or(usize::MAX));
    Ok(Bundle::Entries(entries))
}

/// The leaf hashes of entries.
pub(crate) fn leaves(entries: &[Vec<u8>]) -> Vec<Hash> {
    entries.iter().map(|entry| leaf_hash(entry)).collect()
}
