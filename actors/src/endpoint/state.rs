//! What an endpoint's actor decides, and on what. Nothing here waits, sends or reads a clock.
//!
//! ```text
//! handed / read back → ready → attempting → recording → released
//!                      ↓   ↑ our own error ↲
//!                  put down, where the endpoint makes it wait: read back later
//! ```

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::delivery::Reason;
use domain::endpoint::{Endpoint, Status};
use domain::id::{DeliveryId, EndpointId};
use domain::lease::Lease;
use domain::pace::{Moment, Pace};

use super::effect::{Effect, Held};
use crate::ports::{EgressError, LedgerError, Limits, OwedPage, Report};
use crate::registry::{Entry, Stage};
use crate::tenants::Tenants;

pub struct State {
    pub(super) id: EndpointId,
    pub(super) lease: Lease,
    pub(super) entry: Arc<Entry>,
    pub(super) ready: VecDeque<Held>,
    pub(super) attempting: HashSet<DeliveryId>,
    /// With the recorder.
    pub(super) recording: HashSet<DeliveryId>,
    /// A ledger read runs.
    pub(super) reading: Option<Reading>,
    /// The last read found only what is held already: the next waits for a confirmation.
    pub(super) starved: bool,
    /// The spill count for which the end of spilling was asked.
    pub(super) unspill_asked: Option<u64>,
    /// The endpoint as the last decision saw it.
    known: Option<Arc<Endpoint>>,
    /// The endpoint as it was known when it was given up or disabled, until it is active again. Another one
    /// in its place has come from the directory since.
    pub(super) given_up: Option<Arc<Endpoint>>,
    /// The earliest timer that is set, on the clock that only goes forward, as all times here.
    waking_at: Option<Duration>,
    /// No work since.
    idle_since: Option<Duration>,
    /// Nothing goes on before this: an error of ours.
    troubled_until: Option<Duration>,
}

/// Timers ring no finer.
const TICK: Duration = Duration::from_millis(1);

/// What a ledger read was begun with.
pub(super) struct Reading {
    /// The spill count.
    pub count: u64,
    pub endpoint: Option<Arc<Endpoint>>,
}

/// What a decision looks at.
pub struct World<'a> {
    pub at: Moment,
    pub random: f64,
    /// `None` when it is deleted.
    pub endpoint: Option<Arc<Endpoint>>,
    pub limits: &'a Limits,
    /// The node is going, or its lease: what runs may end, nothing starts.
    pub halted: bool,
    pub tenants: &'a Tenants,
}

/// When there is more to do, and whether the ledger is read for it now.
pub(super) struct Next {
    pub wake: Option<Duration>,
    pub read: bool,
}

impl State {
    pub fn new(id: EndpointId, lease: Lease, entry: Arc<Entry>) -> Self {
        Self {
            id,
            lease,
            entry,
            ready: VecDeque::new(),
            attempting: HashSet::new(),
            recording: HashSet::new(),
            reading: None,
            starved: false,
            unspill_asked: None,
            known: None,
            given_up: None,
            waking_at: None,
            idle_since: None,
            troubled_until: None,
        }
    }

    pub fn endpoint(&self) -> EndpointId {
        self.id
    }

    pub fn lease(&self) -> Lease {
        self.lease
    }

    pub fn handed(&mut self, held: Held, world: &World<'_>) -> Vec<Effect> {
        self.ready.push_back(held);
        self.pump(world)
    }

    pub fn recorded(&mut self, delivery: DeliveryId, world: &World<'_>) -> Vec<Effect> {
        self.recording.remove(&delivery);
        self.starved = false;
        self.pump(world)
    }

    pub fn attempted(
        &mut self,
        held: Held,
        result: Result<Report, EgressError>,
        world: &World<'_>,
    ) -> Vec<Effect> {
        let delivery = held.owed.delivery;
        self.attempting.remove(&delivery);
        let mut effects = Vec::new();
        match result {
            Ok(report) => self.judge(held, report, world, &mut effects),
            Err(error) => self.not_made(held, &error, world, &mut effects),
        }
        effects.extend(self.pump(world));
        effects
    }

    fn not_made(&mut self, held: Held, error: &EgressError, world: &World<'_>, effects: &mut Vec<Effect>) {
        let delivery = held.owed.delivery;
        {
            let mut inner = self.entry.lock();
            inner.pace.iter_mut().for_each(|pace| pace.not_made(delivery));
            inner.mark(delivery, Stage::Ready);
        }
        let reason = match error {
            EgressError::UnknownEvent(_) => Some(Reason::Retention),
            EgressError::Expired(_) => Some(Reason::Expired),
            EgressError::Ledger(_) | EgressError::Secret(_) | EgressError::Lapsed => None,
        };
        if let Some(reason) = reason {
            return effects.push(self.close(held, reason, world));
        }
        if self.is_ordered() {
            self.ready.push_front(held);
        } else {
            // Behind the others: it may be the only one with this trouble.
            self.ready.push_back(held);
        }
        self.troubled_until = Some(world.at.uptime + world.limits.error_wait);
    }

