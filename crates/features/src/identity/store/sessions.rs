//! The proofs of a session.

use super::super::model::{Proof, ProofKind};
use kernel::{Channel, DeviceId, SessionId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    at: i64,
    channel: String,
    device: Option<i64>,
}

impl Row {
    fn into_proof(self) -> Option<Proof> {
        Some(Proof {
            kind: ProofKind::from_word(&self.kind)?,
            at: Timestamp::from_us(self.at),
            channel: Channel::ALL.iter().copied().find(|channel| channel.word() == self.channel)?,
            device: self.device.map(DeviceId::from_raw),
        })
    }
}

const OF_SESSION: &str =
    "SELECT kind, at, channel, device FROM session_proofs WHERE session = $1 ORDER BY kind";

/// The newest proof of each kind that was given in a session.
pub(in super::super) async fn proofs_of(db: &Db, session: SessionId) -> Result<Vec<Proof>, DbError> {
    let rows: Vec<Row> =
        on!(db.pool(), p => sqlx::query_as(OF_SESSION).bind(session.raw()).fetch_all(p).await)?;
    Ok(rows.into_iter().filter_map(Row::into_proof).collect())
}

/// The same inside a transaction.
pub(in super::super) async fn proofs_of_in_tx(
    write: &mut Write,
    session: SessionId,
) -> Result<Vec<Proof>, DbError> {
    let rows: Vec<Row> = on!(write.conn(), c => {
        sqlx::query_as(OF_SESSION).bind(session.raw()).fetch_all(&mut *c).await
    })?;
    Ok(rows.into_iter().filter_map(Row::into_proof).collect())
}

/// Adds a proof; a newer one of the same kind takes the older one's place.
pub(in super::super) async fn put_proof_in_tx(
    write: &mut Write,
    session: SessionId,
    proof: &Proof,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO session_proofs (session, kind, at, channel, device) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (session, kind) DO UPDATE SET at = excluded.at, channel = excluded.channel,
                 device = excluded.device",
        )
        .bind(session.raw())
        .bind(proof.kind.word())
        .bind(proof.at.us())
        .bind(proof.channel.word())
        .bind(proof.device.map(DeviceId::raw))
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}
