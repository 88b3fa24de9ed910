//! The parts of the log's pages.

mod cardholder;
mod desk;
mod standing;

pub(super) use cardholder::own_page;
pub(super) use desk::{DeskLog, desk_page};
pub(super) use standing::{EntryPage, entry_page};
