//! A past for a demo: payments of the days before, each decided at its own time.
//!
//! Problem: whoever opens a demo should find people who have lived with their cards: transactions, a decline with
//! its reason, a wall with a day behind it. Design: before the server listens, the same simulator's earlier
//! payments go through intake and engine while the driven clock stands where they were made, so that ids, times,
//! windows, alerts and entries of the log are what they would have been. They go in slices of a simulated minute:
//! within a slice the clock stands still. Why safe: it exists only where the clock is driven, and the
//! demo assembles its server anew, with the machine's clock, before anybody is let in. What it does not do:
//! answer anybody; nothing is sent over a wire.

use super::Assembled;
use crate::{
    commands::CommandError,
    traffic::{event::TrafficEvent, iso_mapping},
};
use connectors::authorizations::read;
use features::authorizations::RawMessage;
use kernel::{MINUTE_US, Timestamp};
use platform::outbox;
use tokio::sync::mpsc::unbounded_channel;

/// Simulated time within which the clock stands still, microseconds: what the wall tells apart.
const SLICE_US: i64 = MINUTE_US;
/// Payments of a slice at most: a quarter of what the engine lets wait.
const SLICE_MAX: usize = 4_096;
/// Slices between two times that figures are stored and alerts opened.
const SLICES_KEPT: u32 = 60;

impl Assembled {
    /// Puts the driven clock at `at`.
    ///
    /// # Errors
    /// [`CommandError::Other`] where the clock is not driven.
    pub async fn begin_at(&self, at: Timestamp) -> Result<(), CommandError> {
        let replayed = self.replayed.as_ref().ok_or_else(not_driven)?;
        (replayed.start)(at).await;
        Ok(())
    }

    /// Lets `events` (in time order) happen until `until`. Returns how many were decided.
    ///
    /// # Errors
    /// The clock is not driven, the engine stopped, or figures could not be stored.
    pub async fn live_through(
        &self,
        events: impl Iterator<Item = TrafficEvent>,
        until: Timestamp,
    ) -> Result<u64, CommandError> {
        let mut events = events.take_while(|event| event.at_us < until.us()).peekable();
        let (mut decided, mut slices) = (0, 0_u32);
        while let Some(first_us) = events.peek().map(|event| event.at_us) {
            let mut slice = Vec::new();
            let within = |event: &TrafficEvent| event.at_us < first_us.saturating_add(SLICE_US);
            while slice.len() < SLICE_MAX
                && let Some(event) = events.next_if(within)
            {
                slice.push(event);
            }
            decided += self.decide(&slice).await?;
            slices += 1;
            if slices.is_multiple_of(SLICES_KEPT) {
                self.keep().await?;
            }
        }
        self.keep().await?;
        Ok(decided)
    }

    /// Decides a slice at the time of its last payment; durable when this returns.
    async fn decide(&self, slice: &[TrafficEvent]) -> Result<u64, CommandError> {
        let replayed = self.replayed.as_ref().ok_or_else(not_driven)?;
        if let Some(last) = slice.last() {
            (replayed.drive)(Timestamp::from_us(last.at_us));
        }
        let (reply, mut answers) = unbounded_channel();
        let arrived_us = self.intake.clock.monotonic_us();
        let mut asked = 0;
        for event in slice {
            // The simulator makes nothing that does not fit; were it so, the payment would be left out.
            let Ok(message) = iso_mapping::request(event) else { continue };
            let Ok(raw): Result<RawMessage, _> = read(&message, arrived_us) else { continue };
            let reply = reply.clone();
            // A closed channel means that this has ended with an error; nobody misses the answer.
            self.intake.submit(raw, Box::new(move |answer| drop(reply.send(answer))));
            asked += 1;
        }
        drop(reply);
        for _ in 0..asked {
            answers.recv().await.ok_or(CommandError::Stopped("the authorization engine"))?;
        }
        Ok(asked)
    }

    /// Stores the wall's figures and opens the alerts that are due.
    async fn keep(&self) -> Result<(), CommandError> {
        self.watch.store().await.map_err(CommandError::other)?;
        while outbox::relay(&self.app.db, &self.consumers).await? > 0 {}
        Ok(())
    }
}

fn not_driven() -> CommandError {
    CommandError::Other("a past can be lived through only where the clock is driven".to_owned())
}
