//! Parsing takes at most ten bytes of memory for a byte of input, whatever the input claims.

#![expect(unsafe_code, reason = "an allocator that counts is the only honest measure of memory")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use crate::dialects;
use crate::random::{Random, message};

/// The most that parsing may take, in bytes for a byte of input.
const BYTES_PER_INPUT_BYTE_MAX: usize = 10;

struct Counting;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged; only numbers are kept besides.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ended_thread = LIVE.try_with(|live| {
            live.set(live.get() + layout.size());
            PEAK.with(|peak| peak.set(peak.get().max(live.get())));
        });
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        let _ended_thread = LIVE.try_with(|live| live.set(live.get().saturating_sub(layout.size())));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn peak_of(work: impl FnOnce()) -> usize {
    let before = LIVE.with(Cell::get);
    PEAK.with(|peak| peak.set(before));
    work();
    PEAK.with(Cell::get) - before
}

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
