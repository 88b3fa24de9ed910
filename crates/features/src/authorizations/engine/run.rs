//! The queue, the thread, the batches.

use super::super::{
    error::AuthorizationError,
    model::{
        AccountCommand, Answer, AuthorizationRequest, AuthorizationRow, CommandOutcome, Marks, Reason,
        UNHASHED,
    },
    rules::{Context, Policy},
    store::{Batches, LogEntry, Writes},
};
use super::batch::{Batch, Decided, Observer, Room};
use decision::CrossTables;
use kernel::{AccountId, Actor, Channel, Clock, IdMint};
use platform::{audit, db::Db};
use serde_json::json;
use std::sync::{Arc, RwLock, atomic::AtomicBool, atomic::Ordering};
use tokio::sync::{mpsc, oneshot};

/// Takes the answer to one message. Called on the engine's thread: hand it on, do no work.
pub type Reply = Box<dyn FnOnce(Answer) + Send>;
/// How often a batch is tried again when the database asks for it.
const BATCH_TRIES_MAX: usize = 5;

/// Bounds of the engine.
#[derive(Clone, Copy, Debug)]
pub struct EngineSettings {
    /// Messages of one batch at most.
    pub batch_max: usize,
    /// Messages waiting at most; beyond it the answer is 91 at once.
    pub queue_max: usize,
    /// A request older than this is not approved any more, microseconds.
    pub deadline_us: u64,
    /// Whether entries of the log are written; only a benchmark turns them off.
    pub log: bool,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self { batch_max: 1_024, queue_max: 16_384, deadline_us: 8_000_000, log: true }
    }
}

enum Work {
    Message(Box<AuthorizationRequest>, Marks, Reply),
    Command(AccountId, AccountCommand, By, oneshot::Sender<CommandOutcome>),
}

/// The face of the engine: cheap to clone.
#[derive(Clone)]
pub struct Engine {
    queue: mpsc::Sender<Work>,
    failed: Arc<AtomicBool>,
}

struct Thread {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<IdMint>,
    policy: Arc<Policy>,
    cross: Arc<RwLock<CrossTables>>,
    settings: EngineSettings,
    observers: Vec<Observer>,
    failed: Arc<AtomicBool>,
}

/// Who commands, over which channel, from which session or key: the engine's thread is outside of their request.
#[derive(Clone, Copy, Debug)]
struct By {
    actor: Actor,
    channel: Channel,
    origin: Option<audit::Origin>,
}

impl Engine {
    /// Starts the engine on a thread of its own. It ends when the last clone of the face is gone.
    pub fn start(
        db: &Db,
        policy: Arc<Policy>,
        cross: Arc<RwLock<CrossTables>>,
        settings: EngineSettings,
        observers: Vec<Observer>,
    ) -> Result<Self, AuthorizationError> {
        let (queue, waiting) = mpsc::channel(settings.queue_max);
        let failed = Arc::new(AtomicBool::new(false));
        let thread = Thread {
            db: db.clone(),
            clock: Arc::clone(db.clock()),
            ids: Arc::clone(db.ids()),
            policy,
            cross,
            settings,
            observers,
            failed: Arc::clone(&failed),
        };
        std::thread::Builder::new()
            .name("authorizations".to_owned())
            .spawn(move || thread.run(waiting))
            .map_err(platform::db::DbError::Io)?;
        Ok(Self { queue, failed })
    }

    /// Puts a message into the queue; `reply` gets the answer once it is durable, or at once when the queue
    /// is full.
    pub fn submit(&self, request: AuthorizationRequest, reply: Reply) {
        if request.card == UNHASHED {
            return reply(Answer::unrecorded(Reason::Fault));
        }
        let marks = Marks::of(&request);
        if let Err(refused) = self.queue.try_send(Work::Message(Box::new(request), marks, reply)) {
            let (work, reason) = match refused {
                mpsc::error::TrySendError::Full(work) => (work, Reason::Overload),
                mpsc::error::TrySendError::Closed(work) => (work, Reason::Fault),
            };
            metrics::counter!("cardea_authorizations_refused_total", "reason" => reason.key()).increment(1);
            if let Work::Message(.., reply) = work {
                reply(Answer::unrecorded(reason));
            }
        }
    }

    /// Asks and waits.
    pub async fn authorize(&self, request: AuthorizationRequest) -> Answer {
        let (sender, answer) = oneshot::channel();
        self.submit(request, Box::new(move |answer| drop(sender.send(answer))));
        answer.await.unwrap_or(Answer::unrecorded(Reason::Fault))
    }

