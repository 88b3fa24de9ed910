//! What others do for this feature: taking a code to a customer by letter, and saying what a customer on the line has
//! proved.

use super::model::ProofKind;
use kernel::{CallId, CustomerId, Masked, Secret};
use platform::access::{Caller, Permission};
use platform::app::App;
use platform::http::problem::Problem;
use platform::i18n::Locale;
use std::future::Future;
use std::pin::Pin;

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

/// The call that permits an act, or why none does.
pub type Permitted<'a> = Pin<Box<dyn Future<Output = Result<CallId, Problem>> + Send + 'a>>;

/// Who knows what a customer who talks to a colleague has proved. A service of the server: `Arc<dyn OnTheLine>`.
pub trait OnTheLine: Send + Sync {
    /// The live call of `caller` with `customer`, if enough is proved in it for `permission`, where nothing is held against
    /// them because of `set_back`, the proof whose refusal is to end. Durable in the log before it is told, refusals too.
    fn permit<'a>(
        &'a self,
        app: &'a App,
        caller: &'a Caller,
        customer: CustomerId,
        permission: &'static Permission,
        set_back: ProofKind,
    ) -> Permitted<'a>;
}
