//! Every component in its states, for looking at and for tests: one page in each language and theme.
//!
//! All people, cards and payments in it are invented.

mod charts;
mod parts;

use super::{
    Theme,
    layout::{Frame, language_links},
    mark,
};
use crate::i18n::{Locale, t};
use maud::{Markup, html};

/// The sections of the gallery.
pub fn gallery(locale: Locale) -> Markup {
    let sections: [(&str, &str, Markup); 11] = [
        ("buttons", "gallery-buttons", parts::buttons(locale)),
        ("badges", "gallery-badges", parts::badges(locale)),
        ("amounts", "gallery-amounts", parts::amounts(locale)),
        ("cards", "gallery-cards", parts::cards(locale)),
        ("rows", "gallery-rows", parts::lists(locale)),
        ("notices", "gallery-notices", parts::notices(locale)),
        ("steps", "gallery-steps", parts::step_line(locale)),
        ("fields", "gallery-fields", parts::fields(locale)),
        ("kpis", "gallery-approved", charts::figures(locale)),
        ("charts", "gallery-charts", charts::charts(locale)),
        ("empty", "gallery-empty", parts::empties(locale)),
    ];
    html! {
        @for (id, title, content) in &sections {
            @let heading = format!("{id}-h");
            section id=(id) aria-labelledby=(heading) {
                h2 id=(heading) { (t(locale, title, &[])) }
                (content)
            }
        }
    }
}

/// The gallery as a page of its own.
pub fn gallery_page(locale: Locale, theme: Theme, address: &str) -> Markup {
    let title = t(locale, "gallery-title", &[]);
    let frame = Frame { locale, theme, title: &title, sheet: "gallery.css", density: None };
    frame.around(&html! {
        main #main .gal tabindex="-1" {
            header {
                span.brand { (mark()) "Cardea" }
                h1 { (title) }
                p { (t(locale, "gallery-intro", &[])) }
                (language_links(locale, address))
            }
            (gallery(locale))
        }
    })
}
