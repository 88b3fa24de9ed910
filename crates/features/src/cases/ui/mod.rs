//! Pages of cases: the open ones, one with its clocks explained, those of a customer, and how they go.

mod case;
mod clocks;
mod customer;
mod figures;
mod links;
mod queue;
mod words;

pub(super) use case::{CasePage, Refused, case};
pub(super) use customer::{CustomerPage, customer};
pub(super) use figures::{FiguresPage, figures};
pub(super) use queue::{QueuePage, queue};
pub(super) use words::Naming;
