//! After a restore: what was changed after the backup must not open anything as it was before.
//!
//! The log says that a query password or an authenticator was set, never what it is. So the old one is taken off, and its
//! owner sets a new one. It brings none back, and takes none off that the log does not speak of.

use super::super::{events, store};
use kernel::CustomerId;
use platform::db::{DbError, Write};

/// Takes off what an entry after the backup says was set or taken off. Says whether it changed anything; other acts never
/// do.
///
/// # Errors
/// The database failed.
pub async fn end_again_in_tx(write: &mut Write, act: &str, subject: Option<&str>) -> Result<bool, DbError> {
    let Some(customer) = subject.and_then(|subject| subject.parse::<CustomerId>().ok()) else {
        return Ok(false);
    };
    match act {
        events::PASSWORD_SET => store::remove_password_in_tx(write, customer).await,
        events::AUTHENTICATOR_SET | events::AUTHENTICATOR_REMOVED => {
            store::remove_authenticators_in_tx(write, customer).await
        }
        _ => Ok(false),
    }
}
