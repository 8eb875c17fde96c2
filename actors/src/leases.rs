//! What this node holds: which shards, each under which lease, and until when it may act on it.
//!
//! Promises: nothing is sent for a shard whose lease may have run out, by a clock that only goes forward, and so not
//! after the process itself stood still either. Leaves out: renewing them (the service), and the fence that the ledger
//! keeps whatever this node believes.

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use domain::id::{EndpointId, Shard};
use domain::lease::Lease;
use domain::pace::Moment;
use tokio::sync::watch;

/// Whoever owns this shard does what one node alone has to do.
pub const LEADING: Shard = Shard(0);

/// Cloned freely; all clones are one.
#[derive(Clone, Default)]
pub struct Leases(Arc<Inner>);

#[derive(Default)]
struct Inner {
    held: DashMap<Shard, Held>,
    /// Told of every change but the passing of time.
    changes: watch::Sender<()>,
}

#[derive(Clone, Copy)]
struct Held {
    epoch: i64,
    /// Nothing is sent from here on unless it is renewed.
    until: Duration,
    /// What the shard's endpoints were sent just before is not known.
    taken: Moment,
    /// What is under way may end, and nothing new begins: another node is to have it.
    handed_over: bool,
}

/// What a renewal found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Renewed {
    /// Held no more: another node has them.
    pub lost: Vec<Lease>,
    /// They had run out, and nobody took them.
    pub resumed: Vec<Lease>,
    /// Of this node's by the ledger, and not held.
    pub stray: Vec<Lease>,
}

impl Leases {
    pub fn take(&self, lease: Lease, until: Duration, taken: Moment) {
        self.0.held.insert(lease.shard, Held { epoch: lease.epoch, until, taken, handed_over: false });
        self.0.changes.send_replace(());
    }

    /// The ledger has renewed these: they are good `until` then. Whatever else is held is not this node's any more; it
    /// is good until it is let go, as long as it was.
    pub fn renew(&self, renewed: &[Lease], until: Duration, uptime: Duration) -> Renewed {
        let mut result = Renewed::default();
        for &lease in renewed {
            match self.0.held.get_mut(&lease.shard).filter(|held| held.epoch == lease.epoch) {
                Some(mut held) => {
                    if held.until <= uptime {
                        result.resumed.push(lease);
                    }
                    held.until = held.until.max(until);
                }
                None => result.stray.push(lease),
            }
        }
        result.lost = self.held();
        result.lost.retain(|lease| !renewed.contains(lease));
        result
    }

    /// Nothing new begins for a shard.
    pub fn hand_over(&self, lease: Lease) {
        if let Some(mut held) = self.0.held.get_mut(&lease.shard).filter(|held| held.epoch == lease.epoch) {
            held.handed_over = true;
        }
        self.0.changes.send_replace(());
    }

    pub fn let_go(&self, lease: Lease) {
        self.0.held.remove_if(&lease.shard, |_, held| held.epoch == lease.epoch);
        self.0.changes.send_replace(());
    }

    /// Whether this node may act on it still.
    pub fn is_good(&self, lease: Lease, uptime: Duration) -> bool {
        self.get(lease).is_some_and(|held| uptime < held.until)
    }

    /// Whether anything new may begin on it.
    pub fn may_send(&self, lease: Lease, uptime: Duration) -> bool {
        self.get(lease).is_some_and(|held| uptime < held.until && !held.handed_over)
    }

    /// When a former owner may have spent the whole burst of an endpoint, if there was one.
    pub fn emptied_at(&self, lease: Lease, endpoint: EndpointId) -> Option<Duration> {
        let taken = self.get(lease)?.taken;
        (endpoint.made_at() < taken.now).then_some(taken.uptime)
    }

    fn get(&self, lease: Lease) -> Option<Held> {
        self.0.held.get(&lease.shard).filter(|held| held.epoch == lease.epoch).map(|held| *held)
    }

    /// Under which lease a shard is held.
    pub fn of(&self, shard: Shard) -> Option<Lease> {
        self.0.held.get(&shard).map(|held| Lease { shard, epoch: held.epoch })
    }

    pub fn held(&self) -> Vec<Lease> {
        let lease = |shard: Shard, held: &Held| Lease { shard, epoch: held.epoch };
        self.0.held.iter().map(|held| lease(*held.key(), held.value())).collect()
    }

    /// The shards that are being handed over.
    pub fn handed_over(&self) -> Vec<Shard> {
        self.0.held.iter().filter(|held| held.handed_over).map(|held| *held.key()).collect()
    }

    /// Whether it falls to this node to do what one alone has to do.
    pub fn leads(&self) -> bool {
        self.0.held.get(&LEADING).is_some_and(|held| !held.handed_over)
    }

    /// Waits until it is so.
    pub async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        let mut changes = self.0.changes.subscribe();
        // The sender is here: it does not end.
        while !is_so(self) && changes.changed().await.is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    const fn lease(shard: u16, epoch: i64) -> Lease {
        Lease { shard: Shard(shard), epoch }
    }

    fn taken(leases: &[Lease], until: u64) -> Leases {
        let held = Leases::default();
        let taken = Moment { now: OffsetDateTime::UNIX_EPOCH, uptime: Duration::ZERO };
        for &lease in leases {
            held.take(lease, Duration::from_secs(until), taken);
        }
        held
    }

    #[test]
    fn it_is_good_until_its_time_and_under_its_epoch() {
        let (mine, at) = (lease(1, 4), Duration::from_secs);
        let leases = taken(&[mine], 8);
        assert!(leases.may_send(mine, at(7)) && !leases.may_send(mine, at(8)));
        assert!(!leases.is_good(lease(1, 3), at(0)) && !leases.is_good(lease(2, 4), at(0)));
        assert_eq!(leases.renew(&[mine], at(10), at(2)), Renewed::default());
        assert!(leases.is_good(mine, at(9)));
        // An answer that comes late takes nothing back.
        leases.renew(&[mine], at(9), at(3));
        assert!(leases.is_good(mine, at(9)));
        leases.let_go(lease(1, 3));
        assert!(leases.is_good(mine, at(9)));
        leases.let_go(mine);
        assert!(!leases.is_good(mine, at(0)));
    }

    #[test]
    fn what_is_handed_over_may_end_and_not_begin() {
        let leases = taken(&[lease(0, 1)], 8);
        assert!(leases.leads());
        leases.hand_over(lease(0, 1));
        assert!(!leases.may_send(lease(0, 1), Duration::ZERO) && leases.is_good(lease(0, 1), Duration::ZERO));
        assert_eq!((leases.handed_over(), leases.leads()), (vec![Shard(0)], false));
    }

    #[test]
    fn a_renewal_tells_what_is_lost_what_goes_on_and_what_nobody_here_knows() {
        let leases = taken(&[lease(1, 1), lease(2, 1)], 8);
        let renewed =
            leases.renew(&[lease(1, 1), lease(3, 7)], Duration::from_secs(20), Duration::from_secs(12));
        let expected =
            Renewed { lost: vec![lease(2, 1)], resumed: vec![lease(1, 1)], stray: vec![lease(3, 7)] };
        assert_eq!(renewed, expected);
        assert!(leases.is_good(lease(1, 1), Duration::from_secs(19)));
        assert!(!leases.is_good(lease(2, 1), Duration::from_secs(12)));
    }
}
