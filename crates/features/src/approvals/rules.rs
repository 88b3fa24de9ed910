//! When somebody may be asked again, from what became of the last requests.

use super::model::{PAUSE_US, PENDING_MAX, REFUSALS_MAX, State};
use kernel::Timestamp;

/// One of the last requests from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) state: State,
    pub(super) decided_at: Option<Timestamp>,
}

/// Whether a request from elsewhere may be shown to its owner. `last` are the newest ones that were answered, newest
/// first; `pending` wait now. Who is not shown one more is not worn down by it.
pub(super) fn may_ask(last: &[Last], pending: u64, now: Timestamp) -> bool {
    let newest = last.first().and_then(|one| one.decided_at);
    let refused = last.iter().take_while(|one| one.state == State::Refused).count();
    let pauses = refused >= REFUSALS_MAX && newest.is_some_and(|at| now.since_us(at) < PAUSE_US);
    !pauses && pending < PENDING_MAX
}
