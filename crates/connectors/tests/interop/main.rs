//! Cardea's codec against pyiso8583, an independent implementation, in both directions and over TCP.
//!
//! `cargo accept` installs pyiso8583 where these tests look for it; without it they fail and say so.

#![cfg(test)]

mod live;
mod oracle;
#[path = "../codec/random.rs"]
mod random;

use connectors::iso8583::{BuiltIn, Dialect, Message, Mti};

use oracle::{from_hex, python, run, to_hex};

/// Random messages in each direction for each dialect.
const MESSAGES: usize = 1_500;

fn line_of(message: &Message) -> String {
    let mut line = message.mti().to_string();
    for field in message.fields() {
        line.push_str(&format!(" {field}:{}", to_hex(message.get(field).unwrap())));
    }
    line
}

fn message_of(line: &str) -> Message {
    let mut parts = line.split(' ');
    let digits = parts.next().unwrap().as_bytes().try_into().unwrap();
    let mut message = Message::new(Mti::from_digits(digits).unwrap());
    for part in parts {
        let (field, value) = part.split_once(':').unwrap();
        message.set(field.parse().unwrap(), from_hex(value)).unwrap();
    }
    message
}

fn random_messages(dialect: &Dialect) -> Vec<(Message, Vec<u8>)> {
    let mut random = random::Random(0xca7dea);
    let mut one = |_| {
        let message = random::message(dialect, &mut random, 40);
        let mut frame = Vec::new();
        dialect.write(&message, &mut frame).unwrap();
        (message, frame)
    };
    (0..MESSAGES).map(&mut one).collect()
}

fn written_here_is_read_there(which: BuiltIn) {
    let dialect = Dialect::built_in(which).unwrap();
    let messages = random_messages(&dialect);
    let frames: String = messages.iter().map(|(_, frame)| to_hex(frame) + "\n").collect();
    let read = run(&["decode", dialect.name()], &frames);
    assert_eq!(read.len(), MESSAGES);
    for ((message, _), line) in messages.iter().zip(&read) {
        assert_eq!(line, &line_of(message));
    }
    let lines: String = messages.iter().map(|(message, _)| line_of(message) + "\n").collect();
    let written = run(&["encode", dialect.name()], &lines);
    assert_eq!(written.len(), MESSAGES);
    for ((_, frame), there) in messages.iter().zip(&written) {
        assert_eq!(there, &to_hex(frame));
    }
}

fn written_there_is_read_here(which: BuiltIn) {
    let dialect = Dialect::built_in(which).unwrap();
    let made = run(&["generate", dialect.name(), &MESSAGES.to_string(), "8583"], "");
    assert_eq!(made.len(), MESSAGES);
    for line in &made {
        let (frame, expected) = line.split_once(' ').unwrap();
        let frame = from_hex(frame);
        let message = dialect.parse(&frame).unwrap();
        assert_eq!(line_of(&message), expected);
        assert_eq!(message, message_of(expected));
        let mut again = Vec::new();
        dialect.write(&message, &mut again).unwrap();
        assert_eq!(again, frame);
    }
}

#[test]
fn ascii_both_ways() {
    written_here_is_read_there(BuiltIn::Ascii);
    written_there_is_read_here(BuiltIn::Ascii);
}

#[test]
fn ascii_with_binary_bitmap_both_ways() {
    written_here_is_read_there(BuiltIn::AsciiBinaryBitmap);
    written_there_is_read_here(BuiltIn::AsciiBinaryBitmap);
}

#[test]
fn bcd_both_ways() {
    written_here_is_read_there(BuiltIn::Bcd);
    written_there_is_read_here(BuiltIn::Bcd);
}

#[test]
fn the_oracle_is_the_version_the_dialects_name() {
    let version = std::process::Command::new(python())
        .args(["-c", "import importlib.metadata as m; print(m.version('pyiso8583'))"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&version.stdout).trim(), "4.0.1");
}
