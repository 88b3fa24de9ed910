//! Finding a row by a value that is stored only encrypted: a keyed hash over the whole, normalised value.
//!
//! Each kind of value has a key of its own, which the key module keeps, so equal texts of two kinds
//! (a phone number that is also somebody's document number) have unrelated hashes.

use crate::{HashUse, KeyRing, Pan, VaultError};
use kernel::CustomerId;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What kind of value is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LookupKind {
    /// A card number; spaces and hyphens don't matter.
    CardNumber,
    /// A phone number; only digits and a leading plus matter.
    Phone,
    /// A mail address; case and surrounding space don't matter.
    Email,
    /// The number of an identity document; only letters and digits matter, and not their case.
    DocumentNumber,
    /// A key of the API, exactly as given.
    ApiKey,
    /// The token in a session cookie, exactly as given.
    SessionToken,
}

/// A keyed hash of 32 bytes, for a column with an index. It is no secret, but correlates rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LookupHash(pub [u8; 32]);

/// What is kept of a query password: tells whether a guess is right, for one customer, with the key only.
#[derive(Clone, Copy)]
pub struct Verifier(pub [u8; 32]);

impl LookupHash {
    /// The 32 bytes, as a column holds them.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[verifier]")
    }
}

impl PartialEq for Verifier {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Verifier {}

impl LookupKind {
    const fn hash_use(self) -> HashUse {
        match self {
            Self::CardNumber => HashUse::CardNumber,
            Self::Phone => HashUse::Phone,
            Self::Email => HashUse::Email,
            Self::DocumentNumber => HashUse::DocumentNumber,
            Self::ApiKey => HashUse::ApiKey,
            Self::SessionToken => HashUse::SessionToken,
        }
    }
}

fn normalised(kind: LookupKind, value: &str) -> Zeroizing<String> {
    let separator = |letter: &char| letter.is_whitespace() || *letter == '-';
    Zeroizing::new(match kind {
        LookupKind::CardNumber => value.chars().filter(|letter| !separator(letter)).collect(),
        LookupKind::Phone => {
            let digits: Zeroizing<String> =
                Zeroizing::new(value.chars().filter(char::is_ascii_digit).collect());
            // 00 stands for the plus where there is none; no number after a plus begins with 0.
            let (plus, rest) = match (value.trim_start().starts_with('+'), digits.strip_prefix("00")) {
                (true, _) => ("+", digits.as_str()),
                (false, Some(rest)) => ("+", rest),
                (false, None) => ("", digits.as_str()),
            };
            plus.chars().chain(rest.chars()).collect()
        }
        LookupKind::Email => value.trim().to_lowercase(),
        LookupKind::DocumentNumber => {
            value.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect()
        }
        LookupKind::ApiKey | LookupKind::SessionToken => value.to_owned(),
    })
}

impl KeyRing {
    /// The hash by which `value` is found. Equal after normalising means equal hash, and only then.
    ///
    /// # Errors
    /// The key module failed; a software module never does.
    pub fn lookup(&self, kind: LookupKind, value: &str) -> Result<LookupHash, VaultError> {
        self.hash(kind.hash_use(), &[normalised(kind, value).as_bytes()]).map(LookupHash)
    }

    /// The hash by which a card is found.
    ///
    /// # Errors
    /// The key module failed; a software module never does.
    pub fn lookup_pan(&self, pan: &Pan) -> Result<LookupHash, VaultError> {
        self.hash(HashUse::CardNumber, &[pan.expose().as_bytes()]).map(LookupHash)
    }

    /// What to keep of a code that was sent to a customer for one act: a code has few values, so the key protects it as
    /// it does a query password. `context` says what the code is for; another context gives an unrelated verifier.
    ///
    /// # Errors
    /// The key module failed; a software module never does.
    pub fn code_verifier(
        &self,
        customer: CustomerId,
        context: &[u8; 32],
        code: &str,
    ) -> Result<Verifier, VaultError> {
        let owner = customer.raw().to_be_bytes();
        // No customer has the number that these eight letters are, so no query password gives the same text.
        self.hash(HashUse::QueryPassword, &[b"code v1\0", &owner, context, code.as_bytes()]).map(Verifier)
    }

    /// What to keep of a customer's query password. Six digits have a million values, so no slow hash
    /// would protect them; the key does. Equal passwords of two customers give unrelated verifiers.
    ///
    /// # Errors
    /// The key module failed; a software module never does.
    pub fn query_password_verifier(
        &self,
        customer: CustomerId,
        password: &str,
    ) -> Result<Verifier, VaultError> {
        let owner = customer.raw().to_be_bytes();
        self.hash(HashUse::QueryPassword, &[&owner, password.as_bytes()]).map(Verifier)
    }
}
