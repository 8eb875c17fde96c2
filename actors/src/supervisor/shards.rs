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
        let Surroundings { feeders, leases, .. } = &self.staff.surroundings;
        metrics::shards(feeders.shards(), leases.held().len());
    }

    /// What its last feeder had in its mailbox is lost, or what a former owner knew.
    pub(super) fn look_up(&self, shard: Shard) {
        let (auditor, address) = &self.staff.auditor;
        auditor.takeovers.ask(shard);
        let _ = address.cast(auditor::Message::TakeOver);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use domain::delivery::Status;
    use domain::id::EventId;
    use uuid::Uuid;

    use super::*;
    use crate::testing::{self, Weather, World};

    #[tokio::test(start_paused = true)]
    async fn how_endpoints_stood_under_a_former_owner_is_known_before_anything_is_sent() {
        let endpoint = testing::endpoint(1, 1);
        let (id, shard) = (endpoint.id, Shard::of(endpoint.id, testing::SHARDS));
        let mut world = World::new(7, Weather::default(), vec![endpoint]);
        let node = world.start().await;
        world.egress.set_down(id, true);
        let events = (1..=9).map(|number| testing::event(EventId(Uuid::from_u128(number)))).collect();
        node.intake.publish(events).await.unwrap();
        while node.registry.breakers_open() == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let sent = world.egress.made().requests.len();
        assert!(sent >= 5, "{sent}");
        world.pass_around(&node, shard).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        // What waits was found, and waits on.
        assert!(node.registry.actor(id).is_some());
        assert_eq!((node.registry.breakers_open(), world.egress.made().requests.len()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_shard_that_another_node_owns_is_let_go_and_the_others_go_on() {
        let endpoints: Vec<_> = (1..=6).map(|number| testing::endpoint(number, 2)).collect();
        let ids: Vec<_> = endpoints.iter().map(|endpoint| endpoint.id).collect();
        let lost = Shard(0);
        let is_lost = |id: &domain::id::EndpointId| Shard::of(*id, testing::SHARDS) == lost;
        let count = ids.iter().filter(|id| is_lost(id)).count();
        assert!(count > 0 && count < ids.len());
        let mut world = World::new(7, Weather::default(), endpoints);
        let mut node = world.start().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.take_away(lost);
        node.intake.publish(vec![testing::event(EventId(Uuid::from_u128(1)))]).await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        let delivered = |world: &World| world.ledger.count().get(&Status::Success).copied().unwrap_or(0);
        assert_eq!(delivered(&world), ids.len() - count, "{:?}", world.ledger.count());
        assert_eq!(node.leases.held().len(), 1);
        assert!(ids.iter().filter(|id| is_lost(id)).all(|id| node.registry.find(*id).is_none()));
        assert_eq!(node.registry.in_flight(), 0);
        // It comes back, and what it owes with it.
        world.give(&node, lost);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(world.ledger.count(), HashMap::from([(Status::Success, ids.len())]));
        assert!(world.ledger.wrongs().is_empty(), "{:?}", world.ledger.wrongs());
        assert!(node.died.try_recv().is_err());
    }
}
