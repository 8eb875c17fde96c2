//! Which delivery is attempted next, and what follows from an attempt.

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::{Progress, Reason};
use domain::endpoint::{Endpoint, Status};
use domain::pace::{Go, Moment, Pace};
use domain::verdict::{self, Disable, Judgement, Verdict};

use super::effect::{Effect, Held};
use super::state::{Next, State, World};
use crate::ports::{Close, Order, Record, Report};
use crate::recorder::Outcome;
use crate::registry::Stage;
use crate::tenants;

/// What to do with the delivery whose turn it is.
enum Turn {
    Attempt(Held),
    /// Its requests made the actor panic, alone at last.
    Poison(Held),
    /// Nobody's turn; a retry's at this time.
    Nobody(Option<Duration>),
}

/// When the tenant of what is ready has a turn for it.
enum TenantsTurn {
    Now,
    At(Duration),
    /// The endpoint is told when it has one.
    NotTaken,
}

impl State {
    /// Starts as many attempts as may start now.
    pub(super) fn send(&mut self, world: &World<'_>, effects: &mut Vec<Effect>) -> Next {
        let Some(endpoint) = &world.endpoint else { return Next { wake: None, read: false } };
        if let Some(until) = self.troubled(world.at) {
            return Next { wake: Some(until), read: false };
        }
        if self.given_up.is_some() || world.halted {
            return Next { wake: None, read: true };
        }
        loop {
            match self.may_start(endpoint, world) {
                Go::Now => {}
                Go::NotBefore(at) => return self.wait(at, world, effects),
                // The probe was the one that was due longest; the others are read again after it.
                Go::AfterProbe => {
                    self.put_down(effects);
                    return Next { wake: None, read: false };
                }
            }
            match self.next_turn(endpoint, world.at) {
                Turn::Attempt(held) => match self.tenants_turn(endpoint, world) {
                    TenantsTurn::Now => self.start(held, endpoint, world, effects),
                    TenantsTurn::At(at) => {
                        self.ready.push_front(held);
                        return self.wait(at, world, effects);
                    }
                    TenantsTurn::NotTaken => {
                        self.ready.push_front(held);
                        return Next { wake: None, read: true };
                    }
                },
                Turn::Poison(held) => effects.push(self.close(held, Reason::Poison, world)),
                Turn::Nobody(wake) => return Next { wake, read: true },
            }
        }
    }

    /// Nothing is sent before this time: what is ready waits here for a moment, and in the ledger for longer.
    fn wait(&mut self, until: Duration, world: &World<'_>, effects: &mut Vec<Effect>) -> Next {
        let waits = self.is_open() || until > world.at.uptime + world.limits.wait_in_hand;
        if waits {
            self.put_down(effects);
        }
        Next { wake: Some(until), read: !waits }
    }

    fn may_start(&self, endpoint: &Endpoint, world: &World<'_>) -> Go {
        let mut inner = self.entry.lock();
        let honoured =
            |turn: &tenants::Turn| world.tenants.honours(*turn, endpoint.tenant_limit, world.at.uptime);
        inner.turn = inner.turn.filter(honoured);
        inner.may_start(endpoint, world.at)
    }

    /// Takes a turn of its tenant's for something that is ready.
    fn tenants_turn(&self, endpoint: &Endpoint, world: &World<'_>) -> TenantsTurn {
        let Some(limit) = endpoint.tenant_limit else { return TenantsTurn::Now };
        let uptime = world.at.uptime;
        let mut inner = self.entry.lock();
        let who = (self.id, self.ready.len());
        let kept = inner.turn.take();
        let turn = kept.or_else(|| world.tenants.take_turn(&endpoint.tenant, limit, who, uptime));
        let Some(turn) = turn else { return TenantsTurn::NotTaken };
        let Some(wait) = turn.wait(Some(limit), uptime) else { return TenantsTurn::Now };
        inner.turn = Some(turn);
        TenantsTurn::At(uptime + wait)
    }

    pub(super) fn is_open(&self) -> bool {
        self.entry.lock().pace.as_ref().is_some_and(Pace::is_open)
    }

    fn is_full(&self, endpoint: &Endpoint) -> bool {
        let inner = self.entry.lock();
        if endpoint.ordered {
            // One is over when the ledger has it: what a former actor left in the recorder counts too.
            return inner.held.values().any(|hold| hold.stage != Stage::Ready);
        }
        let slots = endpoint.max_in_flight;
        let slots = inner.pace.as_ref().map_or(slots, |pace| pace.slots(slots));
        self.attempting.len() >= slots as usize
    }

