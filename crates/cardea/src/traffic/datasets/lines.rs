//! Lines of a text file, compressed or not, with a bound on their length, cut into fields.
//!
//! None of the formats has a line break inside a field, so a line is a row. That keeps an unclosed quote from
//! swallowing the rest of a file, and a row's number is a number that an editor shows.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

/// Longest line that is read, bytes; a longer one is a bad row.
const LINE_BYTES_MAX: u64 = 64 * 1024;
/// Size of the read buffers, bytes.
const BUFFER_BYTES: usize = 64 * 1024;

/// One line, as far as it could be read.
pub(super) enum Line {
    Text(String),
    TooLong,
    NotUtf8,
}

/// How far reading has come, to be looked at while it goes on.
#[derive(Debug, Clone)]
pub struct ReadSoFar {
    taken: Arc<AtomicU64>,
    /// Size of the file as it lies on the disk, bytes.
    pub total_bytes: u64,
}

impl ReadSoFar {
    /// Bytes of the file that have been read (compressed ones where it is compressed).
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

/// A file that counts what is read of it.
struct Counted {
    file: File,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(into)?;
        self.taken.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(count)
    }
}

/// A file read line by line.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    so_far: ReadSoFar,
    number: u64,
}

impl Lines {
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let taken = Arc::new(AtomicU64::new(0));
        let so_far = ReadSoFar { taken: Arc::clone(&taken), total_bytes: file.metadata()?.len() };
        let file = Counted { file, taken };
        let packed = path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("gz"));
        let reader: Box<dyn BufRead + Send> = if packed {
            let inner = BufReader::with_capacity(BUFFER_BYTES, file);
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(inner)))
        } else {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, file))
        };
        Ok(Self { reader, so_far, number: 0 })
    }

    pub(super) fn so_far(&self) -> &ReadSoFar {
        &self.so_far
    }

    /// Number of the line that [`Self::next_line`] gave last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line without its end (LF or CRLF) and, on the first, without a byte order mark.
    pub(super) fn next_line(&mut self) -> std::io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let read = (&mut self.reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let cut = bytes.last() != Some(&b'\n') && bytes.len() as u64 == LINE_BYTES_MAX;
        if cut && self.skip_rest_of_line()? {
            return Ok(Some(Line::TooLong));
        }
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        if self.number == 1 && bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
            bytes.drain(..3);
        }
        Ok(Some(String::from_utf8(bytes).map_or(Line::NotUtf8, Line::Text)))
    }

    /// Skips to after the next line end; whether there was anything to skip.
    fn skip_rest_of_line(&mut self) -> std::io::Result<bool> {
        let mut skipped = false;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(skipped);
            }
            skipped = true;
            let end = buffer.iter().position(|b| *b == b'\n');
            let consumed = end.map_or(buffer.len(), |at| at + 1);
            self.reader.consume(consumed);
            if end.is_some() {
                return Ok(skipped);
            }
        }
    }
}

/// A line cut into fields; quotes as in RFC 4180.
pub(super) enum Cut {
    /// Without quotes, as nearly all lines are: where each field begins and ends. No field is copied.
    Plain {
        line: String,
        ends: Vec<usize>,
    },
    Quoted(Vec<String>),
}

impl Cut {
    pub(super) fn of(line: String) -> Result<Self, &'static str> {
        if !line.contains('"') {
            let mut ends: Vec<usize> = line.match_indices(',').map(|(at, _)| at).collect();
            ends.push(line.len());
            return Ok(Self::Plain { line, ends });
        }
        if line.matches('"').count() % 2 == 1 {
            return Err("a quote is not closed");
        }
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
        let mut record = csv::StringRecord::new();
        match reader.read_record(&mut record) {
            Ok(true) => Ok(Self::Quoted(record.iter().map(str::to_owned).collect())),
            _ => Err("the line is not a row of fields"),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Plain { ends, .. } => ends.len(),
            Self::Quoted(fields) => fields.len(),
        }
    }

    /// The field at a place, without spaces around it.
    pub(super) fn get(&self, place: usize) -> Option<&str> {
        let field = match self {
            Self::Quoted(fields) => fields.get(place)?.as_str(),
            Self::Plain { line, ends } => {
                let from = match place.checked_sub(1) {
                    None => 0,
                    Some(before) => ends.get(before)? + 1,
                };
                line.get(from..*ends.get(place)?)?
            }
        };
        Some(field.trim())
    }
}
