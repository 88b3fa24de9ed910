//! One batch in memory: the accounts it touches, the records it makes, the answers it will give.

use super::super::{
    error::AuthorizationError,
    model::{AccountState, Answer, AuthorizationRow, CardKey, Class, CommandOutcome, HoldState, Reason},
    store::BatchTx,
};
use decision::Payment;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

/// Lists of decisions kept for use again; observers are done with one long before the others are told.
const TOLD_MAX: usize = 4;

/// A later message changed what an earlier record reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The record.
    pub authorization: i64,
    /// What it still reserves.
    pub hold_minor: i64,
    /// What is posted of it.
    pub posted_minor: i64,
    /// What became of it.
    pub state: HoldState,
}

impl RowChange {
    fn write_to(self, row: &mut AuthorizationRow) {
        (row.hold_minor, row.posted_minor, row.state) = (self.hold_minor, self.posted_minor, self.state);
    }
}

/// A decision, for those who watch: statistics, the live wall, risk beyond the card.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The record.
    pub authorization: i64,
    /// The account; 0 where the card is unknown.
    pub account: i64,
    /// The card; 0 where unknown.
    pub card: i64,
    /// See [`AuthorizationRequest::range`].
    pub range: u32,
    /// What kind of message.
    pub class: Class,
    /// Why.
    pub reason: Reason,
    /// The moment of the payment, microseconds.
    pub at: i64,
    /// Arrival, monotonic microseconds.
    pub arrived_us: u64,
    /// Answered, monotonic microseconds.
    pub answered_us: u64,
    /// Amount, minor units of the account.
    pub billing_minor: i64,
    /// What features saw; `None` where the card is unknown.
    pub payment: Option<Payment>,
    /// Where, for lists of places.
    pub city: String,
    /// ISO 3166 numeric.
    pub country: u16,
    /// Whether an analyst should look.
    pub alert: bool,
}

/// Gets every committed batch, in order, on the engine's thread: hand it on, do no work.
pub type Observer = Arc<dyn Fn(&Arc<Vec<Decided>>) + Send + Sync>;

/// The collections of a batch, kept for the next one. Given back after each batch, the system would take their
/// memory and fill it with zeros before the next: that was a third of the engine's processor time.
#[derive(Default)]
pub struct Room {
    pub cards: HashMap<CardKey, (i64, i64)>,
    pub accounts: HashMap<i64, AccountState>,
    /// Accounts that must be written.
    pub touched: HashSet<i64>,
    pub rows: Vec<AuthorizationRow>,
    /// The encoded records, one behind the other.
    pub records: Vec<u8>,
    pub changes: Vec<RowChange>,
    pub answers: Vec<Answer>,
    pub outcomes: Vec<CommandOutcome>,
    pub decided: Vec<Decided>,
    /// What observers were given lately; a list that none of them holds any more is used again.
    told: VecDeque<Arc<Vec<Decided>>>,
}

impl Room {
    fn clear(&mut self) {
        self.cards.clear();
        self.accounts.clear();
        self.touched.clear();
        self.rows.clear();
        self.records.clear();
        self.changes.clear();
        self.answers.clear();
        self.outcomes.clear();
        self.decided.clear();
    }

    /// The decisions of the batch, for observers; leaves an empty list.
    pub fn tell(&mut self) -> Arc<Vec<Decided>> {
        let oldest = if self.told.len() < TOLD_MAX { None } else { self.told.pop_front() };
        let mut next = oldest.and_then(|list| Arc::try_unwrap(list).ok()).unwrap_or_default();
        next.clear();
        let list = Arc::new(std::mem::replace(&mut self.decided, next));
        self.told.push_back(Arc::clone(&list));
        list
    }
}

/// What is collected while a batch is worked on.
pub struct Batch<'t, 'c> {
    pub tx: &'t mut BatchTx<'c>,
    pub cards: &'t mut HashMap<CardKey, (i64, i64)>,
    pub accounts: &'t mut HashMap<i64, AccountState>,
    pub touched: &'t mut HashSet<i64>,
    pub rows: &'t mut Vec<AuthorizationRow>,
    pub records: &'t mut Vec<u8>,
    pub changes: &'t mut Vec<RowChange>,
    pub answers: &'t mut Vec<Answer>,
    pub outcomes: &'t mut Vec<CommandOutcome>,
    pub decided: &'t mut Vec<Decided>,
}

impl<'t, 'c> Batch<'t, 'c> {
    /// An empty batch in `room`.
    pub fn new(tx: &'t mut BatchTx<'c>, room: &'t mut Room) -> Self {
        room.clear();
        let Room { cards, accounts, touched, rows, records, changes, answers, outcomes, decided, told: _ } =
            room;
        Self { tx, cards, accounts, touched, rows, records, changes, answers, outcomes, decided }
    }

    pub fn touch(&mut self, account: i64) {
        self.touched.insert(account);
    }

    /// A record by its id, from this batch or from the database.
    pub fn row(&mut self, id: i64) -> Result<Option<AuthorizationRow>, AuthorizationError> {
        match self.rows.iter().rev().find(|row| row.id == id) {
            Some(row) => Ok(Some(row.clone())),
            None => {
                let mut found = self.tx.row(id)?;
                if let Some(row) = found.as_mut() {
                    self.overlay(row);
                }
                Ok(found)
            }
        }
    }

    /// The first record of an account's chain, newest first, that `wanted` accepts.
    pub fn find_in_chain(
        &mut self,
        account: i64,
        head: i64,
        wanted: &dyn Fn(&AuthorizationRow) -> bool,
    ) -> Result<Option<AuthorizationRow>, AuthorizationError> {
        let fresh = self.rows.iter().rev().find(|row| row.account == account && wanted(row));
        if let Some(row) = fresh {
            return Ok(Some(row.clone()));
        }
        let oldest_fresh = self.rows.iter().find(|row| row.account == account);
        let from = oldest_fresh.map_or(head, |row| row.previous);
        let mut found = self.tx.find_in_chain(from, wanted)?;
        if let Some(row) = found.as_mut() {
            self.overlay(row);
        }
        Ok(found)
    }

    /// Changes what a record reserves, whether it is of this batch or of an earlier one.
    pub fn change(&mut self, change: RowChange) {
        match self.rows.iter_mut().find(|row| row.id == change.authorization) {
            Some(row) => change.write_to(row),
            None => {
                self.changes.retain(|earlier| earlier.authorization != change.authorization);
                self.changes.push(change);
            }
        }
    }

    fn overlay(&self, row: &mut AuthorizationRow) {
        if let Some(change) = self.changes.iter().find(|change| change.authorization == row.id) {
            change.write_to(row);
        }
    }
}
