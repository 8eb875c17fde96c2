//! The rate limits of tenants: what all endpoints of one may send together, whichever nodes they are on.
//!
//! An endpoint that has something to send takes the tenant's next turn, now or later, and keeps it in its entry until
//! it is used: so the endpoints of a tenant come one after the other, however many wait, and none wakes in vain. A node
//! that holds every shard has the tenant's bucket in memory. One among several takes stretches of the tenant's line in
//! the ledger (`domain::turns`); whoever finds none waits until `asking` has taken more. No turn, no attempt.
//! Left out: the endpoints' own limits.

mod asking;

use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use domain::bucket::{self, Bucket};
use domain::endpoint::RateLimit;
use domain::id::EndpointId;
use domain::tenant::TenantId;
use domain::turns::{self, Turns};
use tokio::sync::Notify;

pub use self::asking::Asking;
use crate::leases::Leases;

/// A turn that was taken, and on which terms: on others it is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    turn: turns::Turn,
    terms: Terms,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Terms {
    limit: RateLimit,
    source: Source,
}

/// Where turns come from, and since when, on the clock that only goes forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// All of the tenant's endpoints are on this node.
    Memory {
        since: Duration,
    },
    Ledger {
        since: Duration,
    },
}

impl Turn {
    /// How long until it comes, where it is one of this limit.
    pub fn wait(self, limit: Option<RateLimit>, uptime: Duration) -> Option<Duration> {
        let is_of_limit = limit == Some(self.terms.limit);
        is_of_limit.then(|| self.turn.at.saturating_sub(uptime)).filter(|wait| !wait.is_zero())
    }
}

/// A turn that was not used for so long after it came is past: turns that were saved up would come all at once.
pub const TURN_KEPT: Duration = Duration::from_secs(1);

/// The tenants that have a limit.
pub struct Tenants {
    leases: Leases,
    allowances: DashMap<TenantId, Allowance>,
    /// Somebody found no turn, or few.
    short: Notify,
}

struct Allowance {
    terms: Terms,
    turns: Supply,
}

enum Supply {
    Memory(Bucket),
    Ledger(Turns<EndpointId>),
}

/// A stretch to be taken of a tenant's line.
struct Ask {
    tenant: TenantId,
    terms: Terms,
    count: usize,
}

impl Ask {
    fn length(&self) -> Duration {
        let count = u32::try_from(self.count).unwrap_or(u32::MAX);
        bucket::interval(self.terms.limit.per_minute).saturating_mul(count)
    }
}

impl Tenants {
    /// Of a node that holds these.
    pub fn new(leases: Leases) -> Self {
        Self { leases, allowances: DashMap::new(), short: Notify::new() }
    }

    /// Whether a turn may still be used, or waited for.
    pub fn honours(&self, turn: Turn, limit: Option<RateLimit>, uptime: Duration) -> bool {
        let source_is_good = match turn.terms.source {
            Source::Memory { since } => self.leases.whole_since(uptime) == Some(since),
            Source::Ledger { .. } => self.leases.whole_since(uptime).is_none(),
        };
        limit == Some(turn.terms.limit) && uptime <= turn.turn.until && source_is_good
    }

    /// Takes the tenant's next turn, which may have come already, for an endpoint that has so much to send besides. In
    /// want of one it is told when it has one.
    pub fn take_turn(
        &self,
        tenant: &TenantId,
        limit: RateLimit,
        who: (EndpointId, usize),
        uptime: Duration,
    ) -> Option<Turn> {
        let whole_since = self.leases.whole_since(uptime);
        let mut allowance = match self.allowances.entry(tenant.clone()) {
            Entry::Occupied(known) => {
                let mut known = known.into_ref();
                known.adapt(limit, whole_since, uptime);
                known
            }
            // A former owner may have spent the burst just before.
            Entry::Vacant(new) => {
                new.insert(Allowance::new(limit, whole_since, whole_since.unwrap_or(uptime)))
            }
        };
        let terms = allowance.terms;
        let turn = match &mut allowance.turns {
            Supply::Memory(bucket) => {
                let at = bucket.reserve(uptime);
                Some(turns::Turn { at, until: at + TURN_KEPT })
            }
            Supply::Ledger(turns) => {
                let (endpoint, behind) = who;
                let turn = turns.take(endpoint, behind, uptime);
                if turns.is_short() {
                    self.short.notify_one();
                }
                turn
            }
        };
        turn.map(|turn| Turn { turn, terms })
    }

    /// What is to be taken of the lines now, and whether there will be more before anybody says so.
    fn asks(&self, uptime: Duration) -> (Vec<Ask>, bool) {
        let (mut asks, mut short) = (Vec::new(), false);
        for mut allowance in self.allowances.iter_mut() {
            let (tenant, Allowance { terms, turns }) = allowance.pair_mut();
            let (Supply::Ledger(turns), Source::Ledger { since }) = (turns, terms.source) else { continue };
            // What was sent just before, with turns from elsewhere, is not on the line.
            if uptime >= since + bucket::interval(terms.limit.per_minute) {
                let count = turns.ask(uptime);
                if count > 0 {
                    asks.push(Ask { tenant: tenant.clone(), terms: *terms, count });
                }
            }
            short |= turns.is_short();
        }
        (asks, short)
    }

    /// A stretch was taken. Answers with those who have a turn now.
    fn taken(&self, ask: &Ask, first: turns::Turn) -> Vec<(EndpointId, Turn)> {
        let Some(mut allowance) = self.allowances.get_mut(&ask.tenant) else { return Vec::new() };
        let terms = allowance.terms;
        match &mut allowance.turns {
            Supply::Ledger(turns) if terms == ask.terms => {
                let given = turns.taken(first, ask.count);
                given.into_iter().map(|(who, turn)| (who, Turn { turn, terms })).collect()
            }
            // It came too late: it is past.
            Supply::Ledger(_) | Supply::Memory(_) => Vec::new(),
        }
    }
}

impl Allowance {
    /// With nothing to spare at this time.
    fn new(limit: RateLimit, whole_since: Option<Duration>, empty_at: Duration) -> Self {
        let (source, turns) = if let Some(since) = whole_since {
            let mut bucket = Bucket::new(limit.per_minute, limit.burst);
            bucket.empty_at(empty_at);
            (Source::Memory { since }, Supply::Memory(bucket))
        } else {
            let turns = Turns::new(bucket::interval(limit.per_minute));
            (Source::Ledger { since: empty_at }, Supply::Ledger(turns))
        };
        Self { terms: Terms { limit, source }, turns }
    }

    /// To the terms of now.
    fn adapt(&mut self, limit: RateLimit, whole_since: Option<Duration>, uptime: Duration) {
        let same_limit = self.terms.limit == limit;
        match (&mut self.turns, self.terms.source, whole_since) {
            (Supply::Memory(bucket), Source::Memory { since }, Some(now)) if since == now => {
                bucket.reconfigure(limit.per_minute, limit.burst, uptime);
                self.terms.limit = limit;
            }
            (Supply::Ledger(_), _, None) if same_limit => {}
            _ => *self = Self::new(limit, whole_since, uptime),
        }
    }
}

#[cfg(test)]
mod tests;
