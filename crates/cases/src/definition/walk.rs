//! Walks through the states of a kind: what can be reached from where.

use super::{Category, Kind, Transition};
use std::collections::{BTreeMap, BTreeSet};

/// The states that can be reached from `start`, itself included, over the transitions that `may_take` allows.
pub(super) fn reachable<'a>(
    kind: &'a Kind,
    start: impl IntoIterator<Item = &'a str>,
    may_take: impl Fn(&Transition) -> bool,
) -> BTreeSet<&'a str> {
    let mut leading: BTreeMap<&str, Vec<&Transition>> = BTreeMap::new();
    for transition in &kind.transitions {
        for from in &transition.from {
            leading.entry(from).or_default().push(transition);
        }
    }
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = start.into_iter().collect();
    while let Some(state) = open.pop() {
        if !found.insert(state) {
            continue;
        }
        let next = leading.get(state).into_iter().flatten().filter(|transition| may_take(transition));
        open.extend(next.map(|transition| transition.to.as_str()));
    }
    found
}

/// Whether a state ends a case.
pub(super) fn is_end(kind: &Kind, state: &str) -> bool {
    kind.category(state) == Category::Closed
}
