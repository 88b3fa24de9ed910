//! The security centre: a calm page of parts, each of which is another feature's and loads by itself, with its own
//! permission and its own failure.

use maud::{Markup, html};
use platform::feature::Panel;
use platform::i18n::{Locale, t};

/// The page. Without script each part is a link to its own page.
pub(in super::super) fn security(locale: Locale, parts: &[&Panel]) -> Markup {
    let word = |key: &str| t(locale, key, &[]);
    html! {
        div.home__hello { h1 { (word("approvals-security")) } p { (word("approvals-security-note")) } }
        @for (at, part) in parts.iter().enumerate() {
            section.panel id=(format!("part-{at}")) data-part=(part.path) data-text-failed=(word("approvals-part-failed")) {
                div.panel__body { a href=(part.path) { (word(part.label)) } }
            }
        }
    }
}
