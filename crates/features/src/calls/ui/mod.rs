//! Pages of calls: the agent's list and panel, and what the cardholder's app says.

mod cardholder;
mod desk;

pub(super) use cardholder::{code, confirm, status};
pub use desk::{DeskCall, desk_call};
pub(super) use desk::{Panel, Said, list, one};