    /// Changes an account, in order with its authorizations. Returns once the change is durable.
    pub async fn command(
        &self,
        account: AccountId,
        command: AccountCommand,
        actor: Actor,
        channel: Channel,
    ) -> Result<CommandOutcome, AuthorizationError> {
        let (sender, outcome) = oneshot::channel();
        let by = By { actor, channel, origin: audit::Origin::current() };
        let work = Work::Command(account, command, by, sender);
        self.queue.send(work).await.map_err(|_| AuthorizationError::Stopped)?;
        outcome.await.map_err(|_| AuthorizationError::Stopped)
    }

    /// Whether the engine has met a failure it can't go on from.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
}

impl Thread {
    fn run(self, mut waiting: mpsc::Receiver<Work>) {
        let mut batches = match Batches::open(&self.db) {
            Ok(batches) => Some(batches),
            Err(error) => return self.fail(&error.into()),
        };
        let mut works = Vec::with_capacity(self.settings.batch_max);
        let mut room = Room::default();
        while let Some(first) = waiting.blocking_recv() {
            works.push(first);
            while works.len() < self.settings.batch_max {
                match waiting.try_recv() {
                    Ok(work) => works.push(work),
                    Err(_) => break,
                }
            }
            metrics::gauge!("cardea_authorization_queue").set(waiting.len() as f64);
            match self.batch(&mut batches, &works, &mut room) {
                Ok(()) => self.answer(&mut works, &mut room),
                Err(error) => {
                    refuse(&mut works);
                    if self.db.kind() == "sqlite" {
                        return self.fail(&error);
                    }
                    tracing::error!(%error, "a batch was not made durable; none of it was approved");
                    batches = Batches::open(&self.db).ok();
                }
            }
        }
    }

    fn fail(&self, error: &AuthorizationError) {
        self.failed.store(true, Ordering::Release);
        tracing::error!(%error, "the authorization engine stops: what it decides can't be made durable");
    }

    fn batch(
        &self,
        batches: &mut Option<Batches>,
        works: &[Work],
        room: &mut Room,
    ) -> Result<(), AuthorizationError> {
        let mut tries = 0;
        loop {
            let open = match batches {
                Some(open) => open,
                None => batches.insert(Batches::open(&self.db)?),
            };
            tries += 1;
            match open.transaction(&mut |tx| self.work(Batch::new(tx, room), works)) {
                Err(AuthorizationError::Db(error)) if error.is_retryable() && tries < BATCH_TRIES_MAX => {}
                done => return done,
            }
        }
    }

    fn work(&self, mut batch: Batch<'_, '_>, works: &[Work]) -> Result<(), AuthorizationError> {
        load(&mut batch, works)?;
        let now = self.clock.now();
        let monotonic_us = self.clock.monotonic_us();
        // A poisoned lock means that a watcher panicked while it was writing; what it holds is still usable.
        let cross = self.cross.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut entries = Vec::new();
        for work in works {
            match work {
                Work::Message(request, marks, _) => {
                    let late = monotonic_us.saturating_sub(request.arrived_us) > self.settings.deadline_us;
                    let context = Context { now, late, policy: &self.policy, cross: &cross, marks: *marks };
                    match batch.apply(self.ids.next(now), request, &context) {
                        // One damaged row must not stop everybody else.
                        Err(AuthorizationError::Unreadable(what)) => {
                            tracing::error!(
                                what,
                                "a stored value can't be read; its authorization is refused"
                            );
                            batch.answers.push(Answer::unrecorded(Reason::Fault));
                        }
                        done => done?,
                    }
                }
                Work::Command(account, command, by, _) => {
                    batch.command(account.raw(), command, now)?;
                    match (batch.outcomes.last(), command) {
                        (Some(CommandOutcome::Applied), _) => {
                            entries.push(self.command_entry(*account, command, *by));
                        }
                        // A wrong proof, and one for a card that nobody has, is written down with the same work.
                        (Some(outcome), AccountCommand::Prove { .. }) => {
                            entries.push(self.missed_entry(*account, *outcome, *by));
                        }
                        _ => {}
                    }
                }
            }
        }
        drop(cross);
        self.save(batch, entries)
    }

    fn save(&self, batch: Batch<'_, '_>, mut entries: Vec<LogEntry>) -> Result<(), AuthorizationError> {
        let Batch { tx, accounts, touched, rows, records, changes, decided, .. } = batch;
        let mut accounts: Vec<_> = touched.iter().filter_map(|id| accounts.get(id)).collect();
        // In the order of the table, so that neighbours are written while their page is at hand.
        accounts.sort_unstable_by_key(|account| account.account);
        let mut ends = Vec::with_capacity(rows.len());
        for row in rows.iter() {
            row.encode_record(records)?;
            ends.push(records.len());
        }
        let mut start = 0;
        let mut encoded = Vec::with_capacity(rows.len());
        for (row, end) in rows.iter().zip(ends) {
            encoded.push((row, records.get(start..end).unwrap_or_default()));
            start = end;
        }
        if self.settings.log && !encoded.is_empty() {
            entries.push(self.batch_entry(&encoded));
        }
        let events = self.events(decided);
        if !(accounts.is_empty() && encoded.is_empty() && entries.is_empty()) {
            tx.save(&Writes {
                accounts: &accounts,
                rows: &encoded,
                changes,
                entries: &entries,
                events: &events,
            })?;
        }
        let answered_us = self.clock.monotonic_us();
        decided.iter_mut().for_each(|one| one.answered_us = answered_us);
        Ok(())
    }

