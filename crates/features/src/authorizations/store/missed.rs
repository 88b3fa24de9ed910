//! Does again, in the transaction of a restore, what protects. No engine runs on such a database yet.

use super::{
    super::{
        error::AuthorizationError,
        model::{LoggedDecision, Missed},
    },
    WholeAccount,
};
use platform::{db::Write, on};

/// Does again what the log says was done after the backup, as far as it protects; says how many things changed.
pub async fn tighten_in_tx(write: &mut Write, missed: &Missed) -> Result<u64, AuthorizationError> {
    let mut changed = 0;
    for (account, of) in missed.accounts() {
        let found = on!(write.conn(), c => {
            sqlx::query_as::<_, WholeAccount>(
                "SELECT account_id, version, status, currency, limit_minor, posted_minor, held_minor, head_id, standing
                 FROM account_state WHERE account_id = $1",
            )
            .bind(account.raw())
            .fetch_optional(&mut *c)
            .await
        })?;
        // An account that was opened after the backup is missing with all that was done to it.
        let Some(mut state) = found.map(WholeAccount::into_state).transpose()? else { continue };
        let count = state.tighten(of);
        if count == 0 {
            continue;
        }
        let mut standing = Vec::with_capacity(256);
        state.standing.encode(&mut standing)?;
        on!(write.conn(), c => {
            sqlx::query(
                "UPDATE account_state SET version = version + 1, status = $2, limit_minor = $3, standing = $4
                 WHERE account_id = $1",
            )
            .bind(account.raw())
            .bind(state.status.number())
            .bind(state.limit_minor)
            .bind(&standing)
            .execute(&mut *c)
            .await
            .map(drop)
        })?;
        changed += count;
    }
    Ok(changed)
}

/// Keeps the record of a decision that only the log knew. It belongs to no card's list and reserves nothing: what
/// the account stood at then is gone with the database that died.
pub async fn insert_logged_in_tx(
    write: &mut Write,
    decision: &LoggedDecision,
    record: &[u8],
) -> Result<(), AuthorizationError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO authorizations (id, account_id, card_id, previous_id, at, billing_minor, hold_minor,
                 posted_minor, state, reason, message_key, content_key, record)
             VALUES ($1, $2, 0, 0, $3, $4, 0, 0, 0, $5, 0, 0, $6) ON CONFLICT (id) DO NOTHING",
        )
        .bind(decision.id)
        .bind(decision.account)
        .bind(decision.at)
        .bind(decision.billing_minor)
        .bind(decision.facts.reason)
        .bind(record)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}
