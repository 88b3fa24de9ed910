//! How the desk's pages look.

mod desk;

pub(super) use desk::{Reader, SLOT, account, find};