    /// One entry for all decisions of a batch: their leaf hashes, and which decisions they are.
    fn batch_entry(&self, rows: &[(&AuthorizationRow, &[u8])]) -> LogEntry {
        let now = self.clock.now();
        let mut leaves = Vec::with_capacity(rows.len() * 32);
        let mut refs = Vec::with_capacity(rows.len() * 8);
        for (row, record) in rows {
            leaves.extend_from_slice(&audit::leaf_hash(record));
            refs.extend_from_slice(&row.id.to_be_bytes());
        }
        let entry = audit::Entry::new(Actor::Network, Channel::Network, "authorizations.batch.decided")
            .detail(json!({ "count": rows.len() }));
        LogEntry { stamped: entry.stamp(self.ids.next(now), now), leaves, refs: Some(refs) }
    }

    fn command_entry(&self, account: AccountId, command: &AccountCommand, by: By) -> LogEntry {
        let now = self.clock.now();
        let entry = audit::Entry::new(by.actor, by.channel, command.act())
            .origin(by.origin)
            .subject(account)
            .concerns(account)
            .detail(command.detail());
        let stamped = entry.stamp(self.ids.next(now), now);
        LogEntry { leaves: stamped.leaf.to_vec(), stamped, refs: None }
    }

    fn missed_entry(&self, account: AccountId, outcome: CommandOutcome, by: By) -> LogEntry {
        let now = self.clock.now();
        let mut entry =
            audit::Entry::new(by.actor, by.channel, "cards.proof.missed").origin(by.origin).refused();
        if outcome != CommandOutcome::Absent {
            entry = entry.subject(account).concerns(account);
        }
        let stamped = entry.stamp(self.ids.next(now), now);
        LogEntry { leaves: stamped.leaf.to_vec(), stamped, refs: None }
    }

    /// What others must not miss: payments that an analyst should look at.
    fn events(&self, decided: &[Decided]) -> Vec<(i64, i64, &'static str, String, String)> {
        let alerts = decided.iter().filter(|one| one.alert);
        alerts
            .map(|one| {
                let now = self.clock.now();
                let object = kernel::AuthorizationId::from_raw(one.authorization).to_string();
                let account = AccountId::from_raw(one.account);
                let body = json!({ "account": account, "reason": one.reason, "at": one.at });
                (self.ids.next(now), now.us(), super::super::events::ALERTED, object, body.to_string())
            })
            .collect()
    }

    fn answer(&self, works: &mut Vec<Work>, room: &mut Room) {
        let (mut answers, mut outcomes) = (room.answers.drain(..), room.outcomes.drain(..));
        for work in works.drain(..) {
            match work {
                Work::Message(.., reply) => {
                    reply(answers.next().unwrap_or(Answer::unrecorded(Reason::Fault)));
                }
                Work::Command(.., reply) => {
                    // Whoever asked may have gone; the change stands.
                    let _ = reply.send(outcomes.next().unwrap_or(CommandOutcome::Absent));
                }
            }
        }
        drop((answers, outcomes));
        if !room.decided.is_empty() {
            let decided = room.tell();
            self.observers.iter().for_each(|observer| observer(&decided));
        }
    }
}

fn load(batch: &mut Batch<'_, '_>, works: &[Work]) -> Result<(), AuthorizationError> {
    let mut keys = Vec::with_capacity(works.len());
    let mut ids = Vec::with_capacity(works.len());
    for work in works {
        match work {
            Work::Message(request, ..) => keys.push(request.card),
            Work::Command(account, ..) => ids.push(account.raw()),
        }
    }
    keys.sort_unstable();
    keys.dedup();
    for (key, account, card) in batch.tx.cards(&keys)? {
        batch.cards.insert(key, (account, card));
        ids.push(account);
    }
    ids.sort_unstable();
    ids.dedup();
    for account in batch.tx.accounts(&ids)? {
        batch.accounts.insert(account.account.raw(), account);
    }
    Ok(())
}

/// Nothing of the batch is durable, so nothing of it is approved.
fn refuse(works: &mut Vec<Work>) {
    for work in works.drain(..) {
        if let Work::Message(.., reply) = work {
            reply(Answer::unrecorded(Reason::Fault));
        }
    }
}
