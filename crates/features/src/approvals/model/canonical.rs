//! The one text of an act that is shown, signed and kept.
//!
//! JSON as RFC 8785 writes it, of which only a part is allowed: objects with names in ASCII, texts, whole numbers within
//! 2^53, truth values and null. So that one meaning has one text: names sorted, no spaces, no fractions.

use kernel::{ApprovalId, CustomerId, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Random bytes before the text, so that its hash tells nobody what it is and is never asked for twice.
pub const NONCE_BYTES: usize = 32;
/// The largest whole number that every reader of JSON keeps.
const NUMBER_MAX: i64 = 1 << 53;
/// Nesting that is written, levels.
const DEPTH_MAX: usize = 8;

/// What an act is, for whoever signs it.
#[derive(Clone, Copy, Debug)]
pub struct ActText<'a> {
    /// The approval.
    pub id: ApprovalId,
    /// Whose act it is.
    pub owner: CustomerId,
    /// Its kind.
    pub act: &'a str,
    /// Its details.
    pub details: &'a Value,
    /// Until when it can be signed.
    pub expires_at: Timestamp,
}

impl ActText<'_> {
    /// The text; `None` where the details hold what has no one text.
    pub fn canonical(&self) -> Option<String> {
        canonical(&json!({
            "act": self.act,
            "details": self.details,
            "expires_at_us": self.expires_at.us(),
            "id": self.id.to_string(),
            "owner": self.owner.to_string(),
            "version": 1,
        }))
    }
}

/// What a passkey signs: SHA-256 over nonce and text.
pub fn challenge(nonce: &[u8], text: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(nonce);
    hash.update(text.as_bytes());
    hash.finalize().into()
}

/// `value` in its one text.
pub fn canonical(value: &Value) -> Option<String> {
    let mut text = String::new();
    put(&mut text, value, 0)?;
    Some(text)
}

fn put(text: &mut String, value: &Value, depth: usize) -> Option<()> {
    if depth > DEPTH_MAX {
        return None;
    }
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(is) => text.push_str(if *is { "true" } else { "false" }),
        Value::Number(number) => {
            let number = number.as_i64().filter(|number| number.abs() <= NUMBER_MAX)?;
            write!(text, "{number}").ok()?;
        }
        // The escapes of serde_json are those of RFC 8785.
        Value::String(string) => text.push_str(&serde_json::to_string(string).ok()?),
        Value::Array(values) => {
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                put(text, value, depth + 1)?;
            }
            text.push(']');
        }
        Value::Object(map) => {
            let mut names: Vec<&String> = map.keys().collect();
            // By bytes is by UTF-16 units for ASCII, which is all that is allowed.
            names.sort_unstable();
            if names.iter().any(|name| !name.is_ascii()) {
                return None;
            }
            text.push('{');
            for (at, name) in names.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(name).ok()?);
                text.push(':');
                put(text, map.get(name)?, depth + 1)?;
            }
            text.push('}');
        }
    }
    Some(())
}
