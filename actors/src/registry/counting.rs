//! How much there is of what, over all endpoints: what waits in the ledger alone is counted along, and by the ledger where
//! nobody else can.

use std::ops::AddAssign;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use domain::endpoint::Endpoint;
use domain::id::EndpointId;
use domain::pace::{Moment, Pace};

use super::{Inner, Registry, Stage};
use crate::ports::Depth;

/// How much there is of what on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Of endpoints that have work.
    pub actors: usize,
    pub breakers_open: usize,
    /// Requests under way, and outcomes on their way into the ledger.
    pub in_flight: usize,
    /// Of the queue; `None` where it did not answer.
    pub depth: Option<Depth>,
    /// Deliveries that wait in the ledger alone.
    pub spilled: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.actors += other.actors;
        self.breakers_open += other.breakers_open;
        self.in_flight += other.in_flight;
        self.depth = self.depth.zip(other.depth).map(|(mut depth, other)| {
            depth += other;
            depth
        });
        self.spilled += other.spilled;
    }
}

/// An endpoint of which nobody knows how many deliveries wait in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uncounted {
    pub endpoint: EndpointId,
    /// What was never tried is counted from this position on.
    pub from: i64,
    in_hand: usize,
}

/// What is in memory of one endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Requests under way, and outcomes on their way into the ledger.
    pub in_flight: usize,
    /// Attempts that its bucket allows at once; `None` without a rate limit.
    pub tokens: Option<u32>,
}

impl Registry {
    /// How an endpoint of this node stands. Of one that was never heard of the bucket is full.
    pub fn seen(&self, endpoint: &Endpoint, at: Moment) -> Seen {
        let burst = endpoint.rate_limit.map(|limit| limit.burst.get());
        let Some(entry) = self.find(endpoint.id) else { return Seen { in_flight: 0, tokens: burst } };
        let mut inner = entry.lock();
        let in_flight = inner.in_flight();
        let left = |limit| inner.pace.as_mut().map(|pace| pace.tokens(limit, at));
        let tokens = endpoint.rate_limit.and_then(left).or(burst);
        Seen { in_flight, tokens }
    }

    pub fn counts(&self) -> Counts {
        Counts {
            actors: self.actors(),
            breakers_open: self.breakers_open(),
            in_flight: self.in_flight(),
            depth: self.depth(),
            spilled: self.spilled(),
        }
    }

    /// Deliveries that wait in the ledger alone, as far as they are counted.
    pub fn spilled(&self) -> u64 {
        self.each(|_, inner| Some(inner.spill.tally.number()).filter(|&number| number > 0)).into_iter().sum()
    }

    /// The endpoints whose waiting deliveries the ledger has to count, from where, and how many of those it finds are
    /// in hand.
    pub fn uncounted(&self) -> Vec<Uncounted> {
        self.each(|endpoint, inner| {
            if !(inner.spill.spilling && inner.spill.tally.ask()) {
                return None;
            }
            let from = inner.spill.cursor;
            let in_hand = inner.held.values().filter(|hold| hold.number > 1 || hold.position >= from).count();
            Some(Uncounted { endpoint, from, in_hand })
        })
    }

    /// The ledger counted them; `None` where it did not answer.
    pub fn counted(&self, uncounted: &Uncounted, owed: Option<u64>) {
        let waiting = owed.map(|owed| owed as i64 - uncounted.in_hand as i64);
        self.entry(uncounted.endpoint).lock().spill.tally.told(waiting);
    }

    pub fn breakers_open(&self) -> usize {
        let is_open = |inner: &Inner| inner.pace.as_ref().is_some_and(Pace::is_open);
        self.each(|_, inner| is_open(inner).then_some(())).len()
    }

    pub fn count_requeued(&self, endpoints: usize) {
        self.requeued.fetch_add(endpoints as u64, Ordering::Relaxed);
    }

    pub fn requeued(&self) -> u64 {
        self.requeued.load(Ordering::Relaxed)
    }

    pub fn note_depth(&self, depth: Option<Depth>) {
        *self.depth.lock().unwrap_or_else(PoisonError::into_inner) = depth;
    }

    pub fn depth(&self) -> Option<Depth> {
        *self.depth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn actors(&self) -> usize {
        self.alive.len()
    }

    /// Requests under way, and outcomes on their way into the ledger.
    pub fn in_flight(&self) -> usize {
        self.in_flight_of(|_| true)
    }

    /// The same of some endpoints.
    pub fn in_flight_of(&self, of: impl Fn(EndpointId) -> bool) -> usize {
        self.each(|endpoint, inner| of(endpoint).then(|| inner.in_flight())).into_iter().sum()
    }
}

impl Inner {
    /// Requests under way, and outcomes on their way into the ledger.
    fn in_flight(&self) -> usize {
        self.held.values().filter(|hold| hold.stage != Stage::Ready).count()
    }
}
