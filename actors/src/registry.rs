//! The registry: what must be known of an endpoint whether or not its actor is alive. Which deliveries are
//! held, whether the endpoint is spilling and how far it has read, and where its actor is.
//!
//! Promises: a delivery is held at most once; the spilling state outlives the actor; an actor that stops
//! for want of work never takes a handed delivery with it, because handing and stopping happen under one
//! lock. Leaves out: the durable half of spilling, which the shard's feeder alone writes.

mod counting;
mod spill;
mod tally;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dashmap::DashMap;
use domain::endpoint::Endpoint;
use domain::id::{DeliveryId, EndpointId};
use domain::pace::{Go, Moment, Pace};
use ractor::{ActorId, ActorRef};

pub use self::counting::{Counts, Uncounted};
pub use self::spill::Spill;
use crate::endpoint::Message;
use crate::feeder::Waiting;
use crate::kept::Kept;
use crate::ports::{Depth, Overdue, Owed, OwedPage};
use crate::recorder::Outcome;
use crate::tenants::Turn;

#[derive(Default)]
pub struct Registry {
    entries: DashMap<EndpointId, Arc<Entry>>,
    /// Whose actor it is, for the supervisor that hears only of the actor.
    alive: DashMap<ActorId, EndpointId>,
    /// Endpoints that the auditor had to send to the ledger, so far.
    requeued: AtomicU64,
    /// What the queue held when the auditor looked last; `None` where it could not.
    depth: Mutex<Option<Depth>>,
}

/// One endpoint's entry. Every method is short and takes no other lock.
#[derive(Default)]
pub struct Entry(Mutex<Inner>);

#[derive(Default)]
pub struct Inner {
    pub actor: Option<ActorRef<Message>>,
    /// From hand or ledger read to the recorder's confirmation.
    pub held: HashMap<DeliveryId, Hold>,
    pub spill: Spill,
    /// Let go while the actor's ledger read runs: its rows may show them as owed still.
    released_since_read: Option<HashSet<DeliveryId>>,
    /// The same for the feeder's look at where deliveries stand.
    released_since_check: Option<HashSet<DeliveryId>>,
    /// When the next attempt may start. `None` until an actor is spawned, where a former owner had noted nothing.
    pub pace: Option<Pace>,
    /// The turn of its tenant's that it waits for or has not used.
    pub turn: Option<Turn>,
    /// Outcomes that the recorder has not confirmed.
    pub(crate) kept: Kept,
    /// Under way when their actor panicked, and how often: attempted alone.
    pub suspects: HashMap<DeliveryId, u32>,
    /// Its actor died, and no other is spawned before the supervisor says so.
    pub rests: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Hold {
    pub position: i64,
    /// Of the attempt that is due. More than one, and it is a retry.
    pub number: u32,
    /// Read back from the ledger: no message in the queue stands for it.
    pub from_ledger: bool,
    pub stage: Stage,
}

/// How far a held delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Ready,
    /// Its request is under way: it dies with the actor.
    Attempting,
    /// Its outcome is with the recorder: it outlives the actor.
    Recording,
}

/// How an endpoint's actor came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    Killed,
    /// A panic or an error: of ours, and maybe over what was in flight.
    Failed,
    /// As somebody asked for.
    Chaos,
}

/// What a dead actor left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub endpoint: EndpointId,
    /// The lowest position it held of what was never tried: a retry is found wherever one reads on.
    pub lowest: Option<i64>,
    /// Somebody has to go on with it.
    pub has_work: bool,
}

impl Registry {
    pub fn entry(&self, endpoint: EndpointId) -> Arc<Entry> {
        if let Some(entry) = self.entries.get(&endpoint) {
            return Arc::clone(&entry);
        }
        Arc::clone(&self.entries.entry(endpoint).or_default())
    }

    /// The entry of an endpoint, where there is one.
    pub fn find(&self, endpoint: EndpointId) -> Option<Arc<Entry>> {
        self.entries.get(&endpoint).map(|entry| Arc::clone(&entry))
    }

    /// Another node owns these endpoints: nothing of them is known here any more. Answers with the actors that have to
    /// end.
    pub fn forget(&self, of: impl Fn(EndpointId) -> bool) -> Vec<ActorRef<Message>> {
        let mut actors = Vec::new();
        self.entries.retain(|endpoint, entry| {
            let stays = !of(*endpoint);
            if !stays {
                actors.extend(entry.lock().actor.take());
            }
            stays
        });
        actors
    }

    /// Tells the actors of these endpoints to look again.
    pub fn wake(&self, of: impl Fn(EndpointId) -> bool) {
        self.alive().into_iter().filter(|endpoint| of(*endpoint)).for_each(|endpoint| self.tell(&[endpoint]));
    }

