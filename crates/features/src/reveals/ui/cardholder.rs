//! The number of one's own card, for a moment.

use kernel::Masked;
use maud::{Markup, html};
use platform::i18n::{Locale, t};
use platform::ui::components::{Action, ButtonKind, link_button};

/// The page.
pub(in super::super) fn own(locale: Locale, number: &Masked, expiry: &str, seconds: u32) -> Markup {
    let word = |key: &str| t(locale, key, &[]);
    let hide = word("reveals-hide");
    html! {
        div.home__hello { h1 { (word("reveals-own-title")) } }
        section.panel aria-label=(word("reveals-own-title")) {
            div.panel__body {
                dl.reveal {
                    dt { (word("reveals-card-number")) }
                    dd.reveal__value.num { (number.reveal()) }
                    dt { (word("reveals-expiry")) }
                    dd.num { (expiry) }
                }
                p.label { (word("reveals-own-note")) }
            }
        }
        (super::passing(locale, seconds, link_button(&Action::new(ButtonKind::Plain, &hide), "/cards")))
    }
}
