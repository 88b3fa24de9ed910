//! The log at work: integrate, sign, publish; have it witnessed; have it kept elsewhere.
//!
//! Three loops, so that a slow witness or mail server holds up nobody. What goes wrong is tried again in the next
//! round and makes the server's health say that the log is degraded; payments go on, since their entries are in
//! the database with their commit and only wait for their place.

use super::{
    integrator::{Integrator, Step},
    note::{Checkpoint, LogKey, Note, cosignature_lines},
    port::{Keeper, Witness, WitnessAnswer},
    publisher::{Covered, PublishError, Published, Publisher},
    state::{self, Signed},
    tiles::Folder,
    tree::consistency_proof,
};
use crate::{
    db::{Db, DbError},
    http::health::Health,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use kernel::Sleep;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Transactions of one round at most, before what is there is signed and published.
const STEPS_MAX: usize = 64;
/// Pause after a round that found little to do.
const PAUSE: Duration = Duration::from_millis(500);
/// Pause of the loops for witnesses and copies.
const OUTSIDE_PAUSE: Duration = Duration::from_secs(1);
/// How long entries may wait for their place before the log counts as degraded, microseconds.
pub const LAG_US_MAX: u64 = 60_000_000;
/// How long a checkpoint may lack its witnesses or its copies before the log counts as degraded, microseconds.
pub const OUTSIDE_US_MAX: u64 = 300_000_000;
/// Checkpoints kept one by one for this long; of older ones, one an hour.
const KEPT_US: i64 = kernel::DAY_US;

/// What the log is made of.
#[derive(Clone)]
pub struct LogParts {
    /// The database with the entries.
    pub db: Db,
    /// Where degradations are told.
    pub health: Health,
    /// Waiting.
    pub sleep: Arc<dyn Sleep>,
    /// Signs checkpoints.
    pub key: LogKey,
    /// Where it is published.
    pub folder: Folder,
    /// Gives what batches cover.
    pub covered: Covered,
    /// Least time between two checkpoints, microseconds.
    pub interval_us: u64,
    /// Who cosigns.
    pub witnesses: Vec<Arc<dyn Witness>>,
    /// How many of them a checkpoint should have.
    pub quorum: usize,
    /// Who keeps copies.
    pub keepers: Vec<Arc<dyn Keeper>>,
}

/// The loop that integrates, signs and publishes.
pub struct Log {
    parts: LogParts,
    integrator: Integrator,
    publisher: Publisher,
    signed_us: Option<u64>,
    caught_up_us: u64,
}

impl Log {
    /// On the node with this number.
    pub fn new(parts: &LogParts, node: i64) -> Self {
        let verifier = parts.key.verifier().clone();
        let (folder, covered) = (parts.folder.clone(), Arc::clone(&parts.covered));
        Self {
            integrator: Integrator::new(&parts.db, node),
            publisher: Publisher::new(&parts.db, folder, verifier, covered),
            signed_us: None,
            caught_up_us: parts.db.clock().monotonic_us(),
            parts: parts.clone(),
        }
    }

    /// Works until it is dropped.
    pub async fn run(mut self) {
        let sleep = Arc::clone(&self.parts.sleep);
        loop {
            let more = match self.round().await {
                Ok(more) => {
                    self.parts.health.recovered("log");
                    more
                }
                Err(error) => {
                    self.parts.health.degraded("log", error.to_string());
                    false
                }
            };
            self.tell_lag().await;
            if !more {
                sleep.sleep(PAUSE).await;
            }
        }
    }

    /// One round; whether more waits.
    ///
    /// # Errors
    /// The first thing that failed; what was done before it stays done.
    pub async fn round(&mut self) -> Result<bool, PublishError> {
        let (mut here, mut more) = (true, true);
        for _ in 0..STEPS_MAX {
            (here, more) = match self.integrator.step().await? {
                Step::Elsewhere => (false, false),
                Step::Took { more, .. } => (true, more),
            };
            if !more {
                self.caught_up_us = self.now_us();
                break;
            }
        }
        if here {
            self.sign().await?;
        }
        let Published { unlike, .. } = self.publisher.publish().await?;
        if unlike > 0 {
            metrics::counter!("cardea_log_unlike_total").increment(unlike);
            self.parts
                .health
                .degraded("log_entries", "entries of the log were changed after they were logged");
        }
        Ok(more)
    }

    /// Signs the tree, when it has grown and the last signature is old enough.
    async fn sign(&mut self) -> Result<(), PublishError> {
        let now_us = self.now_us();
        if self.signed_us.is_some_and(|at| now_us.saturating_sub(at) < self.parts.interval_us) {
            return Ok(());
        }
        let state = state::read(&self.parts.db).await?;
        let newest = state::newest_checkpoint(&self.parts.db).await?;
        let signed = newest.map_or(0, |newest| newest.size.cast_unsigned());
        let size = state.frontier.size();
        if size < signed {
            // Never a smaller one: what was signed was seen by others.
            return Err(DbError::Damaged("the log's state").into());
        }
        if size == signed {
            return Ok(());
        }
        let root = state.frontier.root();
        let note = self.parts.key.checkpoint(size, root)?;
        let origin = self.parts.key.verifier().name().to_owned();
        let thin_before = self.parts.db.clock().now().us() - KEPT_US;
        let checkpoint = Checkpoint { origin, size, root };
        state::keep_checkpoint(&self.parts.db, &checkpoint, &note, thin_before).await?;
        self.signed_us = Some(now_us);
        Ok(())
    }

    async fn tell_lag(&self) {
        if let Ok(waiting) = state::count_waiting(&self.parts.db).await {
            metrics::gauge!("cardea_log_waiting_entries").set(waiting as f64);
        }
        let lag_us = self.now_us().saturating_sub(self.caught_up_us);
        metrics::gauge!("cardea_log_lag_seconds").set(lag_us as f64 / 1e6);
        if lag_us > LAG_US_MAX {
            self.parts.health.degraded("log_lag", "entries of the log wait long for their place");
        } else {
            self.parts.health.recovered("log_lag");
        }
    }

    fn now_us(&self) -> u64 {
        self.parts.db.clock().monotonic_us()
    }
}

/// The loop that has checkpoints cosigned.
pub struct Witnessing {
    parts: LogParts,
    /// The size that each witness saw last, by the name of its key.
    known: HashMap<String, u64>,
    enough_us: u64,
}

impl Witnessing {
    /// With the witnesses of `parts`.
    pub fn new(parts: &LogParts) -> Self {
        let enough_us = parts.db.clock().monotonic_us();
        Self { parts: parts.clone(), known: HashMap::new(), enough_us }
    }

    /// Works until it is dropped.
    pub async fn run(mut self) {
        let sleep = Arc::clone(&self.parts.sleep);
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "the log was not witnessed; it is tried again");
            }
            self.tell();
            sleep.sleep(OUTSIDE_PAUSE).await;
        }
    }

    /// Asks every witness whose line the published checkpoint lacks; how many lines it has then.
    ///
    /// # Errors
    /// When the database or the folder fails; what a witness does wrong is told in the log of the operator.
    pub async fn round(&mut self) -> Result<usize, PublishError> {
        let (db, folder) = (&self.parts.db, &self.parts.folder);
        let (Some(note), Some(newest)) = (folder.checkpoint()?, state::newest_checkpoint(db).await?) else {
            return Ok(0);
        };
        let size = Checkpoint::open(&note, self.parts.key.verifier())?.size;
        if size != newest.size.cast_unsigned() {
            return Ok(0);
        }
        let mut lines = String::new();
        let mut vouching = 0;
        for witness in &self.parts.witnesses {
            let there = Note::parse(&newest.note).is_ok_and(|note| witness.key().vouches_for(&note));
            if there {
                vouching += 1;
                continue;
            }
            let known = self.known.entry(witness.key().name().to_owned()).or_default();
            match ask(&self.parts, &newest, witness.as_ref(), known).await {
                Ok(line) => {
                    lines.push_str(&line);
                    vouching += 1;
                }
                Err(why) => {
                    tracing::warn!(witness = witness.key().name(), why, "a witness did not cosign");
                }
            }
        }
        if !lines.is_empty() {
            state::add_lines(db, newest.size, &lines).await?;
        }
        if vouching >= self.parts.quorum {
            self.enough_us = db.clock().monotonic_us();
        }
        Ok(vouching)
    }

    fn tell(&self) {
        let since_us = self.parts.db.clock().monotonic_us().saturating_sub(self.enough_us);
        if since_us > OUTSIDE_US_MAX {
            self.parts.health.degraded("log_witnesses", "checkpoints of the log lack their witnesses");
        } else {
            self.parts.health.recovered("log_witnesses");
        }
    }
}

