//! Words, figures and dates in three languages.
//!
//! **Problem.** Every sentence a person reads exists in Simplified Chinese, Traditional Chinese and
//! English, and amounts, dates and counts follow the language; features bring their own sentences.
//!
//! **Design.** Each feature hands over three Fluent texts ([`FeatureTexts`]); at start they are merged
//! into one [`Catalogue`], where two features with one key are an error, and installed once for the
//! process. A page asks [`t`] with its [`Locale`]. Figures are made by pure functions in [`figures`] and
//! [`dates`] and put into sentences as text, so that no language library decides how money looks.
//!
//! **Why safe.** A missing key never breaks a page: Traditional Chinese falls back to Simplified, both
//! to English, and the miss is counted; a test of the whole program asks [`Catalogue::gaps`] for none.
//!
//! **Not here.** Translations of data that people wrote (merchant names, notes).

mod catalogue;
pub mod dates;
pub mod figures;
mod locale;
#[cfg(test)]
mod tests;

pub use catalogue::{Arg, Catalogue, CatalogueError, FeatureTexts, Gap, catalogue, install, t};
pub use locale::{Locale, Wishes, lang_cookie};

/// The sentences of the web shell and its components.
pub const SHELL_TEXTS: FeatureTexts = FeatureTexts {
    feature: "shell",
    zh_hans: include_str!("texts/zh-Hans.ftl"),
    zh_hant: include_str!("texts/zh-Hant.ftl"),
    en: include_str!("texts/en.ftl"),
};
