//! What this node holds: which shards, each under which lease, and until when it may act on it.
//!
//! Promises: nothing is sent for a shard whose lease may have run out, by a clock that only goes forward, and so not
//! after the process itself stood still either. Leaves out: renewing them (the service), and the fence that the ledger
//! keeps whatever this node believes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use domain::id::{EndpointId, Shard};
use domain::lease::Lease;
use domain::pace::Moment;
use tokio::sync::watch;

/// Whoever owns this shard does what one node alone has to do.
pub const LEADING: Shard = Shard(0);

/// Cloned freely; all clones are one.
#[derive(Clone)]
pub struct Leases(Arc<Inner>);

struct Inner {
    /// How many there are.
    shards: u16,
    held: DashMap<Shard, Held>,
    /// All shards are held: since when, and until when they are good.
    whole: Mutex<Option<(Duration, Duration)>>,
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
    /// Of so many shards, none of which is held.
    pub fn new(shards: u16) -> Self {
        Self(Arc::new(Inner {
            shards,
            held: DashMap::new(),
            whole: Mutex::default(),
            changes: watch::Sender::default(),
        }))
    }

    pub fn take(&self, lease: Lease, until: Duration, taken: Moment) {
        self.0.held.insert(lease.shard, Held { epoch: lease.epoch, until, taken, handed_over: false });
        self.changed();
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
        self.look_whole();
        result.lost = self.held();
        result.lost.retain(|lease| !renewed.contains(lease));
        result
    }

    /// Nothing new begins for a shard.
    pub fn hand_over(&self, lease: Lease) {
        if let Some(mut held) = self.0.held.get_mut(&lease.shard).filter(|held| held.epoch == lease.epoch) {
            held.handed_over = true;
        }
        self.changed();
    }

    pub fn let_go(&self, lease: Lease) {
        self.0.held.remove_if(&lease.shard, |_, held| held.epoch == lease.epoch);
        self.changed();
    }

    /// Whether this node may act on it still.
    pub fn is_good(&self, lease: Lease, uptime: Duration) -> bool {
        self.get(lease).is_some_and(|held| uptime < held.until)
    }

    /// Whether anything new may begin on it.
    pub fn may_send(&self, lease: Lease, uptime: Duration) -> bool {
        self.get(lease).is_some_and(|held| uptime < held.until && !held.handed_over)
    }

    /// Since when this node alone sends anything, where it does: it holds all there is, and hands nothing over.
    pub fn whole_since(&self, uptime: Duration) -> Option<Duration> {
        let whole = *self.0.whole.lock().unwrap_or_else(PoisonError::into_inner);
        whole.filter(|(_, until)| uptime < *until).map(|(since, _)| since)
    }

    fn changed(&self) {
        self.look_whole();
        self.0.changes.send_replace(());
    }

    fn look_whole(&self) {
        // Looked at under the lock: who comes last has seen all.
        let mut whole = self.0.whole.lock().unwrap_or_else(PoisonError::into_inner);
        let held: Vec<Held> = self.0.held.iter().map(|held| *held).collect();
        let is_whole = held.len() == usize::from(self.0.shards) && !held.iter().any(|held| held.handed_over);
        let since = held.iter().map(|held| held.taken.uptime).max();
        let until = held.iter().map(|held| held.until).min();
        *whole = since.zip(until).filter(|_| is_whole);
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
        let held = Leases::new(4);
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
    fn it_is_whole_while_every_shard_is_good_and_none_is_handed_over() {
        let all: Vec<Lease> = (0..4).map(|shard| lease(shard, 1)).collect();
        let at = Duration::from_secs;
        assert_eq!(taken(&all[1..], 8).whole_since(at(1)), None);
        let leases = taken(&all, 8);
        assert_eq!((leases.whole_since(at(7)), leases.whole_since(at(8))), (Some(at(0)), None));
        // One of them is another's by the ledger: it is good no longer than it was.
        leases.renew(&all[1..], at(20), at(7));
        assert_eq!((leases.whole_since(at(7)), leases.whole_since(at(8))), (Some(at(0)), None));
        leases.renew(&all, at(20), at(7));
        assert_eq!(leases.whole_since(at(19)), Some(at(0)));
        leases.hand_over(all[2]);
        assert_eq!(leases.whole_since(at(7)), None);
        leases.let_go(all[2]);
        assert_eq!(leases.whole_since(at(7)), None);
        leases.take(lease(2, 5), at(20), Moment { now: OffsetDateTime::UNIX_EPOCH, uptime: at(9) });
        assert_eq!(leases.whole_since(at(9)), Some(at(9)));
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