    pub fn read(&mut self, page: Result<OwedPage, LedgerError>, world: &World<'_>) -> Vec<Effect> {
        let Some(Reading { count, endpoint }) = self.reading.take() else { return Vec::new() };
        let is_same = match (&endpoint, &world.endpoint) {
            (Some(then), Some(now)) => Arc::ptr_eq(then, now),
            (then, now) => then.is_none() && now.is_none(),
        };
        match page {
            // A change may have closed it meanwhile, or put it in order: it is as if it had not been read.
            Ok(_) if !is_same => {}
            Ok(page) => {
                let owed = self.entry.end_read(page, count);
                self.starved = owed.is_empty() && self.entry.lock().spill.count == count;
                self.ready.extend(owed.into_iter().map(|owed| Held { owed, receipt: None }));
            }
            Err(_) => self.troubled_until = Some(world.at.uptime + world.limits.error_wait),
        }
        self.pump(world)
    }

    /// Something waits in the ledger that the last read cannot have seen.
    pub fn spilled(&mut self, world: &World<'_>) -> Vec<Effect> {
        self.starved = false;
        self.pump(world)
    }

    /// The timer that was set for this time rang. One that was put off by an earlier one means nothing any more.
    pub fn woke(&mut self, at: Duration, world: &World<'_>) -> Vec<Effect> {
        if self.waking_at != Some(at) {
            return Vec::new();
        }
        self.waking_at = None;
        self.pump(world)
    }

    /// Until when an error of ours keeps everything waiting.
    pub(super) fn troubled(&self, at: Moment) -> Option<Duration> {
        self.troubled_until.filter(|&until| at.uptime < until)
    }

    /// Does what can be done now, and sees to it that something wakes the actor for the rest.
    pub fn pump(&mut self, world: &World<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.notice_change(world, &mut effects);
        let next = match world.endpoint.as_deref().map(|endpoint| endpoint.status) {
            None => self.close_all(Reason::EndpointDeleted, world, &mut effects),
            Some(Status::Disabled) => self.close_all(Reason::EndpointDisabled, world, &mut effects),
            Some(Status::Failed) => self.close_all(Reason::EndpointFailed, world, &mut effects),
            Some(Status::Paused) => {
                // Its owner holds it: a change of the directory wakes it.
                self.put_down(&mut effects);
                Next { wake: None, read: false }
            }
            Some(Status::Active) => self.send(world, &mut effects),
        };
        let wake = if next.read { self.read_on(next.wake, world, &mut effects) } else { next.wake };
        self.rest(wake, world, &mut effects);
        effects
    }

    /// Set to active again it starts clean, although this actor counted what came before. Whatever changed, what is
    /// ready is read again: a change may have closed it meanwhile, or put it in order.
    fn notice_change(&mut self, world: &World<'_>, effects: &mut Vec<Effect>) {
        let Some(endpoint) = &world.endpoint else { return };
        let before = self.known.replace(Arc::clone(endpoint));
        let first_seen = before.as_ref().is_none_or(|before| !Arc::ptr_eq(before, endpoint));
        if !endpoint.status.is_owed() {
            self.given_up = Some(Arc::clone(endpoint));
        } else if self.given_up.take_if(|before| !Arc::ptr_eq(before, endpoint)).is_some() {
            self.entry.lock().pace.iter_mut().for_each(Pace::start_clean);
        }
        // What came from the queue comes out of order.
        let out_of_order = endpoint.ordered && self.ready.iter().any(|held| held.receipt.is_some());
        if (before.is_some() && first_seen) || out_of_order {
            self.put_down(effects);
        }
        if endpoint.ordered && first_seen && self.entry.lock().spill.settled.is_none() {
            // The feeder finds out where its order begins.
            effects.push(Effect::PutDown { lowest: None, receipts: Vec::new() });
        }
    }

    pub(super) fn is_ordered(&self) -> bool {
        self.known.as_deref().is_some_and(|endpoint| endpoint.ordered)
    }

    /// Sets the timer for what was put off; without work for long enough, retires.
    fn rest(&mut self, until: Option<Duration>, world: &World<'_>, effects: &mut Vec<Effect>) {
        let now = world.at.uptime;
        let busy = !(self.ready.is_empty()
            && self.attempting.is_empty()
            && self.recording.is_empty()
            && self.reading.is_none())
            || self.entry.lock().spill.spilling;
        if busy {
            self.idle_since = None;
        } else if now >= *self.idle_since.get_or_insert(now) + world.limits.idle_stop {
            effects.push(Effect::Retire);
            return;
        }
        let until = if busy { until } else { Some(now + world.limits.idle_stop) };
        if let Some(until) = until
            // Two looks at the clocks differ by nanoseconds: that is no earlier.
            && self.waking_at.is_none_or(|at| until + TICK < at)
        {
            self.waking_at = Some(until);
            // A tick more than asked, so that the timer never rings before its time.
            effects.push(Effect::WakeAfter { wait: until.saturating_sub(now) + TICK, at: until });
        }
    }
}
