//! The parts of pages that serve and show.

mod cardholder;
mod desk;

pub(super) use cardholder::own;
pub use desk::{DeskReveals, desk_reveals};
pub(super) use desk::{shown, title_of};

use maud::{Markup, html};
use platform::i18n::{Locale, t};
use platform::ui::Icon;
use platform::ui::components::{Notice, Tone, notice};

/// Says that the value goes away, and that its showing was recorded.
fn passing(locale: Locale, seconds: u32, acts: Markup) -> Markup {
    let text = t(locale, "reveals-passing", &[("seconds", i64::from(seconds).into())]);
    notice(&Notice { tone: Tone::Look, icon: Icon::Clock, title: "", text: html! { p { (text) } }, acts })
}
