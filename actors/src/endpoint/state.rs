//! What an endpoint's actor decides, and on what. Nothing here waits, sends or reads a clock.
//!
//! ```text
//! handed / read back → ready → attempting → recording → released
//!                        ↑ our own error ↲
//! ```

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::delivery::{Progress, Reason};
use domain::endpoint::{Endpoint, Failures, Status};
use domain::id::{DeliveryId, EndpointId};
use domain::verdict::{self, Judgement};
use time::OffsetDateTime;

use super::effect::{Effect, Held};
use crate::ports::{Close, EgressError, LedgerError, Limits, Order, OwedPage, Record, Report};
use crate::recorder::Outcome;
use crate::registry::{Entry, Stage};

pub struct State {
    id: EndpointId,
    entry: Arc<Entry>,
    /// `None` until the ledger told what outlived the last actor.
    failures: Option<Failures>,
    ready: VecDeque<Held>,
    attempting: HashSet<DeliveryId>,
    /// With the recorder.
    recording: HashSet<DeliveryId>,
    /// A ledger read runs, begun at this spill count.
    reading: Option<u64>,
    /// The last read found only what is held already: the next waits for a confirmation.
    starved: bool,
    /// The spill count for which the end of spilling was asked.
    unspill_asked: Option<u64>,
    /// The endpoint as it was known when it was given up or disabled, until it is active again. Another one
    /// in its place has come from the directory since.
    given_up: Option<Arc<Endpoint>>,
    /// The earliest timer that is set.
    waking_at: Option<OffsetDateTime>,
    /// No work since.
    idle_since: Option<OffsetDateTime>,
    /// Nothing goes on before this instant: an error of ours.
    troubled_until: Option<OffsetDateTime>,
}

/// What a decision looks at.
pub struct World<'a> {
    pub now: OffsetDateTime,
    pub random: f64,
    /// `None` when it is deleted.
    pub endpoint: Option<Arc<Endpoint>>,
    pub limits: &'a Limits,
    /// The node is going: what runs may end, nothing starts.
    pub draining: bool,
}

impl State {
    pub fn new(id: EndpointId, entry: Arc<Entry>) -> Self {
        Self {
            id,
            entry,
            failures: None,
            ready: VecDeque::new(),
            attempting: HashSet::new(),
            recording: HashSet::new(),
            reading: None,
            starved: false,
            unspill_asked: None,
            given_up: None,
            waking_at: None,
            idle_since: None,
            troubled_until: None,
        }
    }

    pub fn endpoint(&self) -> EndpointId {
        self.id
    }

    pub fn loaded(&mut self, loaded: &Result<Failures, LedgerError>, world: &World<'_>) -> Vec<Effect> {
        match loaded {
            Ok(failures) => {
                self.failures = Some(*failures);
                self.pump(world)
            }
            Err(_) => vec![Effect::Load { after: world.limits.error_wait }],
        }
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
        self.attempting.remove(&held.owed.delivery);
        let mut effects = match result {
            Ok(report) => vec![self.judge(held, report, world)],
            Err(EgressError::UnknownEvent(_)) => vec![self.close(held, Reason::Retention, world)],
            Err(EgressError::Ledger(_) | EgressError::Secret(_)) => {
                self.entry.mark(held.owed.delivery, Stage::Ready);
                // Behind the others: it may be the only one with this trouble.
                self.ready.push_back(held);
                self.troubled_until = Some(world.now + world.limits.error_wait);
                Vec::new()
            }
        };
        effects.extend(self.pump(world));
        effects
    }

    pub fn read(&mut self, page: Result<OwedPage, LedgerError>, world: &World<'_>) -> Vec<Effect> {
        let Some(count) = self.reading.take() else { return Vec::new() };
        match page {
            Ok(page) => {
                let owed = self.entry.end_read(page, count);
                self.starved = owed.is_empty();
                self.ready.extend(owed.into_iter().map(|owed| Held { owed, receipt: None }));
            }
            Err(_) => self.troubled_until = Some(world.now + world.limits.error_wait),
        }
        self.pump(world)
    }

