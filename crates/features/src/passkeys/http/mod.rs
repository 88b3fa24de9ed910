//! Addresses: signing in at the app and the desk, making passkeys, and one's own passkeys and sessions.
//!
//! Authenticators are spoken to by a script (`web/js/passkeys.js`): it asks for a question, hands it to the browser, and
//! sends the answer, both as JSON. Everything else is plain pages and forms.

mod activation;
mod answers;
mod codes;
mod customers;
mod devices;
mod sign_in;

use platform::feature::Route;

pub(super) fn routes() -> Vec<Route> {
    [sign_in::routes(), activation::routes(), codes::routes(), customers::routes(), devices::routes()]
        .into_iter()
        .flatten()
        .collect()
}
