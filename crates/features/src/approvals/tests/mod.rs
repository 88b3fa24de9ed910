//! The text that is signed, who may be asked, and the keys of receipts.

mod rules;
mod text;
