//! Every component in its states, for looking at and for tests.

use super::Theme;
use super::layout::Frame;
use crate::i18n::Locale;
use maud::{Markup, html};
/// x
pub fn gallery(_locale: Locale) -> Markup {
    html! {}
}
/// y
pub fn gallery_page(_locale: Locale, _theme: Theme, _address: &str) -> Markup {
    let _ = Frame { locale: Locale::En, theme: Theme::Dark, title: "", sheet: "gallery.css", density: None };
    html! {}
}
