//! Finding a row by a value that is stored only encrypted: a keyed hash over the whole, normalised value.
//!
//! Each kind of value has a key of its own, derived from the look-up key, so equal texts of two kinds
//! (a phone number that is also somebody's document number) have unrelated hashes.

use crate::{Key, KeyRing, Pan, VaultError};
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
    /// The number of an identity document; case, spaces and hyphens don't matter.
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

/// The derived keys, one per purpose.
#[derive(Clone)]
pub(crate) struct LookupKeys {
    card_number: Key,
    phone: Key,
    email: Key,
    document_number: Key,
    api_key: Key,
    session_token: Key,
    query_password: Key,
}

impl LookupKeys {
    pub(crate) fn derive(key: &Key) -> Result<Self, VaultError> {
        Ok(Self {
            card_number: key.derive(b"cardea lookup card number")?,
            phone: key.derive(b"cardea lookup phone")?,
            email: key.derive(b"cardea lookup e-mail")?,
            document_number: key.derive(b"cardea lookup document number")?,
            api_key: key.derive(b"cardea lookup api key")?,
            session_token: key.derive(b"cardea lookup session token")?,
            query_password: key.derive(b"cardea verifier query password")?,
        })
    }

    const fn of(&self, kind: LookupKind) -> &Key {
        match kind {
            LookupKind::CardNumber => &self.card_number,
            LookupKind::Phone => &self.phone,
            LookupKind::Email => &self.email,
            LookupKind::DocumentNumber => &self.document_number,
            LookupKind::ApiKey => &self.api_key,
            LookupKind::SessionToken => &self.session_token,
        }
    }
}

fn normalised(kind: LookupKind, value: &str) -> Zeroizing<String> {
    let separator = |letter: &char| letter.is_whitespace() || *letter == '-';
    Zeroizing::new(match kind {
        LookupKind::CardNumber => value.chars().filter(|letter| !separator(letter)).collect(),
        LookupKind::Phone => {
            let plus = if value.trim_start().starts_with('+') { "+" } else { "" };
            let digits = value.chars().filter(char::is_ascii_digit);
            plus.chars().chain(digits).collect()
        }
        LookupKind::Email => value.trim().to_lowercase(),
        LookupKind::DocumentNumber => {
            value.chars().filter(|letter| !separator(letter)).flat_map(char::to_uppercase).collect()
        }
        LookupKind::ApiKey | LookupKind::SessionToken => value.to_owned(),
    })
}

impl KeyRing {
    /// The hash by which `value` is found. Equal after normalising means equal hash, and only then.
    pub fn lookup(&self, kind: LookupKind, value: &str) -> LookupHash {
        LookupHash(self.lookup_keys.of(kind).mac(&[normalised(kind, value).as_bytes()]))
    }

    /// The hash by which a card is found.
    pub fn lookup_pan(&self, pan: &Pan) -> LookupHash {
        LookupHash(self.lookup_keys.card_number.mac(&[pan.expose().as_bytes()]))
    }

    /// What to keep of a customer's query password. Six digits have a million values, so no slow hash
    /// would protect them; the key does. Equal passwords of two customers give unrelated verifiers.
    pub fn query_password_verifier(&self, customer: CustomerId, password: &str) -> Verifier {
        let owner = customer.raw().to_be_bytes();
        Verifier(self.lookup_keys.query_password.mac(&[&owner, password.as_bytes()]))
    }
}
