//! Has checkpoints cosigned by witnesses (C2SP tlog-witness): what they saw, nobody can unsay.
//!
//! **Design.** The published checkpoint is shown to every witness whose line it lacks, to all at once, with the proof
//! that it continues what that witness saw last. A line is put behind the note as soon as it comes, when it is right
//! under the key that was configured; the publisher then publishes the note anew.
//!
//! **Why safe.** A witness is outside: it can be down, slow, or lie. It is asked with a time limit, less and less
//! often while it fails, and never from the answer of a request. What it sends is believed only with its signature.
//! Two nodes may ask the same witness: it answers both, and the lines are put only behind a note that has not changed.
//!
//! A witness that refuses *because of the history* (it saw a larger tree than this database holds, or another one) is
//! told at once; one that is merely absent, after [`OUTSIDE_US_MAX`].

use super::{
    note::{Checkpoint, Note, cosignature_lines},
    outside::{OUTSIDE_US_MAX, PAUSE, Patience},
    port::{Witness, WitnessAnswer},
    publisher::PublishError,
    service::LogParts,
    state::{self, Signed},
    tiles::Folder,
    tree::consistency_proof,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::{io, sync::Arc};

/// Another tree of the same size, in the protocol's words.
const CONFLICT: u16 = 409;
/// The proof does not lead from what the witness saw to what it was shown.
const UNPROVEN: u16 = 422;

/// The loop that has checkpoints cosigned.
pub struct Witnessing {
    parts: LogParts,
    /// One for each witness of `parts`, in their order.
    asked: Vec<Asked>,
    enough_us: u64,
}

/// What is remembered of a witness.
#[derive(Debug, Default)]
struct Asked {
    /// The size that it saw last, as far as we know.
    known: u64,
    patience: Patience,
    /// It says that this is not the history that it saw.
    disputes: bool,
}

/// Why a witness did not cosign.
struct Refusal {
    why: String,
    disputes: bool,
}

impl Witnessing {
    /// With the witnesses of `parts`.
    pub fn new(parts: &LogParts) -> Self {
        let asked = parts.witnesses.iter().map(|_| Asked::default()).collect();
        Self { parts: parts.clone(), asked, enough_us: parts.db.clock().monotonic_us() }
    }

    /// Works until it is dropped.
    pub async fn run(mut self) {
        let sleep = Arc::clone(&self.parts.sleep);
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "the log was not witnessed; it is tried again");
            }
            self.tell();
            sleep.sleep(PAUSE).await;
        }
    }

    /// Asks every witness whose line the published checkpoint lacks; how many lines it has then.
    ///
    /// # Errors
    /// When the database or the folder fails; what a witness does wrong is told in the log of the operator.
    pub async fn round(&mut self) -> Result<usize, PublishError> {
        let Some(mut signed) = to_witness(&self.parts).await? else { return Ok(0) };
        let now_us = self.parts.db.clock().monotonic_us();
        let mut vouching = 0;
        let shown = signed.clone();
        let mut asking = FuturesUnordered::new();
        for (witness, asked) in self.parts.witnesses.iter().zip(&mut self.asked) {
            if Note::parse(&shown.note).is_ok_and(|note| witness.key().vouches_for(&note)) {
                vouching += 1;
            } else if asked.patience.is_over(now_us) {
                asking.push(ask(&self.parts, &shown, witness.as_ref(), asked));
            }
        }
        while let Some(lines) = asking.next().await {
            let Some(lines) = lines else { continue };
            if state::add_lines(&self.parts.db, &signed, &lines).await? {
                signed.note.push_str(&lines);
                vouching += 1;
            }
        }
        if vouching >= self.parts.quorum {
            self.enough_us = self.parts.db.clock().monotonic_us();
        }
        metrics::gauge!("cardea_log_cosignatures").set(vouching as f64);
        Ok(vouching)
    }

    /// Tells health what is so now.
    pub fn tell(&self) {
        let health = &self.parts.health;
        let since_us = self.parts.db.clock().monotonic_us().saturating_sub(self.enough_us);
        if since_us > OUTSIDE_US_MAX {
            health.degraded("log_witnesses", "checkpoints of the log lack their witnesses");
        } else {
            health.recovered("log_witnesses");
        }
        if self.asked.iter().any(|asked| asked.disputes) {
            health.degraded("log_history", "a witness of the log saw another history than this one");
        } else {
            health.recovered("log_history");
        }
    }
}

