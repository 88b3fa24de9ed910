//! Parsing takes at most ten bytes of memory for a byte of input, whatever the input claims.

use crate::allocator::peak_of;
use crate::dialects;
use crate::random::{Random, message};

/// The most that parsing may take, in bytes for a byte of input.
const BYTES_PER_INPUT_BYTE_MAX: usize = 10;

#[test]
fn the_measure_sees_allocations() {
    assert!(peak_of(|| drop(Vec::<u8>::with_capacity(5_000))) >= 5_000);
}

#[test]
fn parsing_is_bounded_by_its_input() {
    let mut worst = 0.0_f64;
    let mut check = |dialect: &connectors::iso8583::Dialect, frame: &[u8]| {
        let mut inline = 0;
        let peak = peak_of(|| {
            let outcome = dialect.parse(frame);
            inline = std::mem::size_of_val(&outcome);
            drop(outcome);
        });
        let taken = peak + inline;
        worst = worst
            .max(f64::from(u32::try_from(taken).unwrap()) / f64::from(u32::try_from(frame.len()).unwrap()));
        // A frame too short for a bitmap allocates nothing; its outcome lies on the stack.
        assert!(taken <= BYTES_PER_INPUT_BYTE_MAX * frame.len().max(20), "{taken} for {}", frame.len());
    };
    let mut random = Random(7);
    for dialect in dialects() {
        for round in 0..400 {
            let mut frame = Vec::new();
            dialect.write(&message(&dialect, &mut random, 60), &mut frame).unwrap();
            check(&dialect, &frame);
            // Everything announced, nothing there.
            let mti = if dialect.name() == "bcd" { 2 } else { 4 };
            frame.truncate(mti);
            let all = if dialect.name() == "ascii" { b'F' } else { 0xff };
            frame.resize(mti + if dialect.name() == "ascii" { 32 } else { 16 }, all);
            frame.extend(std::iter::repeat_n(b'0', round));
            check(&dialect, &frame);
        }
    }
    println!("at most {worst:.1} bytes for a byte of input");
}
