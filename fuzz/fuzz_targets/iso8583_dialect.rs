//! Dialect files: any text is read or refused.

#![no_main]

use connectors::iso8583::Dialect;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    if let Ok(dialect) = Dialect::from_toml(input) {
        let _outcome = dialect.parse(b"0100400000000000000016");
    }
});
