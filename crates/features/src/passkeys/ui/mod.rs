//! Pages of signing in, of a first passkey, and of one's own passkeys and sessions.

mod activation;
mod ask;
mod code;
mod customers;
mod devices;
mod sign_in;

pub(super) use activation::activation;
pub(super) use code::new_code;
pub(super) use customers::of_customer;
pub(super) use devices::{Devices, devices, part};
pub(super) use sign_in::{SignIn, sign_in};