/// Asks one witness; the lines to put behind the note.
async fn ask(
    parts: &LogParts,
    signed: &Signed,
    witness: &dyn Witness,
    known: &mut u64,
) -> Result<String, String> {
    let size = signed.size.cast_unsigned();
    // A witness that has seen another size than we think says so, and is asked once more.
    for _ in 0..2 {
        let body = add_checkpoint_body(&parts.folder, *known, size, &signed.note)?;
        match witness.add_checkpoint(body).await? {
            WitnessAnswer::Cosigned(answer) => {
                let now = parts.db.clock().now();
                let lines = cosignature_lines(&signed.note, &answer, witness.key(), now);
                *known = size;
                return lines.ok_or_else(|| "its lines are not right".to_owned());
            }
            WitnessAnswer::Knows(other) if other <= size && other != *known => *known = other,
            WitnessAnswer::Knows(other) => return Err(format!("it knows a tree of {other} entries")),
            WitnessAnswer::Refused(status) => return Err(format!("it refuses with {status}")),
        }
    }
    Err("it changes its mind about what it knows".to_owned())
}

/// What is sent to a witness: the size it knows, the proof from there, the note.
fn add_checkpoint_body(folder: &Folder, old: u64, size: u64, note: &str) -> Result<String, String> {
    let proof = consistency_proof(old, size, &mut |height, index| folder.node(height, index, size));
    let proof = proof.map_err(|error| error.to_string())?;
    let lines: String = proof.iter().map(|hash| format!("{}\n", BASE64.encode(hash))).collect();
    Ok(format!("old {old}\n{lines}\n{note}"))
}