    /// The timer rang, whatever the wall clock says by now.
    pub fn woke(&mut self, world: &World<'_>) -> Vec<Effect> {
        self.waking_at = None;
        self.pump(world)
    }

    /// Does what can be done now, and sees to it that something wakes the actor for the rest.
    pub fn pump(&mut self, world: &World<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.failures.is_none() {
            return effects;
        }
        self.notice_status(world);
        let wait_until = match world.endpoint.as_deref().map(|endpoint| endpoint.status) {
            None => self.close_all(Reason::EndpointDeleted, world, &mut effects),
            Some(Status::Disabled) => self.close_all(Reason::EndpointDisabled, world, &mut effects),
            Some(Status::Failed) => self.close_all(Reason::EndpointFailed, world, &mut effects),
            // Its owner holds it: a change of the directory wakes it.
            Some(Status::Paused) => None,
            Some(Status::Active) => self.send(world, &mut effects),
        };
        let paused = world.endpoint.as_deref().is_some_and(|endpoint| endpoint.status == Status::Paused);
        let wait_until = if paused { wait_until } else { self.read_on(wait_until, world, &mut effects) };
        self.rest(wait_until, world, &mut effects);
        effects
    }

    /// Set to active again it starts clean, although this actor counted what came before.
    fn notice_status(&mut self, world: &World<'_>) {
        let Some(endpoint) = &world.endpoint else { return };
        if !endpoint.status.is_owed() {
            self.given_up = Some(Arc::clone(endpoint));
        } else if self.given_up.take_if(|before| !Arc::ptr_eq(before, endpoint)).is_some() {
            self.failures = Some(Failures::default());
        }
    }

    fn send(&mut self, world: &World<'_>, effects: &mut Vec<Effect>) -> Option<OffsetDateTime> {
        let endpoint = world.endpoint.as_ref()?;
        let held_until = self.entry.lock().hold_until.max(self.troubled_until);
        if let Some(until) = held_until.filter(|&until| until > world.now) {
            return Some(until);
        }
        if self.given_up.is_some() || world.draining {
            return None;
        }
        while self.attempting.len() < endpoint.max_in_flight as usize {
            let Some(held) = self.ready.pop_front() else { break };
            let delivery = held.owed.delivery;
            self.attempting.insert(delivery);
            self.entry.mark(delivery, Stage::Attempting);
            let number = held.owed.progress.next_number();
            let order = Order { delivery, number, endpoint: Arc::clone(endpoint) };
            effects.push(Effect::Attempt(order, held));
        }
        None
    }

    fn judge(&mut self, held: Held, report: Report, world: &World<'_>) -> Effect {
        let number = held.owed.progress.next_number();
        let made = Progress { attempts: number, ..held.owed.progress };
        let failures = self.failures.unwrap_or_default();
        let Some(endpoint) = &world.endpoint else {
            // Deleted while the request ran: what was sent is recorded, what follows is nothing.
            return self.close_with(held, Some(report), Reason::EndpointDeleted, failures, world);
        };
        let policy = (&endpoint.retry, &endpoint.auto_disable);
        let judged =
            verdict::judge(report.ending, made, policy.0, policy.1, failures, world.now, world.random);
        let Judgement { verdict, failures, disable, hold_until } = judged;
        self.failures = Some(failures);
        if disable.is_some() {
            self.given_up = Some(Arc::clone(endpoint));
        }
        if hold_until.is_some() {
            let mut inner = self.entry.lock();
            inner.hold_until = inner.hold_until.max(hold_until);
        }
        // A second failure of an endpoint that was given up meanwhile ends like the first.
        let verdict = match (endpoint.status, verdict) {
            (Status::Failed | Status::Disabled, verdict::Verdict::Retry { .. }) => {
                verdict::Verdict::DeadLetter(Reason::EndpointFailed)
            }
            (_, verdict) => verdict,
        };
        self.record(held, Some(report), Close::Verdict(verdict), failures, disable, world)
    }

