//! Shards that come and go: each with its feeder, and all that is known of its endpoints.

use std::time::Duration;

use domain::id::Shard;
use domain::lease::Lease;
use ractor::ActorRef;
use tokio::sync::oneshot;

use super::{Message, Running, after};
use crate::auditor;
use crate::endpoint::Surroundings;
use crate::metrics;
use crate::role::Role;

/// Between two looks at whether a feeder has ended.
const LOOK: Duration = Duration::from_millis(10);

impl Running {
    pub(super) async fn take(&mut self, lease: Lease, myself: &ActorRef<Message>) {
        let shard = lease.shard;
        if self.dropped.contains_key(&shard) {
            // What is left of an earlier time goes first.
            return after(LOOK, myself, Message::Take(lease));
        }
        if self.staff.surroundings.leases.of(shard) != Some(lease) {
            return;
        }
        self.count_shards();
        tracing::info!(%shard, epoch = lease.epoch, "shard taken");
        match self.start(Role::Feeder(shard), myself).await {
            Ok(()) => self.look_up(shard),
            Err(error) => self.died(Role::Feeder(shard), myself, &error.to_string()),
        }
    }

    /// Nothing of the shard is begun from here on. Its feeder ends first, so that nobody makes an actor any more.
    pub(super) fn let_go(&mut self, lease: Lease, done: Option<oneshot::Sender<()>>) {
        let Surroundings { leases, feeders, .. } = &self.staff.surroundings;
        let shard = lease.shard;
        if leases.of(shard) != Some(lease) {
            // Over already: who waits is told by the drop of its sender.
            return;
        }
        leases.let_go(lease);
        feeders.remove(shard);
        self.staff.auditor.0.takeovers.forget(shard);
        tracing::info!(%shard, epoch = lease.epoch, "shard let go");
        self.count_shards();
        self.dropped.entry(shard).or_default().extend(done);
        match self.alive.values().find(|(role, _)| *role == Role::Feeder(shard)) {
            Some((_, feeder)) => feeder.kill(),
            None => self.clear(shard),
        }
    }

    /// Nothing of the shard's endpoints is left here.
    pub(super) fn clear(&mut self, shard: Shard) {
        let feeders = &self.staff.surroundings.feeders;
        for actor in self.staff.registry.forget(|endpoint| feeders.shard_of(endpoint) == shard) {
            actor.stop(None);
        }
        self.endpoints.retain(|&endpoint, _| feeders.shard_of(endpoint) != shard);
        self.restarts.remove(&Role::Feeder(shard));
        for done in self.dropped.remove(&shard).into_iter().flatten() {
            let _ = done.send(());
        }
    }

    fn count_shards(&self) {
        metrics::shards_owned(self.staff.surroundings.leases.held().len());
    }

    /// What its last feeder had in its mailbox is lost, or what a former owner knew.
    pub(super) fn look_up(&self, shard: Shard) {
        let (auditor, address) = &self.staff.auditor;
        auditor.takeovers.ask(shard);
        let _ = address.cast(auditor::Message::TakeOver);
    }
}
