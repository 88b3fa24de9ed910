//! Rubbish, slow clients and floods: each concerns its own connection, and memory stays bounded.

use crate::server::{Server, now_us, pause_ms};
use crate::switch::{Switch, code, purchase, text};
use connectors::iso8583::{BuiltIn, Message};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What a flood may add to the memory of the process, KiB.
const GROWTH_KIB_MAX: u64 = 200 * 1024;
/// Bytes that one flooder sends at most, and for how long it tries, microseconds.
const FLOOD_BYTES: usize = 32 << 20;
const FLOOD_US: u64 = 3_000_000;
/// Bytes that all flooders together get rid of at least, or it was no flood.
const FLOOD_BYTES_MIN: usize = 8 << 20;
/// How long a neighbour waits for one answer at most: a request that is older than the deadline of 8 seconds is
/// answered too, and on a machine that does ten other things there is something before and behind that.
const ANSWER_US_MAX: u64 = 20_000_000;

/// Frames that nobody can answer, and the ends of the connection they must bring.
fn unanswerable() -> Vec<Vec<u8>> {
    let framed = |bytes: &[u8]| {
        let mut frame = u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
        frame.extend(bytes);
        frame
    };
    vec![
        vec![0xff, 0xff],
        vec![0x10, 0x01, b'x'],
        framed(b"x"),
        framed(b"this is no message at all"),
        framed(b"0100FFFFFFFFFFFFFFFF"),
        framed(b"0100ZZZZZZZZZZZZZZZZ"),
        framed(&[0xff; 300]),
        framed(&[0x00; 4096]),
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
    ]
}

/// A neighbour that pays all the time; afterwards it tells how often it was answered with 00. When the queue is
/// full it may be told so, at once, and tries again.
fn with_neighbour(server: &Server, act: impl FnOnce()) -> u64 {
    let (done, paid) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let neighbour = scope.spawn(|| {
            let card = server.plain_cards()[0];
            let mut switch = Switch::connect(server.iso(0));
            let mut number = 1_000_000;
            while !done.load(Ordering::Relaxed) || paid.load(Ordering::Relaxed) == 0 {
                number += 1;
                let asked_us = now_us();
                let answer = switch.ask(&purchase(card, 0, number));
                assert!(now_us() - asked_us < ANSWER_US_MAX, "the neighbour waited too long");
                assert_eq!(text(&answer, 37), format!("{number:012}"));
                match code(&answer).as_str() {
                    "00" => paid.fetch_add(1, Ordering::Relaxed),
                    code => {
                        assert_eq!(code, "91", "nothing but a full queue may come between");
                        continue;
                    }
                };
            }
        });
        while paid.load(Ordering::Relaxed) == 0 && !neighbour.is_finished() {
            pause_ms(1);
        }
        let before = paid.load(Ordering::Relaxed);
        act();
        done.store(true, Ordering::Relaxed);
        neighbour.join().unwrap();
        paid.load(Ordering::Relaxed) - before
    })
}

#[test]
fn rubbish_ends_its_own_connection_and_disturbs_no_other() {
    let mut server = Server::start();
    let paid = with_neighbour(&server, || {
        for port in 0..3 {
            for (at, bytes) in unanswerable().iter().enumerate() {
                let which = BuiltIn::ALL[usize::from(port)];
                let mut switch = Switch::speaking(which, server.iso(port));
                switch.socket.write_all(bytes).unwrap();
                // Some announce more bytes than come: the end of the sender's side makes them truncated.
                switch.socket.shutdown(std::net::Shutdown::Write).unwrap();
                let mut left = Vec::new();
                let ended = switch.socket.read_to_end(&mut left);
                assert!(ended.is_ok() || left.is_empty(), "frame {at} in dialect {port}: {ended:?}");
                assert!(left.is_empty(), "frame {at} in dialect {port} was answered: {left:02x?}");
            }
        }
    });
    assert!(paid > 0, "the neighbour was answered meanwhile");
    assert!(!server.has_ended());
    let metrics = crate::http::get(server.http(), "/metrics").unwrap().text();
    assert!(metrics.contains("cardea_iso8583_malformed_total"), "malformed frames are counted");
    assert!(!server.output().contains("panicked"));
    assert!(server.stop().success());
}

