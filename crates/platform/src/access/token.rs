//! Secrets that stand for somebody: 256 random bits outside, their SHA-256 in tables.
//!
//! A plain hash is enough here: nobody guesses 256 bits, so there is nothing to slow down, and a table
//! that leaks opens no door.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Random, Secret};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const TOKEN_BYTES: usize = 32;
/// Longer texts are no token of ours and are not hashed.
const TEXT_CHARS_MAX: usize = 200;

/// A secret that whoever holds it can use.
#[derive(Clone, Debug)]
pub struct Token(Secret<String>);

/// What a table keeps of a token: SHA-256 in hex.
#[derive(Clone, Debug)]
pub struct TokenHash(String);

impl Token {
    /// A fresh one.
    pub fn create(random: &dyn Random) -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        random.fill(&mut bytes);
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// One that a caller sent; `None` when it can't be one.
    pub fn from_text(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= TEXT_CHARS_MAX && text.is_ascii();
        fits.then(|| Self(Secret::new(text.to_owned())))
    }

    /// The text, to be sent to its holder once.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What a table keeps.
    pub fn hash(&self) -> TokenHash {
        TokenHash(hex(&Sha256::digest(self.expose().as_bytes())))
    }

    /// The token that forms of this session carry: bound to the session, and of no use to open it.
    pub fn csrf(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"cardea csrf v1\0");
        hash.update(self.expose().as_bytes());
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

impl TokenHash {
    /// For a column.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a stored hash is this one, in time that does not depend on where they differ.
    pub fn matches(&self, stored: &str) -> bool {
        self.0.as_bytes().ct_eq(stored.as_bytes()).into()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    #[test]
    fn tokens_differ_and_show_nothing() {
        let (one, two) = (Token::create(&SystemRandom), Token::create(&SystemRandom));
        assert_ne!(one.expose(), two.expose());
        assert_eq!(one.expose().len(), 43);
        assert_eq!(format!("{one:?}"), "Token([secret])");
        assert_ne!(one.csrf(), one.expose());
        assert_ne!(one.csrf(), two.csrf());
    }

    #[test]
    fn the_hash_is_sha_256_in_hex() {
        // FIPS 180-2, appendix B.1.
        let hash = Token::from_text("abc").unwrap().hash();
        assert_eq!(hash.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(hash.matches("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        assert!(!hash.matches("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae"));
        assert!(Token::from_text("").is_none() && Token::from_text(&"x".repeat(201)).is_none());
    }
}
