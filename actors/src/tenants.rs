//! The rate limits of tenants: what all endpoints of one may send together.
//!
//! An endpoint that has something to send takes the tenant's next turn, now or later, and keeps it in its entry until
//! it is used: so the endpoints of a tenant come one after the other, however many wait, and none wakes in vain.
//! Left out: the endpoints' own limits; other nodes, each of which keeps the limit for what it sends itself.

use std::time::Duration;

use dashmap::DashMap;
use domain::bucket::Bucket;
use domain::endpoint::RateLimit;
use domain::tenant::TenantId;

/// A turn that was taken, and under which limit: under another it is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// On the clock that only goes forward.
    at: Duration,
    limit: RateLimit,
}

impl Turn {
    /// How long until it comes, where it is one of this limit.
    pub fn wait(self, limit: Option<RateLimit>, uptime: Duration) -> Option<Duration> {
        (limit == Some(self.limit)).then(|| self.at.saturating_sub(uptime)).filter(|wait| !wait.is_zero())
    }

    /// Whether it is one of this limit that may still be used: turns that were saved up would come all at once.
    pub fn is_good(self, limit: RateLimit, uptime: Duration) -> bool {
        limit == self.limit && uptime <= self.at + TURN_KEPT
    }
}

/// A turn that was not used for so long after it came is past.
pub const TURN_KEPT: Duration = Duration::from_secs(1);

/// The buckets of the tenants that have a limit.
pub struct Tenants {
    /// A former owner may have spent the burst just before.
    taken_over: Duration,
    buckets: DashMap<TenantId, Bucket>,
}

impl Tenants {
    /// Of a node that takes over now.
    pub fn new(taken_over: Duration) -> Self {
        Self { taken_over, buckets: DashMap::new() }
    }

    /// Takes the tenant's next turn, which may have come already.
    pub fn take_turn(&self, tenant: &TenantId, limit: RateLimit, uptime: Duration) -> Turn {
        Turn { at: self.reserve(tenant, limit, uptime), limit }
    }

    fn reserve(&self, tenant: &TenantId, limit: RateLimit, uptime: Duration) -> Duration {
        if let Some(mut bucket) = self.buckets.get_mut(tenant) {
            bucket.reconfigure(limit.per_minute, limit.burst, uptime);
            return bucket.reserve(uptime);
        }
        let fresh = || {
            let mut bucket = Bucket::new(limit.per_minute, limit.burst);
            bucket.empty_at(self.taken_over);
            bucket
        };
        self.buckets.entry(tenant.clone()).or_insert_with(fresh).reserve(uptime)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn endpoints_of_a_tenant_share_its_turns_and_others_have_their_own() {
        let tenants = Tenants::new(Duration::ZERO);
        let limit = RateLimit::per_second(NonZeroU32::new(10).unwrap());
        let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
        let start = Duration::from_secs(5);
        let wait = |tenant, limit| {
            tenants.take_turn(tenant, limit, start).wait(Some(limit), start).unwrap_or_default()
        };
        let waits: Vec<_> = (0..3).map(|_| wait(&acme, limit)).collect();
        assert_eq!(waits, [0, 100, 200].map(Duration::from_millis));
        assert_eq!(wait(&other, limit), Duration::ZERO);
        let faster = RateLimit::per_second(NonZeroU32::new(100).unwrap());
        assert!(wait(&acme, faster) < Duration::from_millis(50));
    }

    #[test]
    fn a_turn_is_worth_nothing_under_another_limit_or_long_after() {
        let tenants = Tenants::new(Duration::ZERO);
        let (slow, fast) = [1, 100].map(|rate| RateLimit::per_second(NonZeroU32::new(rate).unwrap())).into();
        let (acme, start, second) = ("acme".parse().unwrap(), Duration::from_secs(5), Duration::from_secs(1));
        let _first = tenants.take_turn(&acme, slow, start);
        let turn = tenants.take_turn(&acme, slow, start);
        assert_eq!(turn.wait(Some(slow), start), Some(second));
        assert_eq!((turn.wait(Some(fast), start), turn.wait(None, start)), (None, None));
        assert!(turn.is_good(slow, start + second + TURN_KEPT) && !turn.is_good(fast, start));
        assert!(!turn.is_good(slow, start + second + TURN_KEPT + Duration::from_millis(1)));
    }
}
