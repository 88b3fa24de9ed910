//! Codes and what passkeys are worth; what needs a server is in testkit.

mod codes;
mod decoy;
mod signed_acts;
mod site;
