//! Framing: cutting messages out of any bytes ends, and never leaves them.

#![no_main]

use connectors::iso8583::frame::{self, Next};
use connectors::iso8583::limits::FRAME_BYTES_MAX;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut rest = input;
    loop {
        let used = match frame::next(rest) {
            Next::Incomplete | Next::TooLong => return,
            Next::KeepAlive => 2,
            Next::Message(message) => {
                assert!(!message.is_empty() && message.len() <= FRAME_BYTES_MAX);
                2 + message.len()
            }
        };
        rest = &rest[used..];
    }
});
