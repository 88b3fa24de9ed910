//! Rules without a database: when words are a complaint, and how a regulator is told of complaints.

mod complaint_words;
mod complaints;
mod returns;

pub use complaints::{Sign, SignKind, complaint_signs};
pub use returns::{Counted, Line, Return};
