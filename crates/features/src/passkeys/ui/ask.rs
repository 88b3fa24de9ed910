//! The form that the script turns into a conversation with an authenticator.
//!
//! Its button is hidden until the script finds that the browser can do it; until then, and without script, a sentence
//! says what is missing.

use maud::{Markup, html};
use platform::i18n::{Locale, t};
use platform::ui::{Icon, icon};

/// What is asked of the authenticator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// A signature of a passkey that exists.
    Get,
    /// A new passkey.
    Create,
}

/// One such form.
pub(super) struct AskForm<'a> {
    pub(super) locale: Locale,
    pub(super) asks: Asks,
    /// Where the question comes from.
    pub(super) question: &'a str,
    /// Where the answer goes.
    pub(super) answer: &'a str,
    /// The token of the session's forms; empty without a session.
    pub(super) csrf: &'a str,
    /// Where to go afterwards.
    pub(super) next: &'a str,
    /// The button's word.
    pub(super) label: &'a str,
    /// Fields before the button.
    pub(super) fields: Markup,
}

pub(super) fn ask_form(form: &AskForm<'_>) -> Markup {
    let word = |key: &str| t(form.locale, key, &[]);
    let asks = if form.asks == Asks::Get { "get" } else { "create" };
    html! {
        form.stack method="post" action=(form.answer) data-passkey=(asks) data-question=(form.question)
            data-csrf=(form.csrf) data-next=(form.next)
            data-text-refused=(word("passkeys-refused")) data-text-code=(word("passkeys-code-refused"))
            data-text-cancelled=(word("passkeys-cancelled")) data-text-known=(word("passkeys-known"))
            data-text-site=(word("passkeys-wrong-site")) data-text-failed=(word("passkeys-failed")) {
            (form.fields)
            button.btn.btn--primary.btn--l.btn--wide type="submit" hidden { (icon(Icon::Lock)) (form.label) }
            p.field__hint data-passkey-missing { (word("passkeys-missing")) }
            p.field__error role="alert" data-passkey-failure hidden {}
        }
    }
}
