//! The features, flat: one folder each, with identical insides.

pub mod authorizations;