#[test]
fn a_bad_message_that_can_be_matched_is_answered_with_30() {
    let server = Server::start();
    let card = server.plain_cards()[0].clone();
    let mut switch = Switch::connect(server.iso(0));
    let mut number = 0;
    let mut bad = |change: &dyn Fn(&mut Vec<u8>)| {
        number += 1;
        let message = purchase(&card, 424_242, number);
        let mut bytes = switch.framed(&message);
        change(&mut bytes);
        let length = u16::try_from(bytes.len() - 2).unwrap();
        bytes[..2].copy_from_slice(&length.to_be_bytes());
        switch.socket.write_all(&bytes).unwrap();
        let answer = switch.receive().unwrap().expect("answered");
        assert_eq!((code(&answer), text(&answer, 11)), ("30".to_owned(), text(&message, 11)));
        // The connection goes on.
        let good = switch.ask(&purchase(&card, 0, number + 1_000));
        assert_eq!(code(&good), "00");
    };
    bad(&|bytes| replace(bytes, b"000000424242", b"0000004242xx"));
    bad(&|bytes| replace(bytes, b"000000424242", b"\xff\xfe\xfd\xfc\xfb\xfa000000"));
    bad(&|bytes| replace(bytes, b"MERCHANT0000001", b"MERCHANT\x0000000\n"));
    bad(&|bytes| bytes.extend(b"more than there should be"));
    bad(&|bytes| bytes.truncate(bytes.len() - 2));
    let mut incomplete = |fields: &[u8]| {
        number += 1;
        let mut message = purchase(&card, 100, number);
        fields.iter().for_each(|field| message.remove(*field));
        code(&switch.ask(&message))
    };
    assert_eq!(incomplete(&[2]), "30", "no card number");
    assert_eq!(incomplete(&[3]), "30", "nothing asked for");
    assert_eq!(incomplete(&[49]), "30", "no currency");
}

fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    let at = bytes.windows(old.len()).position(|window| window == old).expect("it is there");
    bytes[at..at + old.len()].copy_from_slice(new);
}

#[test]
fn slow_and_silent_clients_hold_up_nobody() {
    let server = Server::start();
    let card = server.plain_cards()[1].clone();
    let mut slow: Vec<Switch> = (0..20).map(|_| Switch::connect(server.iso(0))).collect();
    let bytes = slow[0].framed(&purchase(&card, 0, 1));
    let paid = with_neighbour(&server, || {
        // A byte from each in turn: every one of them is inside a message all the time.
        for byte in &bytes {
            slow.iter_mut().for_each(|switch| switch.socket.write_all(&[*byte]).unwrap());
            pause_ms(1);
        }
    });
    assert!(paid > 0);
    for switch in &mut slow {
        assert_eq!(code(&switch.receive().unwrap().unwrap()), "00");
    }
}

#[test]
fn a_flood_leaves_memory_bounded() {
    let (mut server, mut sent) = (Server::start(), 0);
    let card = server.plain_cards()[2].clone();
    let mut warm = Switch::connect(server.iso(0));
    let lot: Vec<Message> = (0..2_000).map(|number| purchase(&card, 0, number)).collect();
    warm.ask_all(&lot);
    let before = server.resident_kib();
    let paid = with_neighbour(&server, || {
        let lanes: Vec<usize> = std::thread::scope(|scope| {
            let (server, card) = (&server, &card);
            let flood = |lane| scope.spawn(move || flood(server, &purchase(card, 0, 5_000 + lane)));
            let lanes: Vec<_> = (0..8_u64).map(flood).collect();
            lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
        });
        sent = lanes.iter().sum();
    });
    let peak = server.peak_kib();
    println!(
        "{before} KiB before, {peak} KiB at most; {sent} bytes of flood; the neighbour paid {paid} times"
    );
    assert!(sent > FLOOD_BYTES_MIN, "{sent} bytes are no flood");
    assert!(paid > 0, "the neighbour was answered during the flood");
    assert!(peak < before + GROWTH_KIB_MAX, "{before} KiB before, {peak} KiB at most");
    // Whoever floods is gone: what they left behind holds up nobody.
    assert_eq!(code(&Switch::connect(server.iso(0)).ask(&purchase(&card, 0, 9_000))), "00");
    assert!(!server.output().contains("panicked"));
    assert!(server.stop().success());
}

/// Sends good messages without ever reading an answer, until nothing more is taken or the time is over; returns
/// how many bytes were taken.
fn flood(server: &Server, message: &Message) -> usize {
    let mut switch = Switch::connect(server.iso(0));
    switch.socket.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let bytes = switch.framed(message).repeat(100);
    let until_us = now_us() + FLOOD_US;
    let mut sent = 0;
    while sent < FLOOD_BYTES && now_us() < until_us {
        // A full window is what a flooder must meet; it goes on pushing.
        let rest = &bytes[sent % bytes.len()..];
        let _ = switch.socket.write(rest).map(|count| sent += count);
    }
    sent
}