/// The loop that has checkpoints kept off this host.
pub struct Keeping {
    parts: LogParts,
    /// What each keeper has, by its name, and when it last had the newest.
    kept: HashMap<String, (String, u64)>,
}

impl Keeping {
    /// With the keepers of `parts`.
    pub fn new(parts: &LogParts) -> Self {
        Self { parts: parts.clone(), kept: HashMap::new() }
    }

    /// Works until it is dropped.
    pub async fn run(mut self) {
        let sleep = Arc::clone(&self.parts.sleep);
        loop {
            match self.round().await {
                Ok(()) => self.parts.health.recovered("log_copies"),
                Err(error) => tracing::warn!(%error, "checkpoints were not copied; it is tried again"),
            }
            sleep.sleep(OUTSIDE_PAUSE).await;
        }
    }

    /// Gives the published checkpoint to every keeper that lacks it.
    ///
    /// # Errors
    /// When the folder fails; keepers that fail are told in the log of the operator and asked again.
    pub async fn round(&mut self) -> Result<(), PublishError> {
        let Some(note) = self.parts.folder.checkpoint()? else { return Ok(()) };
        let checkpoint = Checkpoint::open(&note, self.parts.key.verifier())?;
        let now_us = self.parts.db.clock().monotonic_us();
        for keeper in &self.parts.keepers {
            let (kept, since_us) =
                self.kept.entry(keeper.name().to_owned()).or_insert_with(|| (String::new(), now_us));
            if *kept == note {
                *since_us = now_us;
                continue;
            }
            match keeper.keep(checkpoint.size, note.clone()).await {
                Ok(()) => (*kept, *since_us) = (note.clone(), now_us),
                Err(why) => {
                    tracing::warn!(keeper = keeper.name(), why, "a copy of a checkpoint was not kept");
                    if now_us.saturating_sub(*since_us) > OUTSIDE_US_MAX {
                        let why = "checkpoints of the log could not be copied off this host for long";
                        self.parts.health.degraded("log_copies", why);
                    }
                }
            }
        }
        Ok(())
    }
}
