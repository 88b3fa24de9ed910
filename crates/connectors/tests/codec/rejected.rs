//! What is refused, where, and what the sender is told.

use connectors::iso8583::{BuiltIn, Dialect, DialectError, Message, Mti, ParseFailure, Why, WriteError};

fn ascii() -> Dialect {
    Dialect::built_in(BuiltIn::Ascii).unwrap()
}

fn bcd() -> Dialect {
    Dialect::built_in(BuiltIn::Bcd).unwrap()
}

fn refused(dialect: &Dialect, frame: &[u8]) -> ParseFailure {
    dialect.parse(frame).expect_err("this frame is malformed")
}

#[track_caller]
fn check(frame: &[u8], field: u8, offset: usize, why: Why) -> ParseFailure {
    let failure = refused(&ascii(), frame);
    let error = failure.error;
    assert_eq!((error.field, error.offset, error.why), (field, offset, why));
    failure
}

#[test]
fn errors_say_field_offset_and_reason() {
    check(b"", 0, 0, Why::Truncated);
    check(b"01x0", 0, 0, Why::BadType);
    check(b"11004000000000000000", 0, 0, Why::BadVersion);
    check(b"0100400000000000000", 1, 4, Why::Truncated);
    check(b"010040000000000000G0", 1, 4, Why::BadBitmap);
    check(b"0100C000000000000000", 1, 4, Why::Truncated);
    check(b"010080000000000000008000000000000000", 65, 36, Why::UnknownField);
    check(b"010040000000000000001x", 2, 20, Why::BadLength);
    check(b"010040000000000000002090000000000000000001", 2, 20, Why::WrongLength);
    check(b"01004000000000000000169000", 2, 20, Why::Truncated);
    check(b"0100200000000000000000000A", 3, 20, Why::BadContent);
    check(b"010020000000000000000000000", 0, 26, Why::Trailing);
}

#[test]
fn bcd_errors() {
    let fixed = |frame: &[u8], why: Why| assert_eq!(refused(&bcd(), frame).error.why, why);
    fixed(b"\x01\x0a", Why::BadType);
    // DE19 is three digits: the first half byte must be 0.
    fixed(b"\x01\x00\x00\x00\x20\x00\x00\x00\x00\x00\x11\x56", Why::BadPadding);
    // DE2 of three digits must end with F.
    fixed(b"\x01\x00\x40\x00\x00\x00\x00\x00\x00\x00\x03\x90\x00", Why::BadPadding);
    fixed(b"\x01\x00\x40\x00\x00\x00\x00\x00\x00\x00\x04\x9a\x00", Why::BadContent);
    // D is the separator of a track, not of a number.
    fixed(b"\x01\x00\x40\x00\x00\x00\x00\x00\x00\x00\x04\x9d\x00", Why::BadContent);
    fixed(b"\x01\x00\x40\x00\x00\x00\x00\x00\x00\x00\x1a\x90\x00", Why::BadLength);
}

/// A letter in an amount does not hide the trace number behind it, so the sender gets its answer.
#[test]
fn a_bad_value_is_answered_with_a_format_error() {
    let mut frame = b"0100".to_vec();
    frame.extend(b"7020000008800000");
    frame.extend(b"169000000000000001");
    frame.extend(b"000000");
    frame.extend(b"00000000A250");
    frame.extend(b"000042");
    frame.extend(b"000000000001");
    frame.extend(b"TERM0001");
    let failure = check(&frame, 4, 44, Why::BadContent);
    let answer = failure.partial.unwrap().format_error_answer().unwrap();
    assert_eq!(answer.mti().as_str(), "0110");
    assert_eq!(answer.fields().collect::<Vec<_>>(), [2, 3, 11, 37, 39, 41]);
    assert_eq!((answer.text(11), answer.text(37)), (Some("000042"), Some("000000000001")));
    assert_eq!((answer.text(39), answer.text(41)), (Some("30"), Some("TERM0001")));
}

#[test]
fn what_can_not_be_matched_is_not_answered() {
    // Cut before the trace number.
    let failure = check(b"01007020000000000000169000", 2, 20, Why::Truncated);
    assert!(failure.partial.unwrap().format_error_answer().is_none());
    // An answer is never answered.
    let failure = check(b"0110002000000000000000004200", 0, 26, Why::Trailing);
    assert!(failure.partial.unwrap().format_error_answer().is_none());
    let failure = check(b"0100002000000000000000004200", 0, 26, Why::Trailing);
    assert!(failure.partial.unwrap().format_error_answer().is_some());
}

#[test]
fn errors_never_show_content() {
    let canary = "9000000000000001";
    let mut frame = b"0100401000000000000016".to_vec();
    frame.extend(canary.bytes());
    frame.extend(canary.bytes());
    let failure = refused(&ascii(), &frame);
    let shown = format!("{failure} {failure:?}");
    assert!(!shown.contains(canary), "{shown}");
    assert!(!shown.contains("90000000"), "{shown}");
}

#[test]
fn nothing_is_written_that_the_dialect_does_not_take() {
    let refused = |field: u8, value: &[u8], why: Why| {
        let mut message = Message::new(Mti::AUTHORIZATION);
        message.set(field, value).unwrap();
        let mut out = b"before".to_vec();
        assert_eq!(ascii().write(&message, &mut out), Err(WriteError { field, why }));
        assert_eq!(out, b"before");
    };
    refused(4, b"1250", Why::WrongLength);
    refused(2, b"90000000000000000001", Why::WrongLength);
    refused(4, b"00000000125A", Why::BadContent);
    refused(43, &[b'a'; 39], Why::WrongLength);
    refused(44, "小店".as_bytes(), Why::BadContent);
    refused(52, &[0; 7], Why::WrongLength);
}

#[test]
fn dialects_are_checked_when_they_are_read() {
    let good = include_str!("../../src/iso8583/dialects/ascii.toml");
    let changed = |from: &str, to: &str| Dialect::from_toml(&good.replacen(from, to, 1));
    assert!(changed("", "").is_ok());
    assert!(matches!(changed("mti =", "mit ="), Err(DialectError::Toml(_))));
    assert!(matches!(changed("bitmap = \"hex\"", "bitmap = \"text\""), Err(DialectError::Encoding { .. })));
    assert!(matches!(changed("n = \"text\"", "n = \"hex\""), Err(DialectError::Encoding { .. })));
    let added = |text: &str| Dialect::from_toml(&format!("{good}\n{text}"));
    assert!(matches!(added("[fields]\n65 = \"b 8\""), Err(DialectError::Field(_))));
    assert!(matches!(added("[fields]\n129 = \"n 1\""), Err(DialectError::Field(_))));
    for bad in ["n", "q 4", "n 0", "n 1000", "ans ..100", "n ...x", "b ..60"] {
        let outcome = added(&format!("[fields]\n60 = \"{bad}\""));
        assert!(matches!(outcome, Err(DialectError::Description { field: 60, .. })), "{bad}");
    }
    assert!(matches!(added("[pad_of_field]\n2 = \"right-f\""), Err(DialectError::Encoding { .. })));
    let own = added("[fields]\n60 = \"n ..12\"").unwrap();
    let mut message = Message::new(Mti::AUTHORIZATION);
    message.set(60, "123").unwrap();
    let mut out = Vec::new();
    own.write(&message, &mut out).unwrap();
    assert!(out.ends_with(b"03123"));
}