    fn close(&mut self, held: Held, reason: Reason, world: &World<'_>) -> Effect {
        let failures = self.failures.unwrap_or_default();
        self.close_with(held, None, reason, failures, world)
    }

    fn close_with(
        &mut self,
        held: Held,
        report: Option<Report>,
        reason: Reason,
        failures: Failures,
        world: &World<'_>,
    ) -> Effect {
        self.record(held, report, Close::Ended(reason), failures, None, world)
    }

    fn close_all(
        &mut self,
        reason: Reason,
        world: &World<'_>,
        effects: &mut Vec<Effect>,
    ) -> Option<OffsetDateTime> {
        while let Some(held) = self.ready.pop_front() {
            effects.push(self.close(held, reason, world));
        }
        None
    }

    fn record(
        &mut self,
        held: Held,
        report: Option<Report>,
        close: Close,
        failures: Failures,
        disable: Option<verdict::Disable>,
        world: &World<'_>,
    ) -> Effect {
        let Held { owed, receipt } = held;
        self.recording.insert(owed.delivery);
        self.entry.mark(owed.delivery, Stage::Recording);
        let record = Record {
            delivery: owed.delivery,
            position: owed.position,
            number: owed.progress.next_number(),
            report,
            close,
            condition: domain::endpoint::Condition { failures, ..Default::default() },
            disable,
            at: world.now,
        };
        Effect::Record(Box::new(Outcome { record, receipt }))
    }

    /// While spilling: reads what is owed, or ends the spilling.
    fn read_on(
        &mut self,
        wait_until: Option<OffsetDateTime>,
        world: &World<'_>,
        effects: &mut Vec<Effect>,
    ) -> Option<OffsetDateTime> {
        let inner = self.entry.lock();
        if !inner.spill.spilling || self.reading.is_some() || world.draining {
            return wait_until;
        }
        if self.troubled_until.is_some_and(|until| until > world.now) {
            return earliest(wait_until, self.troubled_until);
        }
        if inner.spill.catching_up {
            let count = inner.spill.count;
            let drained = inner.held.values().all(|hold| !hold.from_ledger);
            if drained && self.unspill_asked.replace(count) != Some(count) {
                effects.push(Effect::Unspill { count });
            }
            return wait_until;
        }
        if self.starved && !(self.attempting.is_empty() && self.recording.is_empty()) {
            return wait_until;
        }
        let slots = world.endpoint.as_deref().map_or(1, |endpoint| endpoint.max_in_flight as usize);
        if self.ready.len() >= slots {
            return wait_until;
        }
        drop(inner);
        let (from, count) = self.entry.begin_read();
        self.reading = Some(count);
        effects.push(Effect::Read { from, now: world.now, limit: world.limits.owed_batch });
        wait_until
    }

    /// Sets the timer for what was put off; without work for long enough, retires.
    fn rest(&mut self, until: Option<OffsetDateTime>, world: &World<'_>, effects: &mut Vec<Effect>) {
        let busy = !(self.ready.is_empty()
            && self.attempting.is_empty()
            && self.recording.is_empty()
            && self.reading.is_none())
            || self.entry.lock().spill.spilling;
        if busy {
            self.idle_since = None;
        } else if world.now - *self.idle_since.get_or_insert(world.now) >= world.limits.idle_stop {
            effects.push(Effect::Retire);
            return;
        }
        let until = if busy { until } else { Some(world.now + world.limits.idle_stop) };
        if let Some(until) = until
            && self.waking_at.is_none_or(|at| until < at)
        {
            self.waking_at = Some(until);
            // A millisecond more than asked, so that the timer never rings before its time.
            let wait = Duration::try_from(until - world.now).unwrap_or_default();
            effects.push(Effect::WakeAfter(wait + Duration::from_millis(1)));
        }
    }
}

fn earliest(one: Option<OffsetDateTime>, other: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
