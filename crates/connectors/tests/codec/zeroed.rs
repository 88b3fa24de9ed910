//! Card data does not stay in memory that was given back.

use connectors::iso8583::{Message, Mti, answer_of, fields};

use crate::allocator::leaks_of;
use crate::dialects;

const CANARY: &[u8] = b"9000000000000001";

fn request() -> Message {
    let mut message = Message::new(Mti::AUTHORIZATION);
    message.set(11, "000042").unwrap();
    message.set(2, CANARY).unwrap();
    message.set(35, [CANARY, b"=2912201"].concat()).unwrap();
    message
}

#[test]
fn the_watch_sees_what_is_left() {
    assert_eq!(leaks_of(CANARY, || drop(CANARY.to_vec())), 1);
}

#[test]
fn messages_are_zeroed_when_they_grow_change_and_go() {
    let track = [CANARY, b"=2912201"].concat();
    let long = vec![b'x'; 3_000];
    let leaks = leaks_of(CANARY, || {
        let mut message = Message::new(Mti::AUTHORIZATION);
        message.set(11, "000042").unwrap();
        message.set(2, CANARY).unwrap();
        message.set(35, &track).unwrap();
        message.set_padded(43, "9000000000000001", 40).unwrap();
        fields::set_private(&mut message, &[("92", "9000000000000001")]).unwrap();
        // Each of these moves the values to a larger buffer.
        message.set(47, &long[..900]).unwrap();
        message.set(63, &long).unwrap();
        message.set(35, CANARY).unwrap();
        message.remove(2);
        let copy = message.clone();
        drop(answer_of(&copy, *b"00"));
    });
    assert_eq!(leaks, 0);
}

#[test]
fn reading_and_writing_leave_nothing() {
    for dialect in dialects() {
        let mut frame = Vec::new();
        dialect.write(&request(), &mut frame).unwrap();
        let mut malformed = frame.clone();
        malformed.push(b'0');
        let mut unwritable = request();
        unwritable.set(70, "x").unwrap();
        let mut out = Vec::with_capacity(8_192);
        let leaks = leaks_of(CANARY, || {
            drop(dialect.parse(&frame).unwrap());
            drop(dialect.parse(&malformed).unwrap_err());
            dialect.write(&unwritable, &mut out).unwrap_err();
            assert!(out.is_empty());
            out.shrink_to_fit();
        });
        assert_eq!(leaks, 0, "{}", dialect.name());
    }
}
