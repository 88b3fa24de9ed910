//! The web shell: page layouts, components and charts, as functions from small structs to markup.
//!
//! **Problem.** Two surfaces (the card app and the desk) must look and speak alike on every page, work
//! without script, with a keyboard and with a screen reader, and under a content policy that forbids
//! inline styles and scripts.
//!
//! **Design.** Each component is a function `fn(&Input) -> Markup` whose words come in already translated;
//! only the shell's own few words are looked up here. Sizes that are data go into SVG attributes. A
//! fragment is a function too: the page calls it, and a live stream sends the same markup again.
//!
//! **Why safe.** maud escapes every text; markup enters only as [`maud::Markup`]. Forms carry a token
//! against forgery. No component takes a secret or a full card number.
//!
//! **Not here.** Any rule of the business, any access to data.

pub mod charts;
pub mod components;
mod gallery;
mod icons;
mod layout;
#[cfg(test)]
mod tests;

pub use gallery::{gallery, gallery_page};
pub use icons::{Icon, icon, icon_large, mark};
pub use layout::{
    AppPage, Banner, CONTENT_POLICY, DeskPage, NavItem, PlainPage, Theme, app_page, desk_page, plain_page,
    query_with, theme_cookie,
};
