//! The parts of the log's pages.

mod cardholder;
mod desk;

pub(super) use cardholder::own_page;
pub(super) use desk::{DeskLog, desk_page};
