//! SQLite's write-ahead log as a crash leaves it, read without SQLite: whether a transaction was on its way.
//!
//! The format is SQLite's own description (<https://www.sqlite.org/fileformat2.html#walformat>): a header of 32
//! bytes, then frames of 24 bytes and a page. A frame belongs to the log while its salts are those of the
//! header; the last frame of a transaction says how large the database is after it, the others say zero.

use std::path::Path;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// What stands in a log.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// Whole frames of this log, torn ones not counted.
    pub frames: usize,
    /// Of these, how many come after the last commit.
    pub uncommitted: usize,
    /// Whether the last frame is only partly there.
    pub torn: bool,
}

impl Log {
    /// Reads the log beside the database `path`.
    pub fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        Self::read(&std::fs::read(name).unwrap_or_default())
    }

    /// Whether a transaction was being written when the log was left.
    pub fn is_inside_commit(&self) -> bool {
        self.uncommitted > 0 || self.torn
    }

    fn read(bytes: &[u8]) -> Self {
        let mut log = Self::default();
        let Some((header, mut rest)) = bytes.split_at_checked(HEADER) else { return log };
        let page = usize::try_from(number(header, 8)).unwrap();
        let salts = header.get(16..24);
        while let Some(frame) = rest.get(..FRAME_HEADER) {
            if frame.get(8..16) != salts {
                break;
            }
            let Some(after) = rest.get(FRAME_HEADER + page..) else {
                log.torn = true;
                break;
            };
            log.frames += 1;
            log.uncommitted = if number(frame, 4) == 0 { log.uncommitted + 1 } else { 0 };
            rest = after;
        }
        log
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes.get(at..at + 4).unwrap().try_into().unwrap())
}

#[test]
fn frames_behind_the_last_commit_are_counted() {
    let frame = |salt: u32, size_after: u32| {
        let mut bytes = vec![0_u8; FRAME_HEADER + 512];
        bytes[4..8].copy_from_slice(&size_after.to_be_bytes());
        bytes[8..12].copy_from_slice(&salt.to_be_bytes());
        bytes
    };
    let mut bytes = vec![0_u8; HEADER];
    bytes[8..12].copy_from_slice(&512_u32.to_be_bytes());
    bytes[16..20].copy_from_slice(&7_u32.to_be_bytes());
    bytes.extend(frame(7, 0));
    bytes.extend(frame(7, 3));
    assert_eq!(Log::read(&bytes), Log { frames: 2, uncommitted: 0, torn: false });
    assert!(!Log::read(&bytes).is_inside_commit());
    let mut begun = bytes.clone();
    begun.extend(frame(7, 0));
    assert_eq!(Log::read(&begun), Log { frames: 3, uncommitted: 1, torn: false });
    // What an earlier round of the log left behind is not part of it.
    begun.extend(frame(6, 9));
    assert_eq!(Log::read(&begun), Log { frames: 3, uncommitted: 1, torn: false });
    bytes.extend(frame(7, 0).get(..100).unwrap());
    assert!(Log::read(&bytes).is_inside_commit());
}
