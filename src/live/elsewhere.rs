//! Those who look on at other nodes: which tenants they want to see, and what is to be sent to them.
//!
//! Promises: while nobody looks on anywhere else, telling costs a look at one flag; what cannot be sent is counted, and
//! who looks on learns how many it was. A node that does not say again that it wants something is forgotten. Leaves
//! out: how it gets there.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::lease::NodeId;
use domain::tenant::TenantId;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Seen;

/// A node says again what it wants after this …
pub const SAID_AGAIN: Duration = Duration::from_secs(5);
/// … and is forgotten when it did not for so long.
const FORGOTTEN: Duration = Duration::from_secs(15);
/// Tenants that are wanted; past it, a further one is not.
const TENANTS_MAX: usize = 10_000;
/// Nodes that one is wanted by.
const NODES_MAX: usize = 256;
/// Attempts of a tenant that wait to be sent; past it, some are missed.
const WAITING_MAX: usize = 1_000;
/// Attempts sent at once.
const PART: usize = 200;

/// What is sent to a node that looks on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub tenant: TenantId,
    /// So many before these were left out.
    pub missed: u64,
    pub attempts: Vec<Seen>,
}

#[derive(Default)]
pub struct Elsewhere {
    is_wanted: AtomicBool,
    wanted: Mutex<HashMap<TenantId, Wanted>>,
    more: Notify,
}

#[derive(Default)]
struct Wanted {
    /// By whom, and until when.
    nodes: HashMap<NodeId, Instant>,
    waiting: VecDeque<Seen>,
    missed: u64,
}

impl Elsewhere {
    /// Another node wants to see these tenants' attempts.
    pub fn want(&self, node: NodeId, tenants: &[TenantId]) {
        let until = Instant::now() + FORGOTTEN;
        let mut wanted = self.lock();
        for tenant in tenants {
            if wanted.len() < TENANTS_MAX || wanted.contains_key(tenant) {
                let nodes = &mut wanted.entry(tenant.clone()).or_default().nodes;
                if nodes.len() < NODES_MAX || nodes.contains_key(&node) {
                    nodes.insert(node, until);
                }
            }
        }
        self.is_wanted.store(!wanted.is_empty(), Ordering::Relaxed);
    }

    pub fn is_wanted(&self) -> bool {
        self.is_wanted.load(Ordering::Relaxed)
    }

    /// Has an attempt sent to those who want it.
    pub fn tell(&self, tenant: &TenantId, seen: impl FnOnce() -> Option<Seen>) {
        let mut wanted = self.lock();
        let Some(wanted) = wanted.get_mut(tenant) else { return };
        if wanted.waiting.len() >= WAITING_MAX {
            wanted.missed += 1;
        } else {
            wanted.waiting.extend(seen());
            self.more.notify_one();
        }
    }

    /// So many could not be sent.
    pub fn missed(&self, tenant: &TenantId, count: u64) {
        if let Some(wanted) = self.lock().get_mut(tenant) {
            wanted.missed += count;
        }
    }

    /// Waits until there is something to send.
    pub async fn more(&self) {
        self.more.notified().await;
    }

    /// What there is to send, and to whom.
    pub fn take(&self) -> Vec<(Vec<NodeId>, Told)> {
        let now = Instant::now();
        let mut wanted = self.lock();
        wanted.retain(|_, wanted| {
            wanted.nodes.retain(|_, until| now < *until);
            !wanted.nodes.is_empty()
        });
        self.is_wanted.store(!wanted.is_empty(), Ordering::Relaxed);
        let mut parts = Vec::new();
        for (tenant, wanted) in wanted.iter_mut() {
            while !wanted.waiting.is_empty() || wanted.missed > 0 {
                let attempts = wanted.waiting.drain(..wanted.waiting.len().min(PART)).collect();
                let missed = std::mem::take(&mut wanted.missed);
                let nodes = wanted.nodes.keys().copied().collect();
                parts.push((nodes, Told { tenant: tenant.clone(), missed, attempts }));
            }
        }
        parts
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Wanted>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DEAD, record, tenant};
    use super::*;

    fn node(number: u128) -> NodeId {
        NodeId(uuid::Uuid::from_u128(number))
    }

    fn seen(number: u32) -> Seen {
        Seen::of(&record(number, DEAD)).unwrap()
    }

    #[test]
    fn what_is_sent_is_read_as_it_was() {
        let told = Told { tenant: tenant("acme"), missed: 3, attempts: vec![seen(1), seen(2)] };
        let text = serde_json::to_string(&told).unwrap();
        assert_eq!(serde_json::from_str::<Told>(&text).unwrap(), told);
        let forged = text.replace("dead_letter", "anything");
        assert!(serde_json::from_str::<Told>(&forged).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_wants_it_is_told_until_it_says_so_no_more() {
        let elsewhere = Elsewhere::default();
        assert!(!elsewhere.is_wanted());
        elsewhere.want(node(1), &[tenant("acme")]);
        tokio::time::sleep(Duration::from_secs(10)).await;
        elsewhere.want(node(2), &[tenant("acme"), tenant("other")]);
        elsewhere.tell(&tenant("acme"), || Some(seen(1)));
        elsewhere.tell(&tenant("third"), || Some(seen(2)));
        elsewhere.more().await;
        let [(nodes, told)] = &elsewhere.take()[..] else { panic!() };
        assert_eq!((nodes.len(), &told.tenant, told.attempts.len()), (2, &tenant("acme"), 1));
        tokio::time::sleep(Duration::from_secs(10)).await;
        elsewhere.tell(&tenant("acme"), || Some(seen(3)));
        assert_eq!(elsewhere.take()[0].0, [node(2)]);
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(elsewhere.take().is_empty() && !elsewhere.is_wanted());
    }

    #[test]
    fn what_is_too_much_is_counted_and_said() {
        let elsewhere = Elsewhere::default();
        let acme = tenant("acme");
        elsewhere.want(node(1), std::slice::from_ref(&acme));
        for number in 0..WAITING_MAX as u32 + 3 {
            elsewhere.tell(&acme, || Some(seen(number)));
        }
        let parts: Vec<_> =
            elsewhere.take().into_iter().map(|(_, told)| (told.missed, told.attempts.len())).collect();
        assert_eq!(parts, [(3, PART), (0, PART), (0, PART), (0, PART), (0, PART)]);
        elsewhere.missed(&acme, 7);
        assert_eq!(elsewhere.take()[0].1, Told { tenant: acme, missed: 7, attempts: Vec::new() });
    }
}