    fn next_turn(&mut self, endpoint: &Endpoint, at: Moment) -> Turn {
        if self.is_full(endpoint) {
            return Turn::Nobody(None);
        }
        let Some(first) = self.ready.front() else { return Turn::Nobody(None) };
        if let Some(due) = first.owed.due.filter(|&due| due > at.now) {
            return Turn::Nobody(Some(at.ahead(due, Duration::MAX)));
        }
        let panics = {
            let suspects = &self.entry.lock().suspects;
            let alone = self.attempting.iter().any(|delivery| suspects.contains_key(delivery));
            let panics = suspects.get(&first.owed.delivery).copied().unwrap_or(0);
            if alone || (panics == 1 && !self.attempting.is_empty()) {
                return Turn::Nobody(None);
            }
            panics
        };
        match self.ready.pop_front() {
            Some(held) if panics > 1 => Turn::Poison(held),
            Some(held) => Turn::Attempt(held),
            None => Turn::Nobody(None),
        }
    }

    fn start(&mut self, held: Held, endpoint: &Arc<Endpoint>, world: &World<'_>, effects: &mut Vec<Effect>) {
        let delivery = held.owed.delivery;
        self.attempting.insert(delivery);
        {
            let mut inner = self.entry.lock();
            inner.mark(delivery, Stage::Attempting);
            if let Some(pace) = &mut inner.pace {
                pace.start(delivery, endpoint.rate_limit, world.at);
            }
        }
        let number = held.owed.progress.next_number();
        let order = Order { delivery, number, endpoint: Arc::clone(endpoint), lease: self.lease };
        effects.push(Effect::Attempt(order, held));
    }

    pub(super) fn judge(&mut self, held: Held, report: Report, world: &World<'_>, effects: &mut Vec<Effect>) {
        let number = held.owed.progress.next_number();
        let made = Progress { attempts: number, ..held.owed.progress };
        let Some(endpoint) = &world.endpoint else {
            // Deleted while the request ran: what was sent is recorded, what follows is nothing.
            let close = Close::Ended(Reason::EndpointDeleted);
            return effects.push(self.record(held, Some(report), close, None, world));
        };
        let Judgement { verdict, disable, .. } = {
            // In one: what begins anew in between would be undone.
            let pace = &mut self.entry.lock().pace;
            let failures = pace.as_ref().map(Pace::failures).unwrap_or_default();
            let (now, random) = (world.at.now, world.random);
            let judgement = verdict::judge(
                report.ending,
                made,
                &endpoint.retry,
                &endpoint.auto_disable,
                failures,
                now,
                random,
            );
            if let Some(pace) = pace {
                let limits = &world.limits.breaker;
                let at = (world.at.uptime, random);
                pace.ended(held.owed.delivery, report.ending, judgement.failures, limits, at);
            }
            judgement
        };
        if disable.is_some() {
            self.given_up = Some(Arc::clone(endpoint));
        }
        // A second failure of an endpoint that was given up meanwhile ends like the first.
        let verdict = match (endpoint.status, verdict) {
            (Status::Failed, Verdict::Retry { .. }) => Verdict::DeadLetter(Reason::EndpointFailed),
            (Status::Disabled, Verdict::Retry { .. }) => Verdict::DeadLetter(Reason::EndpointDisabled),
            (_, verdict) => verdict,
        };
        if endpoint.ordered && matches!(verdict, Verdict::Retry { .. }) {
            // Its successors wait for it: all of them are read again, itself first.
            self.put_down(effects);
            self.entry.lock().spill.put_back(None);
        }
        effects.push(self.record(held, Some(report), Close::Verdict(verdict), disable, world));
    }

    pub(super) fn close(&mut self, held: Held, reason: Reason, world: &World<'_>) -> Effect {
        self.record(held, None, Close::Ended(reason), None, world)
    }

    pub(super) fn close_all(&mut self, reason: Reason, world: &World<'_>, effects: &mut Vec<Effect>) -> Next {
        while let Some(held) = self.ready.pop_front() {
            effects.push(self.close(held, reason, world));
        }
        Next { wake: None, read: true }
    }

    fn record(
        &mut self,
        held: Held,
        report: Option<Report>,
        close: Close,
        disable: Option<Disable>,
        world: &World<'_>,
    ) -> Effect {
        let Held { owed, receipt } = held;
        self.recording.insert(owed.delivery);
        let mut inner = self.entry.lock();
        inner.mark(owed.delivery, Stage::Recording);
        let record = Record {
            delivery: owed.delivery,
            position: owed.position,
            number: owed.progress.next_number(),
            report,
            close,
            condition: inner.pace.as_ref().map(|pace| pace.condition(world.at)).unwrap_or_default(),
            disable,
            at: world.at.now,
        };
        let in_order = world.endpoint.as_deref().is_some_and(|endpoint| endpoint.ordered);
        Effect::Record(Box::new(Outcome { record, receipt, lease: self.lease, in_order }))
    }
}
