//! Tables as files for spreadsheets (RFC 4180), which can't carry a formula.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return, and somebody else's text
//! can begin so. Such a cell gets an apostrophe in front, which spreadsheets show as text; every cell is quoted. The
//! file begins with a byte order mark, without which some spreadsheets take Chinese text apart.

use super::problem::Problem;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;

const BYTE_ORDER_MARK: &str = "\u{feff}";
/// What begins a formula, in wide form too: spreadsheets of East Asia take both.
const FORMULA: &[char] = &['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A cell that no spreadsheet runs.
pub fn safe_cell(text: &str) -> Cow<'_, str> {
    match text
        .trim_start_matches([' ', '\n', '\u{a0}', '\u{3000}', '\u{200b}', '\u{feff}'])
        .starts_with(FORMULA)
    {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// The table as a file called `name`, to be saved and not shown.
pub fn download(name: &str, head: &[&str], rows: &[Vec<String>]) -> Result<Response, Problem> {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
    writer.write_record(head).map_err(Problem::internal)?;
    for row in rows {
        let cells = row.iter().map(|cell| safe_cell(cell));
        writer.write_record(cells.map(|cell| cell.into_owned())).map_err(Problem::internal)?;
    }
    let bytes = writer.into_inner().map_err(Problem::internal)?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let saved = format!("attachment; filename=\"{name}\"");
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&saved).map_err(Problem::internal)?);
    super::no_store(headers);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_become_text_and_the_rest_stays() {
        for cell in ["=HYPERLINK(\"x\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\u{feff}=1"]
        {
            assert_eq!(safe_cell(cell), format!("'{cell}"), "{cell:?}");
        }
        for cell in ["", "cards.card.frozen", "周明慧", "a=b", "2026-03-12"] {
            assert_eq!(safe_cell(cell), cell);
        }
    }

    proptest! {
        #[test]
        fn every_cell_reads_back_and_none_begins_a_formula(
            rows in proptest::collection::vec(proptest::collection::vec(any::<String>(), 2), 0..5),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let response = download("x.csv", &["one", "two"], &rows).unwrap();
            let body = runtime.block_on(axum::body::to_bytes(response.into_body(), usize::MAX)).unwrap();
            let text = std::str::from_utf8(&body).unwrap().strip_prefix(BYTE_ORDER_MARK).unwrap();
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let read: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect();
            prop_assert_eq!(read.len(), rows.len());
            for (read, given) in read.iter().flatten().zip(rows.iter().flatten()) {
                prop_assert!(!read.starts_with(FORMULA), "{read:?}");
                prop_assert_eq!(read.strip_prefix('\'').filter(|rest| rest == given).unwrap_or(read), given);
            }
        }
    }
}
