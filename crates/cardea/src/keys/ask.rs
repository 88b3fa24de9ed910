//! Secrets that a person types: never shown, never in a process list.

use crate::commands::CommandError;
use kernel::Secret;
use std::io::IsTerminal;

/// A secret typed at the terminal; `None` where nobody sits there.
pub fn passphrase(question: &str) -> Option<Secret<String>> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    rpassword::prompt_password(question).ok().map(Secret::new)
}

/// A new passphrase, typed twice.
pub fn confirmed_passphrase() -> Result<Option<Secret<String>>, CommandError> {
    let Some(first) = passphrase("New passphrase (12 characters or more): ") else { return Ok(None) };
    match passphrase("The same again: ") {
        Some(again) if again.expose() == first.expose() => Ok(Some(first)),
        _ => Err(CommandError::Other("the two passphrases differ; nothing was changed".to_owned())),
    }
}
