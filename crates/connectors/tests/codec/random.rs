//! Random messages that a dialect can carry, from a seeded generator.

use connectors::iso8583::dialect::{Kind, Length};
use connectors::iso8583::{Dialect, Message, Mti};

/// A small seeded generator (splitmix64), so that a failure can be run again.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

/// A message with up to `fields_max` random fields of random length, not longer than a frame.
pub fn message(dialect: &Dialect, random: &mut Random, fields_max: usize) -> Message {
    let types = [
        "0100", "0101", "0110", "0120", "0121", "0130", "0200", "0210", "0400", "0410", "0420", "0430",
        "0800", "0810",
    ];
    let digits = types[random.below(types.len())].as_bytes().try_into().unwrap();
    let mut message = Message::new(Mti::from_digits(digits).unwrap());
    let mut room = 3_600_usize;
    for _ in 0..random.below(fields_max + 1) {
        let field = u8::try_from(2 + random.below(127)).unwrap();
        let Some(spec) = dialect.field(field) else { continue };
        let length = match spec.length {
            Length::Fixed(length) => usize::from(length),
            Length::Variable { max, .. } => random.below(usize::from(max) + 1),
        };
        // Binary fields take twice their length in hexadecimal.
        if room < 2 * length + 8 {
            continue;
        }
        room -= 2 * length + 8;
        let value: Vec<u8> = (0..length).map(|_| character(spec.kind, random)).collect();
        message.set(field, value).unwrap();
    }
    message
}

fn character(kind: Kind, random: &mut Random) -> u8 {
    let alphabet: &[u8] = match kind {
        Kind::Binary => return u8::try_from(random.below(256)).unwrap(),
        Kind::Text => return b' ' + u8::try_from(random.below(95)).unwrap(),
        Kind::Numeric => b"0123456789",
        Kind::Track => b"0123456789=",
        Kind::Alphanumeric => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ",
    };
    alphabet[random.below(alphabet.len())]
}
