//! The regulator's return: complaints of a time, counted by category and channel. It has no person in it.

use cases::{Fields, Value};
use kernel::Timestamp;
use std::collections::BTreeMap;

/// What the return looks at in one complaint.
#[derive(Debug)]
pub struct Counted<'a> {
    /// When it began.
    pub opened_at: Timestamp,
    /// When it ended; `None` while it is open.
    pub closed_at: Option<Timestamp>,
    /// Whether every clock of the law was met.
    pub in_time: bool,
    /// Whether it ended with the decision that its fields tell.
    pub decided: bool,
    /// Its fields.
    pub fields: &'a Fields,
}

/// Complaints of one category that came over one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Open when the time began.
    pub open_before: u64,
    /// Received in the time.
    pub received: u64,
    /// Ended in the time.
    pub closed: u64,
    /// Of these, within every clock of the law.
    pub closed_in_time: u64,
    /// Of these, found right.
    pub upheld: u64,
    /// Of these, found right in part.
    pub partly_upheld: u64,
    /// Of these, found wrong.
    pub not_upheld: u64,
    /// Still open when the time ended.
    pub open_after: u64,
    /// What was paid for those that ended, minor units by currency.
    pub redress_minor: BTreeMap<String, i64>,
}

/// The return of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    from: Timestamp,
    until: Timestamp,
    /// By category and channel; a word is empty where nobody wrote one.
    pub lines: BTreeMap<(String, String), Line>,
}

impl Return {
    /// An empty one, of complaints from `from` until just before `until`.
    pub(in super::super) fn new(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until, lines: BTreeMap::new() }
    }

    /// Counts one complaint, where it was open at some moment of the time.
    pub(in super::super) fn count(&mut self, case: &Counted<'_>) {
        let (from, until) = (self.from, self.until);
        if case.opened_at >= until || case.closed_at.is_some_and(|closed| closed < from) {
            return;
        }
        let word = |field: &str| match case.fields.get(field) {
            Some(Value::Word(word)) => word.clone(),
            _ => String::new(),
        };
        let line = self.lines.entry((word("regulator.category"), word("complaint.channel"))).or_default();
        let came_before = case.opened_at < from;
        line.open_before += u64::from(came_before);
        line.received += u64::from(!came_before);
        if case.closed_at.is_none_or(|closed| closed >= until) {
            line.open_after += 1;
            return;
        }
        line.closed += 1;
        line.closed_in_time += u64::from(case.in_time);
        if !case.decided {
            return;
        }
        match word("outcome.finding").as_str() {
            "upheld" => line.upheld += 1,
            "partly_upheld" => line.partly_upheld += 1,
            "not_upheld" => line.not_upheld += 1,
            _ => {}
        }
        if let Some(Value::Money(paid)) = case.fields.get("outcome.amount") {
            let sum = line.redress_minor.entry(paid.currency().to_string()).or_default();
            *sum = sum.saturating_add(paid.minor());
        }
    }
}
