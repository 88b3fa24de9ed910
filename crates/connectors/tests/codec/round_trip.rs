//! What is written is read back; what is read is written back.

use connectors::iso8583::{Message, Mti};
use proptest::prelude::*;

use crate::dialects;
use crate::random::{Random, message};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_message_survives_any_dialect(seed in any::<u64>(), fields in 0_usize..60) {
        for dialect in dialects() {
            let sent = message(&dialect, &mut Random(seed), fields);
            let mut bytes = Vec::new();
            dialect.write(&sent, &mut bytes).unwrap();
            let received = dialect.parse(&bytes).unwrap();
            prop_assert_eq!(&received, &sent);
            let mut again = Vec::new();
            dialect.write(&received, &mut again).unwrap();
            prop_assert_eq!(again, bytes);
        }
    }

    #[test]
    fn a_message_means_the_same_in_every_dialect(seed in any::<u64>()) {
        let dialects = dialects();
        let sent = message(&dialects[0], &mut Random(seed), 40);
        for dialect in &dialects {
            let mut bytes = Vec::new();
            dialect.write(&sent, &mut bytes).unwrap();
            prop_assert_eq!(&dialect.parse(&bytes).unwrap(), &sent);
        }
    }
}

/// Byte for byte what the dialects are described to be, worked out by hand.
#[test]
fn known_bytes() {
    let mut message = Message::new(Mti::AUTHORIZATION);
    message.set(2, "90000000000000001").unwrap();
    message.set(3, "000000").unwrap();
    message.set(19, "156").unwrap();
    message.set(35, "90000000000000001=29122010").unwrap();
    message.set(52, [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]).unwrap();
    message.set(70, "301").unwrap();
    let expected: [&[u8]; 3] = [
        b"0100E0002000200010000400000000000000179000000000000000100000015626\
          90000000000000001=291220100123456789ABCDEF301",
        b"0100\xe0\x00\x20\x00\x20\x00\x10\x00\x04\x00\x00\x00\x00\x00\x00\x00\
          179000000000000000100000015626\
          90000000000000001=29122010\x01\x23\x45\x67\x89\xab\xcd\xef301",
        b"\x01\x00\xe0\x00\x20\x00\x20\x00\x10\x00\x04\x00\x00\x00\x00\x00\x00\x00\
          \x17\x90\x00\x00\x00\x00\x00\x00\x00\x1f\x00\x00\x00\x01\x56\
          \x26\x90\x00\x00\x00\x00\x00\x00\x00\x1d\x29\x12\x20\x10\
          \x01\x23\x45\x67\x89\xab\xcd\xef\x03\x01",
    ];
    for (dialect, expected) in dialects().iter().zip(expected) {
        let mut bytes = Vec::new();
        dialect.write(&message, &mut bytes).unwrap();
        assert_eq!(bytes, expected, "{}", dialect.name());
        assert_eq!(dialect.parse(&bytes).unwrap(), message, "{}", dialect.name());
    }
}
