//! Addresses of authorizations.
//!
//! [`api`] reads and answers; what comes in is in [`bodies`], what goes out in [`answers`] and [`explanation`].
//! [`money`] and [`problems`] are the same for every feature of the API.

mod answers;
mod api;
mod bodies;
mod explanation;
mod money;
mod problems;
mod trace;

pub(super) use api::{openapi, routes};
pub use bodies::PinBlockBody;
pub use money::{MoneyBody, MoneyView};
pub use problems::ApiProblems;
