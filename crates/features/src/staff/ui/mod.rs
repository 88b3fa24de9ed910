//! The parts of pages about colleagues, requests and alarms.

mod desk;
mod forms;

pub(super) use desk::{Reader, alarms_page, staff_page};
pub use forms::ask_for_record;
