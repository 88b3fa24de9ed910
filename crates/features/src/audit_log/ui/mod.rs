//! The parts of the log's pages.

mod cardholder;
mod checks;
mod desk;
mod standing;

pub(super) use cardholder::{own_page, own_part};
pub(super) use checks::{checks_page, checks_part};
pub(super) use desk::{DeskLog, desk_page};
pub(super) use standing::{EntryPage, entry_page};
