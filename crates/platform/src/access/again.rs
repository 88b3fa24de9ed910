//! What the log says was taken away after a backup is taken away again when that backup is restored.

use crate::db::{DbError, Write};
use crate::on;
use kernel::{ApiKeyId, StaffId};

/// Does again the act of an entry that took somebody's way in: a key that was revoked, a colleague whose access was
/// closed. Says whether it changed anything; other acts never do.
pub async fn take_away_again_in_tx(
    write: &mut Write,
    act: &str,
    subject: Option<&str>,
) -> Result<bool, DbError> {
    let subject = subject.unwrap_or_default();
    let (text, id) = match act {
        "access.api_key.revoked" => (
            "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            subject.parse().map(ApiKeyId::raw).ok(),
        ),
        "staff.member.shut_out" => (
            "UPDATE staff SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL",
            subject.parse().map(StaffId::raw).ok(),
        ),
        _ => return Ok(false),
    };
    let Some(id) = id else { return Ok(false) };
    let now = write.now().us();
    let changed = on!(write.conn(), c => {
        sqlx::query(text).bind(id).bind(now).execute(&mut *c).await.map(|done| done.rows_affected())
    })?;
    Ok(changed > 0)
}
