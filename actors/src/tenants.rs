//! The rate limits of tenants: what all endpoints of one may send together.
//!
//! An endpoint that has something to send takes the tenant's next turn, now or later, and keeps it in its entry until
//! it is used: so the endpoints of a tenant come one after the other, however many wait, and none wakes in vain.
//! Left out: the endpoints' own limits; a tenant whose endpoints are spread over several nodes.

use std::time::Duration;

use dashmap::DashMap;
use domain::bucket::Bucket;
use domain::endpoint::RateLimit;
use domain::tenant::TenantId;

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

    /// Takes the tenant's next turn: when it is, on the clock that only goes forward.
    pub fn take_turn(&self, tenant: &TenantId, limit: RateLimit, uptime: Duration) -> Duration {
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
        let turns: Vec<_> = (0..3).map(|_| tenants.take_turn(&acme, limit, start)).collect();
        assert_eq!(turns, [0, 100, 200].map(|millis| start + Duration::from_millis(millis)));
        assert_eq!(tenants.take_turn(&other, limit, start), start);
        let faster = RateLimit::per_second(NonZeroU32::new(100).unwrap());
        assert!(tenants.take_turn(&acme, faster, start) < start + Duration::from_millis(50));
    }
}
