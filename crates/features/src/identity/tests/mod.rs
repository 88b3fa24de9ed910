//! The policy is sound and monotone, counts hold, easy passwords are refused.

mod counts;
mod passwords;
mod policy;