    /// Tells the actors of these endpoints, where they live, that something changed.
    pub fn tell(&self, endpoints: &[EndpointId]) {
        for endpoint in endpoints {
            if let Some(entry) = self.entries.get(endpoint) {
                entry.tell(Message::Changed);
            }
        }
    }

    /// What outlived the former owner of an endpoint. What is known of it under this one counts more.
    pub fn resume(&self, endpoint: EndpointId, pace: Pace) {
        self.entry(endpoint).lock().pace.get_or_insert(pace);
    }

    /// An endpoint's failures, breaker and hold are over, whether or not its actor lives.
    pub fn begin_anew(&self, endpoint: EndpointId) {
        if let Some(entry) = self.entries.get(&endpoint) {
            entry.lock().pace.iter_mut().for_each(Pace::start_clean);
        }
    }

    /// An endpoint keeps order from now on, whether or not its actor lives: where it begins is not known.
    pub fn put_in_order(&self, endpoint: EndpointId) {
        if let Some(entry) = self.entries.get(&endpoint) {
            entry.lock().spill.settled = None;
        }
    }

    pub fn born(&self, actor: ActorId, endpoint: EndpointId) {
        self.alive.insert(actor, endpoint);
    }

    /// An actor is gone. Answers with what it left behind; one that retired left nothing.
    pub fn bury(&self, actor: ActorId, death: Death) -> Option<Left> {
        let (_, endpoint) = self.alive.remove(&actor)?;
        let entry = self.find(endpoint)?;
        let mut inner = entry.lock();
        if inner.actor.as_ref().is_none_or(|alive| alive.get_id() != actor) {
            return None;
        }
        inner.actor = None;
        // At once: nobody spawns another before the supervisor has decided.
        inner.rests = true;
        let Inner { held, kept, suspects, spill, pace, .. } = &mut *inner;
        // A probe that was under way died with it.
        pace.iter_mut().for_each(Pace::cut_off);
        let mut lowest = None;
        let mut has_work = spill.spilling;
        // An outcome is not lost with its actor: it is let go when it is confirmed.
        for (delivery, hold) in held.extract_if(|delivery, _| !kept.has(delivery)) {
            has_work = true;
            if hold.number == 1 {
                lowest = lowest.into_iter().chain([hold.position]).min();
            }
            if death == Death::Failed && hold.stage != Stage::Ready {
                *suspects.entry(delivery).or_default() += 1;
            }
        }
        spill.put_back(lowest);
        Some(Left { endpoint, lowest, has_work })
    }

    /// The actor of an endpoint, where it lives.
    pub fn actor(&self, endpoint: EndpointId) -> Option<ActorRef<Message>> {
        self.find(endpoint)?.lock().actor.clone()
    }

    /// The endpoints whose actors live.
    pub fn alive(&self) -> Vec<EndpointId> {
        self.alive.iter().map(|alive| *alive.value()).collect()
    }

    /// The endpoints that spill, and from where they read on.
    pub fn spilling(&self) -> Vec<(EndpointId, Option<i64>)> {
        let spilling = |inner: &Inner| {
            let cursor = Some(inner.spill.cursor).filter(|&cursor| cursor < i64::MAX);
            inner.spill.spilling.then_some(cursor)
        };
        self.each(|endpoint, inner| Some((endpoint, spilling(inner)?)))
    }

    /// The endpoints with outcomes that the recorder has not confirmed.
    pub fn unrecorded(&self) -> Vec<EndpointId> {
        self.each(|endpoint, inner| (!inner.kept.is_empty()).then_some(endpoint))
    }

    /// The feeder of these endpoints died: its look at where deliveries stand is over, and what it wrote last is not
    /// known any more.
    pub fn lose_feeder(&self, of: impl Fn(EndpointId) -> bool) {
        self.each(|endpoint, inner| {
            if of(endpoint) {
                inner.watch(false);
                inner.spill.durable = None;
            }
            None::<()>
        });
    }

    fn each<T>(&self, look: impl Fn(EndpointId, &mut Inner) -> Option<T>) -> Vec<T> {
        self.entries.iter().filter_map(|entry| look(*entry.key(), &mut entry.lock())).collect()
    }

    /// What of this is neither in hand nor will be read from the ledger, as it is to be left there.
    pub fn missing(&self, overdue: &Overdue) -> Option<Waiting> {
        let Some(entry) = self.find(overdue.endpoint) else {
            return Some(Waiting::uncounted(overdue.endpoint, overdue.untried.first().copied()));
        };
        let inner = entry.lock();
        let reading = inner.spill.spilling && !inner.spill.catching_up;
        let reached = |position: i64| {
            (reading && position >= inner.spill.cursor)
                || inner.held.values().any(|hold| hold.position == position)
        };
        let untried = overdue.untried.iter().copied().find(|&position| !reached(position));
        let held = |event| inner.held.contains_key(&DeliveryId { event, endpoint: overdue.endpoint });
        // Retries are read first, wherever the cursor is.
        let retries = !reading && overdue.retries.iter().any(|&event| !held(event));
        (untried.is_some() || retries).then(|| Waiting::uncounted(overdue.endpoint, untried))
    }
}

