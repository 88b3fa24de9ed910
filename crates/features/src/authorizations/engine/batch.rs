//! One batch in memory: the accounts it touches, the records it makes, the answers it will give.

use super::super::{
    error::AuthorizationError,
    model::{AccountState, Answer, AuthorizationRow, CardKey, Class, CommandOutcome, HoldState, Reason},
    store::BatchTx,
};
use decision::Payment;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

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

/// What is collected while a batch is worked on.
pub struct Batch<'t, 'c> {
    pub tx: &'t mut BatchTx<'c>,
    pub cards: HashMap<CardKey, (i64, i64)>,
    pub accounts: HashMap<i64, AccountState>,
    /// Accounts that must be written.
    pub touched: HashSet<i64>,
    pub rows: Vec<AuthorizationRow>,
    pub changes: Vec<RowChange>,
    pub answers: Vec<Answer>,
    pub outcomes: Vec<CommandOutcome>,
    pub decided: Vec<Decided>,
}

impl<'t, 'c> Batch<'t, 'c> {
    pub fn new(tx: &'t mut BatchTx<'c>, room: usize) -> Self {
        Self {
            tx,
            cards: HashMap::with_capacity(room),
            accounts: HashMap::with_capacity(room),
            touched: HashSet::with_capacity(room),
            rows: Vec::with_capacity(room),
            changes: Vec::new(),
            answers: Vec::with_capacity(room),
            outcomes: Vec::new(),
            decided: Vec::with_capacity(room),
        }
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
