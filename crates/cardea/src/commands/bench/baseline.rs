//! The same rows through the same driver in the same batches, with no decision.
//!
//! What the engine wrote is read back batch by batch (the log says what was committed together) and written
//! into a second, equal database: the accounts of the batch updated, its records inserted, its entry of the
//! log. Reading back is not timed. While it writes, payments are made, hashed and handed over a queue as in the
//! run that is measured: the engine shares its processors with whoever sends, and so does this. Afterwards both databases must hold the same number of records with the
//! same number of bytes, or the comparison is refused.

use super::{
    super::CommandError,
    accounts::{People, Stage},
    cpu, drive,
};
use features::authorizations::{
    AccountState, AuthorizationRequest, AuthorizationRow, Batches, LogEntry, Writes, account_state,
    batch_refs, rows_after,
};
use kernel::{AccountId, Actor, Channel, Clock};
use platform::{audit, db::Db, on};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// Payments under way.
const IN_FLIGHT: usize = 2_048;
/// Records read back at a time.
const READ_ROWS: i64 = 20_000;
/// Records that are written at most; more would only take longer.
const ROWS_MAX: usize = 400_000;

struct Prepared {
    rows: Vec<(AuthorizationRow, Vec<u8>)>,
    accounts: Vec<AccountState>,
}

/// What the bare writer came to.
#[derive(Default)]
pub struct Bare {
    /// Records a second.
    pub per_s: f64,
    /// Processor time of its thread for one record, microseconds.
    pub cpu_us: f64,
}

/// Measures the bare writer.
pub async fn run(measured: &Stage, bare: &Stage, people: People) -> Result<Bare, CommandError> {
    let prepared = prepare(&measured.db).await?;
    let written: usize = prepared.iter().map(|batch| batch.rows.len()).sum();
    let last = prepared.last().and_then(|batch| batch.rows.last()).map_or(0, |(row, _)| row.id);
    let (db, clock) = (bare.db.clone(), Arc::clone(&bare.clock));
    let sent = sender(people, written, Arc::clone(&bare.clock));
    let (taken_us, cpu_ns) = std::thread::spawn(move || -> Result<(u64, u64), CommandError> {
        let mut batches = Batches::open(&db)?;
        let start_us = clock.monotonic_us();
        for batch in &prepared {
            // As many payments as this batch decided; they were under way already.
            batch
                .rows
                .iter()
                .try_for_each(|_| sent.recv().map(drop))
                .map_err(|_| CommandError::Stopped("the sender"))?;
            write(&mut batches, &db, batch)?;
        }
        Ok((clock.monotonic_us().saturating_sub(start_us), cpu::of_this_thread()))
    })
    .join()
    .map_err(|_| CommandError::Stopped("the baseline"))??;
    let (ours, theirs) = (size(&measured.db, last).await?, size(&bare.db, last).await?);
    if ours != theirs {
        return Err(CommandError::Uneven { ours, theirs });
    }
    Ok(Bare {
        per_s: written as f64 / (taken_us.max(1) as f64 / 1e6),
        cpu_us: cpu::us_each(cpu_ns, u64::try_from(written).unwrap_or(u64::MAX)),
    })
}

/// A thread that makes `count` payments, in flight as many as in the measured run.
fn sender(people: People, count: usize, clock: Arc<dyn Clock>) -> Receiver<(AuthorizationRequest, [i64; 2])> {
    let (queue, sent) = sync_channel(IN_FLIGHT);
    std::thread::spawn(move || {
        for i in 0..u64::try_from(count).unwrap_or(u64::MAX) {
            let payment = drive::payment(&people, i, clock.now(), clock.monotonic_us());
            let hashes = [payment.key(), payment.content()];
            if queue.send((payment, hashes)).is_err() {
                return;
            }
        }
    });
    sent
}

async fn prepare(db: &Db) -> Result<Vec<Prepared>, CommandError> {
    let mut records: HashMap<i64, AuthorizationRow> = HashMap::new();
    let mut after = 0;
    loop {
        let rows = rows_after(db, after, READ_ROWS).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        records.extend(rows.into_iter().map(|row| (row.id, row)));
        if records.len() >= ROWS_MAX {
            break;
        }
    }
    let mut versions: HashMap<i64, AccountState> = HashMap::new();
    let mut prepared = Vec::new();
    for ids in batch_refs(db).await? {
        let rows: Vec<AuthorizationRow> = ids.iter().filter_map(|id| records.remove(id)).collect();
        if rows.len() < ids.len() {
            break;
        }
        let touched: BTreeSet<i64> = rows.iter().map(|row| row.account).collect();
        let mut accounts = Vec::with_capacity(touched.len());
        for id in touched {
            if !versions.contains_key(&id) {
                let state = account_state(db, AccountId::from_raw(id)).await?;
                versions.extend(state.map(|state| (id, AccountState { version: 0, ..state })));
            }
            if let Some(state) = versions.get_mut(&id) {
                state.version += 1;
                accounts.push(state.clone());
            }
        }
        let mut encoded = Vec::with_capacity(rows.len());
        for row in rows {
            let mut record = Vec::with_capacity(512);
            row.encode_record(&mut record).map_err(features::authorizations::AuthorizationError::from)?;
            encoded.push((row, record));
        }
        prepared.push(Prepared { rows: encoded, accounts });
    }
    Ok(prepared)
}

fn write(batches: &mut Batches, db: &Db, batch: &Prepared) -> Result<(), CommandError> {
    let now = db.clock().now();
    let mut leaves = Vec::with_capacity(batch.rows.len() * 32);
    let mut refs = Vec::with_capacity(batch.rows.len() * 8);
    for (row, _) in &batch.rows {
        leaves.extend_from_slice(&[0; 32]);
        refs.extend_from_slice(&row.id.to_be_bytes());
    }
    let entry = audit::Entry::new(Actor::Network, Channel::Network, "authorizations.batch.decided")
        .detail(serde_json::json!({ "count": batch.rows.len() }));
    let entries = [LogEntry { stamped: entry.stamp(db.ids().next(now), now), leaves, refs: Some(refs) }];
    let accounts: Vec<&AccountState> = batch.accounts.iter().collect();
    let rows: Vec<(&AuthorizationRow, &[u8])> =
        batch.rows.iter().map(|(row, record)| (row, record.as_slice())).collect();
    let writes = Writes { accounts: &accounts, rows: &rows, changes: &[], entries: &entries, events: &[] };
    batches.transaction(&mut |tx| tx.save(&writes))?;
    Ok(())
}

/// Records up to `last` and their bytes.
async fn size(db: &Db, last: i64) -> Result<(i64, i64), CommandError> {
    let found: (i64, i64) = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(record)), 0) AS BIGINT) FROM authorizations WHERE id <= $1",
        )
        .bind(last)
        .fetch_one(p)
        .await
    })
    .map_err(platform::db::DbError::from)?;
    Ok(found)
}