impl Entry {
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn tell(&self, message: Message) {
        if let Some(actor) = &self.lock().actor {
            // An actor that is gone is noticed by its supervisor.
            let _ = actor.cast(message);
        }
    }

    /// Keeps an outcome until the recorder confirms it.
    pub fn keep(&self, outcome: Outcome) {
        self.lock().kept.keep(outcome);
    }

    /// The first outcomes that the recorder has not confirmed.
    pub fn kept(&self, limit: usize) -> Vec<Arc<Outcome>> {
        self.lock().kept.first(limit)
    }

    /// Lets a delivery go with the outcome of this attempt: whether it was held with it.
    pub fn release(&self, delivery: DeliveryId, number: u32) -> bool {
        let mut inner = self.lock();
        if !inner.kept.let_go(delivery, number) {
            return false;
        }
        inner.suspects.remove(&delivery);
        inner.let_go(delivery);
        true
    }

    /// Lets an actor without work go. From here on the next hand spawns another.
    pub fn retire(&self, actor: ActorId) -> bool {
        let mut inner = self.lock();
        let idle = inner.held.is_empty() && !inner.spill.spilling;
        if idle && inner.actor.as_ref().is_some_and(|alive| alive.get_id() == actor) {
            inner.actor = None;
        }
        idle
    }

    /// A ledger read ended: takes what it brought into the hand, without what is held already or was let go
    /// while it ran.
    pub fn end_read(&self, page: OwedPage, count: u64) -> Vec<Owed> {
        let mut inner = self.lock();
        let released = inner.released_since_read.take().unwrap_or_default();
        let read_to = page.owed.iter().map(|owed| owed.position).max().unwrap_or(0);
        // What was let go meanwhile may be owed anew: only a read that nothing crossed shows the end.
        let whole = page.owed.iter().all(|owed| !released.contains(&owed.delivery));
        let mut admitted = Vec::with_capacity(page.owed.len());
        for owed in page.owed {
            if released.contains(&owed.delivery) || inner.held.contains_key(&owed.delivery) {
                continue;
            }
            let hold = Hold {
                position: owed.position,
                number: owed.progress.next_number(),
                from_ledger: true,
                stage: Stage::Ready,
            };
            inner.held.insert(owed.delivery, hold);
            admitted.push(owed);
        }
        inner.spill.tally.take(admitted.len());
        inner.spill.end_read(page.next, count, read_to, whole);
        admitted
    }
}

impl Inner {
    /// Whether an attempt may start, as far as it is known without one that is ready.
    pub fn may_start(&mut self, endpoint: &Endpoint, at: Moment) -> Go {
        let go = self.pace.as_mut().map_or(Go::Now, |pace| pace.may_start(endpoint.rate_limit, at));
        let wait = self.turn.and_then(|turn| turn.wait(endpoint.tenant_limit, at.uptime));
        match (go, wait) {
            (Go::AfterProbe, _) | (_, None) => go,
            (Go::Now, Some(wait)) => Go::NotBefore(at.uptime + wait),
            (Go::NotBefore(until), Some(wait)) => Go::NotBefore(until.max(at.uptime + wait)),
        }
    }

    pub fn mark(&mut self, delivery: DeliveryId, stage: Stage) {
        if let Some(hold) = self.held.get_mut(&delivery) {
            hold.stage = stage;
        }
    }

    /// Holds a delivery no longer. Whoever looks at the ledger at this moment is told.
    pub fn let_go(&mut self, delivery: DeliveryId) {
        if self.held.remove(&delivery).is_some() {
            self.released_since_read.iter_mut().for_each(|released| released.extend([delivery]));
            self.released_since_check.iter_mut().for_each(|released| released.extend([delivery]));
        }
    }

    /// A ledger read begins: from where, and at which spill count.
    pub fn begin_read(&mut self) -> (i64, u64) {
        self.released_since_read = Some(HashSet::new());
        self.spill.begin_read()
    }

    /// The feeder looks in the ledger where deliveries of this endpoint stand, or is through with it.
    pub fn watch(&mut self, on: bool) {
        self.released_since_check = on.then(HashSet::new);
    }

    /// What the feeder saw of it is out of date.
    pub fn moved_since_check(&self, delivery: DeliveryId) -> bool {
        self.released_since_check.as_ref().is_some_and(|released| released.contains(&delivery))
    }
}
