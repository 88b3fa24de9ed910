//! What else ends when somebody loses their access.
//!
//! Problem: where a phone is gone or a colleague is shut out, sessions end at once, but the keys that open new ones belong
//! to a feature of which those who take the access away know nothing. Design: a feature that keeps such keys brings one
//! function ([`crate::feature::Feature::end_access`]), which is called in the same transaction. Why safe: access and keys
//! go together or not at all, so whoever is let in again finds no old key that works. Sessions are the caller's to end.

use crate::app::App;
use crate::db::{DbError, Write};
use kernel::{Actor, Channel};
use std::future::Future;
use std::pin::Pin;

/// Whose access is lost, and who takes it away.
#[derive(Clone, Copy, Debug)]
pub struct AccessLost {
    /// Whose.
    pub whose: Actor,
    /// Who does it.
    pub by: Actor,
    /// From where.
    pub channel: Channel,
}

/// Ends what a feature keeps that opens sessions, and writes that into the log.
pub type EndAccess =
    for<'w> fn(&'w mut Write, AccessLost) -> Pin<Box<dyn Future<Output = Result<(), DbError>> + Send + 'w>>;

/// Ends all keys of somebody, in the transaction of the caller.
///
/// # Errors
/// The database failed.
pub async fn end_access_in_tx(app: &App, write: &mut Write, lost: AccessLost) -> Result<(), DbError> {
    for end in app.features.iter().filter_map(|feature| feature.end_access) {
        end(write, lost).await?;
    }
    Ok(())
}
