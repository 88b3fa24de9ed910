//! No input makes the codec panic or read past the end: cuts, changed bytes, and a timed mutation run.

use std::time::Duration;

use connectors::iso8583::frame::{self, Next};
use connectors::iso8583::limits::FRAME_BYTES_MAX;
use connectors::iso8583::{Dialect, Message};

use crate::dialects;
use crate::random::{Random, message};

/// Parses; whatever comes out must be usable: answered, printed, written.
fn exercise(dialect: &Dialect, frame: &[u8]) -> bool {
    match dialect.parse(frame) {
        Ok(message) => {
            use_up(dialect, &message);
            true
        }
        Err(failure) => {
            assert!(failure.error.offset <= frame.len());
            let text = format!("{failure} {failure:?}");
            assert!(text.len() < 4_096);
            if let Some(answer) = failure.partial.and_then(|partial| partial.format_error_answer()) {
                assert_eq!(answer.text(39), Some("30"));
                assert!(answer.has(11));
                dialect.write(&answer, &mut Vec::new()).expect("a format error can always be said");
            }
            false
        }
    }
}

fn use_up(dialect: &Dialect, message: &Message) {
    let mut again = Vec::new();
    dialect.write(message, &mut again).expect("what was read can be written");
    assert_eq!(&dialect.parse(&again).expect("what was written can be read"), message);
    read_every_field(message);
}

fn read_every_field(message: &Message) {
    use connectors::iso8583::fields;
    let _outcomes = (
        (fields::card_number(message).is_ok(), fields::track2(message).is_ok()),
        (fields::additional_amounts(message).is_ok(), fields::replacement(message).is_ok()),
        (fields::original(message).is_ok(), fields::transmission_time(message).is_ok()),
        (fields::private_element(message, "92").is_ok(), fields::location(message).is_ok()),
        (fields::entry_mode(message).is_ok(), fields::processing_code(message).is_ok()),
        (fields::conversion_rate(message).is_ok(), fields::expiry(message).is_ok()),
    );
    assert!(!format!("{message:?}").is_empty());
}

fn samples(dialect: &Dialect, count: usize) -> Vec<Vec<u8>> {
    let mut random = Random(0x0150_8583);
    let mut sample = || {
        let mut bytes = Vec::new();
        dialect.write(&message(dialect, &mut random, 24), &mut bytes).unwrap();
        bytes
    };
    (0..count).map(|_| sample()).collect()
}

#[test]
fn every_cut_is_refused() {
    for dialect in dialects() {
        for whole in samples(&dialect, 20) {
            assert!(exercise(&dialect, &whole));
            for end in 0..whole.len() {
                assert!(!exercise(&dialect, &whole[..end]), "a cut message was accepted");
            }
        }
    }
}

#[test]
fn every_changed_byte_is_survived() {
    let changes: [fn(u8) -> u8; 6] =
        [|b| b ^ 0x01, |b| b ^ 0x80, |_| 0x00, |_| 0xff, |b| b.wrapping_add(1), |_| b'9'];
    for dialect in dialects() {
        for whole in samples(&dialect, 6) {
            for at in 0..whole.len() {
                for change in changes {
                    let mut changed = whole.clone();
                    changed[at] = change(changed[at]);
                    exercise(&dialect, &changed);
                }
            }
        }
    }
}

#[test]
fn every_trailing_byte_is_refused() {
    for dialect in dialects() {
        for mut whole in samples(&dialect, 20) {
            whole.push(b'0');
            assert!(!exercise(&dialect, &whole));
        }
    }
}

#[test]
fn too_long_is_refused() {
    for dialect in dialects() {
        let mut long = samples(&dialect, 1).remove(0);
        long.resize(FRAME_BYTES_MAX + 1, b'0');
        assert!(!exercise(&dialect, &long));
    }
}

/// Mutates valid messages and streams of them for `CARDEA_FUZZ_SECONDS` (2 unless set). The seed is
/// printed, so that a failure can be run again with `CARDEA_FUZZ_SEED`.
#[test]
#[expect(clippy::disallowed_methods, reason = "a timed run, set from outside, measures real time")]
fn mutations_for_a_while() {
    let setting = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let patience = Duration::from_secs(setting("CARDEA_FUZZ_SECONDS").unwrap_or(2));
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let seed = setting("CARDEA_FUZZ_SEED").unwrap_or(u64::from(clock.subsec_nanos()));
    println!("CARDEA_FUZZ_SEED={seed}");
    let mut random = Random(seed);
    let dialects = dialects();
    let corpora: Vec<Vec<Vec<u8>>> = dialects.iter().map(|dialect| samples(dialect, 64)).collect();
    let start = std::time::Instant::now();
    let (mut runs, mut accepted) = (0_u64, 0_u64);
    while start.elapsed() < patience {
        for _ in 0..256 {
            let which = random.below(dialects.len());
            let corpus = &corpora[which];
            let mut bytes = corpus[random.below(corpus.len())].clone();
            for _ in 0..=random.below(6) {
                mutate(&mut bytes, corpus, &mut random);
            }
            accepted += u64::from(exercise(&dialects[which], &bytes));
            cut_stream(&bytes);
            runs += 1;
        }
    }
    println!("{runs} mutated messages, {accepted} of them still well-formed");
    assert!(runs > 1_000 && accepted > 0 && accepted < runs, "the run must see both outcomes");
}

fn mutate(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len());
    let byte = u8::try_from(random.below(256)).unwrap();
    match random.below(7) {
        0 if !bytes.is_empty() => bytes[at] = byte,
        1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
        2 => bytes.insert(at, byte),
        3 if !bytes.is_empty() => drop(bytes.remove(at)),
        4 => bytes.truncate(at),
        5 if !bytes.is_empty() => bytes[at] = b'0' + byte % 10,
        _ => {
            let other = &corpus[random.below(corpus.len())];
            bytes.truncate(at);
            bytes.extend(&other[random.below(other.len())..]);
        }
    }
}

/// Whatever the bytes, cutting frames out of them ends and never leaves them.
fn cut_stream(mut stream: &[u8]) {
    loop {
        let used = match frame::next(stream) {
            Next::Incomplete | Next::TooLong => return,
            Next::KeepAlive => 2,
            Next::Message(frame) => {
                assert!(!frame.is_empty() && frame.len() <= FRAME_BYTES_MAX);
                2 + frame.len()
            }
        };
        stream = &stream[used..];
    }
}