/// The newest checkpoint, when it is the one that is published here: only then its proofs are.
async fn to_witness(parts: &LogParts) -> Result<Option<Signed>, PublishError> {
    let (Some(note), Some(newest)) = (parts.folder.checkpoint()?, state::newest_checkpoint(&parts.db).await?)
    else {
        return Ok(None);
    };
    let size = Checkpoint::open(&note, parts.key.verifier())?.size;
    Ok((size == newest.size.cast_unsigned()).then_some(newest))
}

/// Asks one witness and remembers what came of it; the lines to put behind the note.
async fn ask(parts: &LogParts, signed: &Signed, witness: &dyn Witness, asked: &mut Asked) -> Option<String> {
    let name = witness.key().name();
    match exchange(parts, signed, witness, &mut asked.known).await {
        Ok(lines) => {
            asked.patience.succeeded();
            asked.disputes = false;
            metrics::counter!("cardea_log_cosigned_total", "witness" => name.to_owned()).increment(1);
            Some(lines)
        }
        Err(Refusal { why, disputes }) => {
            asked.patience.failed(parts.db.clock().monotonic_us());
            asked.disputes |= disputes;
            metrics::counter!("cardea_log_witness_failures_total", "witness" => name.to_owned()).increment(1);
            tracing::warn!(witness = name, why, "a witness did not cosign");
            None
        }
    }
}

async fn exchange(
    parts: &LogParts,
    signed: &Signed,
    witness: &dyn Witness,
    known: &mut u64,
) -> Result<String, Refusal> {
    let size = signed.size.cast_unsigned();
    // A witness that has seen another size than we think says so, and is asked once more.
    for _ in 0..2 {
        let body = body(parts.folder.clone(), *known, size, signed.note.clone()).await?;
        match witness.add_checkpoint(body).await.map_err(Refusal::absent)? {
            WitnessAnswer::Cosigned(answer) => {
                let lines = cosignature_lines(&signed.note, &answer, witness.key(), parts.db.clock().now());
                let lines = lines.ok_or_else(|| Refusal::absent("its lines are not right"))?;
                *known = size;
                return Ok(lines);
            }
            WitnessAnswer::Knows(other) if other <= size && other != *known => *known = other,
            WitnessAnswer::Knows(other) => return Err(saw_more(parts, other).await),
            WitnessAnswer::Refused(status @ (CONFLICT | UNPROVEN)) => {
                return Err(Refusal::disputes(format!("it saw another history ({status})")));
            }
            WitnessAnswer::Refused(status) => {
                return Err(Refusal::absent(format!("it refuses with {status}")));
            }
        }
    }
    Err(Refusal::absent("it changes its mind about what it knows"))
}

/// A witness knows a larger tree than it was shown: another node has signed it since, or this database is older than
/// what it once signed.
async fn saw_more(parts: &LogParts, other: u64) -> Refusal {
    match state::newest_checkpoint(&parts.db).await {
        Ok(Some(newest)) if newest.size.cast_unsigned() < other => {
            Refusal::disputes(format!("it saw a tree of {other} entries, this database has {}", newest.size))
        }
        _ => Refusal::absent(format!("it knows a tree of {other} entries")),
    }
}

/// What is sent to a witness: the size it knows, the proof from there, the note.
async fn body(folder: Folder, old: u64, size: u64, note: String) -> Result<String, Refusal> {
    let read = move || -> io::Result<String> {
        let proof = consistency_proof(old, size, &mut |height, index| folder.node(height, index, size))?;
        let lines: String = proof.iter().map(|hash| format!("{}\n", BASE64.encode(hash))).collect();
        Ok(format!("old {old}\n{lines}\n{note}"))
    };
    let made = tokio::task::spawn_blocking(read).await.map_err(Refusal::absent)?;
    made.map_err(Refusal::absent)
}

impl Refusal {
    fn absent(why: impl ToString) -> Self {
        Self { why: why.to_string(), disputes: false }
    }

    fn disputes(why: String) -> Self {
        Self { why, disputes: true }
    }
}
