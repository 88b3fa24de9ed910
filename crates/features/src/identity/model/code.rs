//! The texts of codes: digits for a text message, letters and digits for a letter.

use kernel::{Random, Secret};

/// Crockford's letters and digits: none that is taken for another when it is read off paper.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters and digits of an activation code: 80 bits, which nobody guesses.
const ACTIVATION_SIGNS: usize = 16;
/// Signs of a group, for reading.
const GROUP: usize = 4;

/// A fresh code of `digits` digits; each value is as likely as every other.
pub fn text_code(random: &dyn Random, digits: u32) -> Secret<String> {
    let values = 10_u64.pow(digits.min(18));
    // The last, incomplete run of values would make small numbers likelier.
    let whole = u64::MAX - u64::MAX % values;
    let number = loop {
        let drawn = random.next_u64();
        if drawn < whole {
            break drawn % values;
        }
    };
    let width = usize::try_from(digits).unwrap_or_default();
    Secret::new(format!("{number:0width$}"))
}

/// A fresh activation code, in groups of four: `7QK2-…`.
pub fn activation_code(random: &dyn Random) -> Secret<String> {
    let mut bytes = [0; ACTIVATION_SIGNS];
    random.fill(&mut bytes);
    let mut code = String::with_capacity(ACTIVATION_SIGNS + ACTIVATION_SIGNS / GROUP);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % GROUP == 0 {
            code.push('-');
        }
        // Thirty-two values divide 256, so each sign is as likely as every other.
        let sign = ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'0');
        code.push(char::from(sign));
    }
    Secret::new(code)
}

/// An activation code as it was typed, in the one form that is hashed; `None` for what can't be one.
pub fn typed_activation_code(typed: &str) -> Option<Secret<String>> {
    let read = |letter: char| match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let signs: String =
        typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-').map(read).collect();
    let good = signs.len() == ACTIVATION_SIGNS && signs.bytes().all(|sign| ALPHABET.contains(&sign));
    good.then(|| Secret::new(signs))
}
