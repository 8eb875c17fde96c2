//! What waits in the ledger: read back page by page, put down again where the endpoint makes it wait.

use std::time::Duration;

use domain::endpoint::Status;
use domain::pace::Pace;

use super::effect::{Effect, Held};
use super::state::{Reading, State, World};
use crate::registry::Inner;

/// Rows asked for at a time, for every slot: enough to go on with, and few enough that a retry that falls due
/// does not wait behind them for long.
const PAGE_PER_SLOT: u32 = 8;
const PAGE_LEAST: u32 = 64;
/// A rate-limited endpoint takes no more at a time than it may send in so many seconds.
const PAGE_SECONDS: u32 = 10;

impl State {
    /// While spilling: reads what is owed, or ends the spilling.
    pub(super) fn read_on(
        &mut self,
        wake: Option<Duration>,
        world: &World<'_>,
        effects: &mut Vec<Effect>,
    ) -> Option<Duration> {
        let mut inner = self.entry.lock();
        if !inner.spill.spilling || self.reading.is_some() || world.halted {
            return wake;
        }
        if let Some(until) = self.troubled(world.at) {
            return wake.into_iter().chain([until]).min();
        }
        if inner.spill.catching_up {
            let count = inner.spill.count;
            let drained = inner.held.values().all(|hold| !hold.from_ledger);
            if drained && self.unspill_asked.replace(count) != Some(count) {
                effects.push(Effect::Unspill { count });
            }
            return wake;
        }
        let under_way = !(self.attempting.is_empty() && self.recording.is_empty());
        if self.starved && under_way {
            return wake;
        }
        let ordered = self.is_ordered();
        let enough = match world.endpoint.as_deref() {
            // What is under way may have to come first again.
            Some(endpoint) if endpoint.ordered => !inner.held.is_empty() || inner.spill.settled.is_none(),
            Some(endpoint) => {
                let slots = endpoint.max_in_flight as usize;
                // What the recorder cannot write counts, too: it is kept in memory.
                self.ready.len() >= slots || inner.held.len() >= slots + page(&inner, world) as usize
            }
            None => inner.held.len() >= world.limits.owed_batch as usize,
        };
        if enough {
            return wake;
        }
        let limit = page(&inner, world);
        let (from, count) = inner.begin_read();
        drop(inner);
        self.reading = Some(Reading { count, endpoint: world.endpoint.clone() });
        effects.push(Effect::Read { from, now: world.at.now, limit, ordered });
        wake
    }

    /// Leaves all that is ready to the ledger, until it is read back. What came from the queue is acknowledged
    /// when that is durable.
    pub(super) fn put_down(&mut self, effects: &mut Vec<Effect>) {
        let mut lowest = None;
        let mut receipts = Vec::new();
        let mut inner = self.entry.lock();
        for Held { owed, receipt } in self.ready.drain(..) {
            inner.let_go(owed.delivery);
            let position = (owed.progress.next_number() == 1).then_some(owed.position);
            match receipt {
                None => {
                    inner.spill.put_back(position);
                    inner.spill.tally.add(Some(1));
                }
                Some(receipt) => {
                    receipts.push(receipt);
                    lowest = lowest.into_iter().chain(position).min();
                }
            }
        }
        if !receipts.is_empty() {
            effects.push(Effect::PutDown { lowest, receipts });
        }
    }
}

/// How many rows are asked for at a time.
fn page(inner: &Inner, world: &World<'_>) -> u32 {
    let most = world.limits.owed_batch;
    let Some(endpoint) = world.endpoint.as_deref() else { return most };
    if endpoint.status == Status::Active && inner.pace.as_ref().is_some_and(Pace::is_open) {
        // Only one is the probe: the one that was due longest.
        return 1;
    }
    let page = endpoint.max_in_flight.saturating_mul(PAGE_PER_SLOT).max(PAGE_LEAST);
    let at_the_rate = endpoint.rate_limit.map_or(u32::MAX, |limit| {
        (limit.per_minute.get().saturating_mul(PAGE_SECONDS) / 60).max(endpoint.max_in_flight)
    });
    // With its tenant's turns one goes, and the others would be put down again.
    let by_turns = if inner.turn.is_some() { endpoint.max_in_flight } else { u32::MAX };
    page.min(at_the_rate).min(by_turns).min(most)
}
