//! Payments of the past, through the engine.
//!
//! Rows are read and parsed on a thread of their own, in chunks; a chunk goes through the engine's queue in one
//! piece and is answered when it is durable. Trace numbers are those that a replay of the same row would send, so
//! that a later message can speak of an imported payment.

use super::super::CommandError;
use super::super::replay::{Part, Problems};
use super::people::Newcomer;
use crate::traffic::datasets::{RowProblem, Transactions};
use crate::traffic::event::{Channel as How, TrafficEvent};
use crate::traffic::iso_mapping;
use connectors::iso8583::{Message, fields};
use decision::{Channel, Place};
use features::authorizations::{
    Amounts, Answer, AuthorizationRequest, CardKey, Class, Engine, FRAUD_REPORTED, Proofs, Purpose, Reason,
    Trace, Where, label_in_tx, message_keys_after,
};
use kernel::{Actor, AuthorizationId, Channel as Door, Clock, Currency, Money, Timestamp};
use platform::audit::Entry;
use platform::clock::DrivenClock;
use platform::db::Db;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc::{Sender, unbounded_channel};

/// Payments of a chunk: one commit.
pub(super) const CHUNK_ROWS: usize = 2_048;
/// People met in a chunk at most: a file of accounts alone is cut into chunks by these.
const CHUNK_NEWCOMERS: usize = 2_048;
/// Labels of one transaction.
const LABELS_AT_ONCE: usize = 500;
/// Message keys read at once.
const KEYS_AT_ONCE: i64 = 50_000;
/// Who says so.
const LABEL_SOURCE: &str = "import";

/// Some rows of the file, in its order.
pub(super) struct Chunk {
    /// Those who were met for the first time, also outside of the part that was asked for.
    pub newcomers: Vec<Newcomer>,
    /// The payments of the part that was asked for.
    pub payments: Vec<TrafficEvent>,
    /// When the first payment of the chunk was made, microseconds.
    pub first_us: i64,
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub taken: u64,
    pub known: u64,
}

/// Payments on their way into the database.
pub(super) struct History {
    db: Db,
    clock: Arc<DrivenClock>,
    engine: Engine,
    /// How long after its payment a fraud becomes known, microseconds.
    pub label_delay_us: i64,
    /// Message keys of what was there before, and which record each is.
    before: HashMap<i64, i64>,
    /// Frauds not told yet: when each becomes known, and which record it is.
    frauds: Vec<(i64, i64)>,
}

/// Reads a file to its end, or until nobody takes the chunks any more.
pub(super) fn read(transactions: Transactions, part: &Part, problems: &Problems, queue: &Sender<Chunk>) {
    let mut met = HashSet::new();
    let mut chunk = Chunk::empty();
    for item in transactions {
        let event = match item {
            Ok(event) => event,
            Err(problem) => {
                problems.tell(&problem);
                continue;
            }
        };
        chunk.first_us = chunk.first_us.min(event.at_us);
        if met.insert(event.customer) {
            let (line, customer) = (event.row + 1, event.customer);
            chunk.newcomers.push(Newcomer { line, customer, pan: event.pan.clone() });
        }
        if part.contains(event.at_us) {
            chunk.payments.push(event);
        }
        let full = chunk.payments.len() >= CHUNK_ROWS || chunk.newcomers.len() >= CHUNK_NEWCOMERS;
        if full && queue.blocking_send(std::mem::replace(&mut chunk, Chunk::empty())).is_err() {
            return;
        }
    }
    if chunk.first_us != i64::MAX {
        // Nobody may be there to take it any more; then there is nothing left to do.
        let _unheard = queue.blocking_send(chunk);
    }
}

impl Chunk {
    fn empty() -> Self {
        Self { newcomers: Vec::new(), payments: Vec::with_capacity(CHUNK_ROWS), first_us: i64::MAX }
    }
}

impl History {
    pub(super) fn new(db: &Db, clock: Arc<DrivenClock>, engine: Engine) -> Self {
        Self { db: db.clone(), clock, engine, label_delay_us: 0, before: HashMap::new(), frauds: Vec::new() }
    }

    /// Reads the keys of all records, so that what an earlier run took in is known without asking the engine for
    /// each.
    pub(super) async fn know_earlier_runs(&mut self) -> Result<(), CommandError> {
        let mut after = i64::MIN;
        loop {
            let some = message_keys_after(&self.db, after, KEYS_AT_ONCE).await?;
            let Some((last, _)) = some.last() else { return Ok(()) };
            after = *last;
            self.before.extend(some.into_iter().map(|(id, key)| (key, id)));
        }
    }

    /// Takes the payments of a chunk in; durable when this returns.
    pub(super) async fn take_in(
        &mut self,
        chunk: &Chunk,
        cards: &HashMap<u64, CardKey>,
        problems: &Problems,
    ) -> Result<Taken, CommandError> {
        let mut done = Taken::default();
        let (reply, mut answers) = unbounded_channel();
        let mut asked = 0_usize;
        if let Some(last_us) = chunk.payments.iter().map(|event| event.at_us).max() {
            self.clock.drive_to(Timestamp::from_us(last_us));
        }
        for (place, event) in chunk.payments.iter().enumerate() {
            let request = match request(event, cards) {
                Ok(request) => request,
                Err(reason) => {
                    problems.tell(&bad(event, reason));
                    continue;
                }
            };
            if let Some(id) = self.before.get(&request.key()) {
                done.known += 1;
                if event.label.is_fraud() {
                    self.frauds.push((event.at_us.saturating_add(self.label_delay_us), *id));
                }
                continue;
            }
            let reply = reply.clone();
            // A closed channel means that the import has ended with an error; nobody misses the answer.
            self.engine.submit(request, Box::new(move |answer| drop(reply.send((place, answer)))));
            asked += 1;
        }
        drop(reply);
        for _ in 0..asked {
            let Some((place, answer)) = answers.recv().await else {
                return Err(CommandError::Stopped("the authorization engine"));
            };
            let Some(event) = chunk.payments.get(place) else { continue };
            self.judge(event, &answer, &mut done, problems)?;
        }
        Ok(done)
    }

