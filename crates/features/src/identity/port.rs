//! What the outside does for this feature: taking a code to a customer by letter.

use kernel::{CustomerId, Masked, Secret};
use platform::i18n::Locale;

/// A code to be printed and sent by post. Nobody at the desk sees it.
#[derive(Clone, Debug)]
pub struct CodeLetter {
    /// Whose it is.
    pub customer: CustomerId,
    /// Name and address, a line each.
    pub to: Masked,
    /// The language of its words.
    pub language: Locale,
    /// The words, with the code.
    pub text: Masked,
    /// The code alone.
    pub code: Secret<String>,
}

/// Where letters are taken over: the print works, or the file of a demo. A service of the server:
/// `Arc<dyn LetterBox>`.
pub trait LetterBox: Send + Sync {
    /// Takes a letter over, so that it is printed also if this program ends now.
    ///
    /// # Errors
    /// It could not be taken over.
    fn take(&self, letter: &CodeLetter) -> std::io::Result<()>;
}
