//! Counts of misses.

use super::super::model::{Count, ProofKind};
use kernel::Timestamp;
use platform::db::{Db, DbError, Write};
use platform::on;

/// The person of a count: kind and number, as sessions have them.
pub(in super::super) type Person = (&'static str, i64);

/// Takes a count for this transaction: another try of the same proof waits until it has ended. Gives with it the latest
/// moment the count has seen, which no clock goes behind.
pub(in super::super) async fn take_count_in_tx(
    write: &mut Write,
    (person_kind, person): Person,
    kind: ProofKind,
) -> Result<(Count, Timestamp), DbError> {
    let now = write.now();
    let row: (i64, i64, String, i64) = on!(write.conn(), c => {
        sqlx::query_as(
            "INSERT INTO proof_counters (person_kind, person, kind, misses, refused_until, month, latest_at)
             VALUES ($1, $2, $3, 0, 0, '[]', $4)
             ON CONFLICT (person_kind, person, kind) DO UPDATE SET latest_at =
                 CASE WHEN proof_counters.latest_at > excluded.latest_at THEN proof_counters.latest_at
                      ELSE excluded.latest_at END
             RETURNING misses, refused_until, month, latest_at",
        )
        .bind(person_kind)
        .bind(person)
        .bind(kind.word())
        .bind(now.us())
        .fetch_one(&mut *c)
        .await
    })?;
    let (misses, refused_until, month, latest_at) = row;
    let misses = u8::try_from(misses).map_err(|_| DbError::Damaged("counts of proofs"))?;
    let month = serde_json::from_str(&month).map_err(|_| DbError::Damaged("counts of proofs"))?;
    Ok((Count { misses, refused_until, month }, Timestamp::from_us(latest_at)))
}

/// Writes a count that was taken.
pub(in super::super) async fn put_count_in_tx(
    write: &mut Write,
    (person_kind, person): Person,
    kind: ProofKind,
    count: &Count,
) -> Result<(), DbError> {
    let month = serde_json::to_string(&count.month).map_err(|_| DbError::Damaged("counts of proofs"))?;
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE proof_counters SET misses = $4, refused_until = $5, month = $6
             WHERE person_kind = $1 AND person = $2 AND kind = $3",
        )
        .bind(person_kind)
        .bind(person)
        .bind(kind.word())
        .bind(i64::from(count.misses))
        .bind(count.refused_until)
        .bind(month)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The kinds of proof that are refused to a person now.
pub(in super::super) async fn refused_kinds(
    db: &Db,
    (person_kind, person): Person,
) -> Result<Vec<ProofKind>, DbError> {
    let now = db.clock().now().us();
    let words: Vec<String> = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT kind FROM proof_counters WHERE person_kind = $1 AND person = $2 AND refused_until > $3
             ORDER BY kind",
        )
        .bind(person_kind)
        .bind(person)
        .bind(now)
        .fetch_all(p)
        .await
    })?;
    Ok(words.iter().filter_map(|word| ProofKind::from_word(word)).collect())
}