    fn judge(
        &mut self,
        event: &TrafficEvent,
        answer: &Answer,
        done: &mut Taken,
        problems: &Problems,
    ) -> Result<(), CommandError> {
        match answer.reason {
            Reason::Fault | Reason::Overload => {
                return Err(CommandError::Stopped("the authorization engine"));
            }
            Reason::Mismatch => {
                problems.tell(&bad(
                    event,
                    "another payment with the same numbers was imported before".to_owned(),
                ));
                return Ok(());
            }
            _ if answer.duplicate => done.known += 1,
            _ => done.taken += 1,
        }
        if let (true, Some(id)) = (event.label.is_fraud(), answer.authorization) {
            self.frauds.push((event.at_us.saturating_add(self.label_delay_us), id.raw()));
        }
        Ok(())
    }

    /// Writes down the frauds that are known by now; returns how many.
    pub(super) async fn tell_labels(&mut self) -> Result<u64, CommandError> {
        let now_us = self.clock.now().us();
        let (known, later): (Vec<_>, Vec<_>) =
            self.frauds.drain(..).partition(|(known_us, _)| *known_us <= now_us);
        self.frauds = later;
        for some in known.chunks(LABELS_AT_ONCE) {
            let mut write = self.db.write().await?;
            for (known_us, id) in some {
                let (id, at) = (AuthorizationId::from_raw(*id), Timestamp::from_us(*known_us));
                label_in_tx(&mut write, id, at, true, LABEL_SOURCE).await?;
            }
            let id = |one: Option<&(i64, i64)>| one.map(|(_, id)| AuthorizationId::from_raw(*id));
            let detail = serde_json::json!({
                "count": some.len(), "first": id(some.first()), "last": id(some.last()), "source": LABEL_SOURCE,
            });
            let mut entry = Entry::new(Actor::System, Door::Console, FRAUD_REPORTED).detail(detail);
            if let Some(first) = id(some.first()) {
                entry = entry.subject(first);
            }
            write.commit(entry).await?;
        }
        Ok(u64::try_from(known.len()).unwrap_or(0))
    }
}

fn bad(event: &TrafficEvent, reason: String) -> RowProblem {
    RowProblem { line: event.row + 1, reason, ends: false }
}

/// The payment as the engine is told of it. What the wire would carry is taken from the message of a replay.
fn request(event: &TrafficEvent, cards: &HashMap<u64, CardKey>) -> Result<AuthorizationRequest, String> {
    let card = cards.get(&event.customer).ok_or_else(|| "its customer could not be opened".to_owned())?;
    let message = iso_mapping::request(event).map_err(|error| error.to_string())?;
    let currency = Currency::from_numeric(event.amount.currency).map_err(|error| error.to_string())?;
    let channel = channel(event.channel);
    Ok(AuthorizationRequest {
        class: Class::History,
        purpose: if event.amount.minor == 0 { Purpose::Check } else { Purpose::Purchase },
        card: *card,
        range: 0,
        proofs: Proofs::default(),
        amounts: Amounts {
            transaction: Money::new(event.amount.minor, currency),
            billing: None,
            remaining_minor: None,
        },
        at: Timestamp::from_us(event.at_us),
        at_arrival: false,
        arrived_us: 0,
        trace: trace(&message)?,
        site: site(event, &message)?,
        channel,
        card_present: event.channel.card_present(),
        partial_ok: false,
        approved_elsewhere: true,
        original: None,
    })
}

fn trace(message: &Message) -> Result<Trace, String> {
    let text = |field: u8| message.text(field).unwrap_or("");
    let stan = fields::trace_number(message).map_err(|error| error.to_string())?;
    Ok(Trace {
        stan: stan.unwrap_or(0),
        rrn: text(37).trim().to_owned(),
        acquirer: text(32).trim().to_owned(),
        local: format!("{}{}", text(13), text(12)),
        transmitted: text(7).to_owned(),
    })
}

fn site(event: &TrafficEvent, message: &Message) -> Result<Where, String> {
    let owned = |text: Option<&str>| text.unwrap_or("").to_owned();
    let location = fields::location(message).map_err(|error| error.to_string())?;
    Ok(Where {
        terminal: owned(fields::terminal(message).map_err(|error| error.to_string())?),
        merchant: owned(fields::merchant(message).map_err(|error| error.to_string())?),
        name: owned(location.map(|location| location.name)),
        city: owned(location.map(|location| location.city)),
        country: event.merchant.country_numeric,
        mcc: event.mcc,
        // A float's seven digits place a terminal to a few metres.
        place: event.place.map(|place| Place { lat: place.lat as f32, lon: place.lon as f32 }),
    })
}

fn channel(how: How) -> Channel {
    match how {
        How::Chip => Channel::Chip,
        How::Contactless => Channel::Contactless,
        How::MagneticStripe => Channel::Magstripe,
        How::Ecommerce => Channel::Ecommerce,
        How::CardOnFile => Channel::CardOnFile,
        How::Recurring => Channel::Recurring,
        How::Telephone => Channel::Manual,
    }
}
