//! How the desk's pages look.

mod desk;

pub(super) use desk::{Reader, account, find};
