//! The parts of pages about matters: what is asked before a record opens, and what stands on an open one.

mod desk;
mod reviews;

pub(super) use desk::{Asking, asking};
pub use desk::{MatterPanel, matter_panel};
pub(super) use reviews::reviews;
