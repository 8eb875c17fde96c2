//! Deaths one by one, in the world in memory, on paused time.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use domain::endpoint::Status;
use domain::id::{DeliveryId, EventId};
use tokio::time::Instant;

use super::*;
use crate::intake::{self, Accepted, Incoming, Refusal};
use crate::ports::{Egress, EgressError, Order, Report};
use crate::testing::{self, MemoryEgress, Node, Weather};

/// Makes the first attempts panic, and every attempt of one event.
struct Panicking {
    egress: MemoryEgress,
    panics: AtomicU32,
    poison: u128,
}

#[async_trait]
impl Egress for Panicking {
    async fn attempt(&self, order: Order) -> Result<Report, EgressError> {
        let left = self.panics.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let poison = order.delivery.event.0.as_u128() == self.poison;
        assert!(left.is_err() && !poison, "an attempt was asked to panic");
        self.egress.attempt(order).await
    }
}

/// One endpoint with two slots.
struct World {
    stores: testing::World,
    node: Node,
    endpoint: EndpointId,
    published: u128,
}

impl World {
    /// `losing` of a hundred publishes and acknowledgements get lost.
    async fn start(losing: u64, panics: u32) -> Self {
        Self::start_with_poison(losing, panics, 0).await
    }

    async fn start_with_poison(losing: u64, panics: u32, poison: u128) -> Self {
        let weather = Weather { queue_losing: losing, ..Weather::default() };
        let endpoint = testing::endpoint(1, 2);
        let id = endpoint.id;
        let mut stores = testing::World::new(7, weather, vec![endpoint]);
        let panicking = Panicking { egress: stores.egress.clone(), panics: panics.into(), poison };
        let node = stores.start_with(Arc::new(panicking)).await;
        // Until the look without grace that every start takes is over.
        tokio::time::sleep(Duration::from_secs(1)).await;
        Self { stores, node, endpoint: id, published: 0 }
    }

    /// Of the one endpoint.
    fn feeder(&self) -> Role {
        Role::Feeder(Shard::of(self.endpoint, testing::SHARDS))
    }

    async fn publish(&mut self) -> Result<Vec<Accepted>, Refusal> {
        let incoming = self.next();
        self.node.intake.publish(vec![incoming]).await
    }

    fn next(&mut self) -> Incoming {
        self.published += 1;
        testing::event(EventId(uuid::Uuid::from_u128(self.published)))
    }

    /// Looks every millisecond.
    async fn until(&self, what: &str, is_there: impl Fn(&Self) -> bool) {
        for _ in 0..300_000 {
            if is_there(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("waited for {what} in vain");
    }

    async fn until_delivered(&self) {
        self.until("everything to be delivered", |world| world.stores.ledger.owed() == 0).await;
        assert_eq!(
            self.stores.ledger.count(),
            HashMap::from([(domain::delivery::Status::Success, self.published as usize)])
        );
        self.until("the queue to be empty", |world| world.stores.queue.waiting() == 0).await;
    }

    async fn strike(&self, role: Role, how: How) {
        for _ in 0..1000 {
            if self.node.chaos.strike(Target::One(role), how).await.is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("{role} did not come back");
    }

    /// Kills the endpoint's actor as no request of ours does.
    async fn kill_endpoint(&self) {
        let running = |world: &Self| {
            world
                .node
                .registry
                .actor(world.endpoint)
                .filter(|actor| actor.get_status() == ActorStatus::Running)
        };
        self.until("the endpoint's actor", |world| running(world).is_some()).await;
        let actor = running(self).unwrap();
        actor.kill();
        let dead = |world: &Self| {
            world.node.registry.actor(world.endpoint).is_none_or(|now| now.get_id() != actor.get_id())
        };
        self.until("its burial", dead).await;
    }

    /// As its owner does.
    async fn set_status(&self, status: Status) {
        self.stores.ledger.change(self.endpoint, |endpoint| endpoint.status = status);
        self.node.directory.refresh(&self.stores.ledger).await.unwrap();
    }

    fn is_resting(&self) -> bool {
        self.node.registry.entry(self.endpoint).lock().rests
    }

    fn suspects(&self) -> Vec<u32> {
        self.node.registry.entry(self.endpoint).lock().suspects.values().copied().collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_recorders_death_loses_no_outcome_and_repeats_none() {
    for how in [How::Kill, How::Panic] {
        let mut world = World::start(0, 0).await;
        let incoming: Vec<_> = (0..60).map(|_| world.next()).collect();
        world.node.intake.publish(incoming).await.unwrap();
        let mut deaths = 0;
        while world.stores.ledger.owed() > 0 {
            let unrecorded = |world: &World| {
                !world.node.registry.unrecorded().is_empty() || world.stores.ledger.owed() == 0
            };
            world.until("an outcome", unrecorded).await;
            if deaths < 10 && world.node.chaos.strike(Target::One(Role::Recorder), how).await.is_some() {
                deaths += 1;
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        assert_eq!(deaths, 10);
        world.until_delivered().await;
        let requests = world.stores.egress.made().requests;
        assert_eq!(requests.len(), 60);
        assert_eq!(requests.iter().collect::<HashSet<_>>().len(), 60);
        world.until("every outcome to be confirmed", |world| world.node.registry.in_flight() == 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_only_a_dead_recorder_heard_of_is_recorded() {
    for how in [How::Kill, How::Panic] {
        let mut world = World::start(0, 0).await;
        world.publish().await.unwrap();
        world.until("an outcome", |world| !world.node.registry.unrecorded().is_empty()).await;
        // Nothing comes after it that would bring it along.
        world.strike(Role::Recorder, how).await;
        let began = Instant::now();
        world.until("it to be confirmed", |world| world.node.registry.in_flight() == 0).await;
        world.until_delivered().await;
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        assert_eq!(world.stores.egress.made().requests.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_feeder_was_told_is_found_without_grace() {
    // Whatever the queue does not take is left to the feeder, and there is none.
    let mut world = World::start(100, 0).await;
    let began = Instant::now();
    let incoming: Vec<_> = (0..10).map(|_| world.next()).collect();
    let handle = world.node.intake.clone();
    let published = tokio::spawn(async move { handle.publish(incoming).await });
    while began.elapsed() < Duration::from_secs(1) {
        world.strike(world.feeder(), How::Kill).await;
    }
    published.await.unwrap().unwrap();
    world.until("everything to be delivered", |world| world.stores.ledger.owed() == 0).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(world.node.registry.requeued(), 0);
    assert_eq!(world.stores.egress.made().wrongs, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_end_of_spilling_that_a_dead_feeder_did_not_hear_is_asked_for_again() {
    let mut world = World::start(0, 0).await;
    // More than the hand: it spills, and reads the rest from the ledger.
    let incoming: Vec<_> = (0..20).map(|_| world.next()).collect();
    world.node.intake.publish(incoming).await.unwrap();
    let asked = |world: &World| {
        let entry = world.node.registry.entry(world.endpoint);
        let inner = entry.lock();
        inner.spill.catching_up && inner.held.values().all(|hold| !hold.from_ledger)
    };
    world.until("the end of spilling to be asked for", asked).await;
    world.strike(world.feeder(), How::Kill).await;
    assert!(world.node.registry.entry(world.endpoint).lock().spill.spilling);
    world.until_delivered().await;
    let over = |world: &World| !world.node.registry.entry(world.endpoint).lock().spill.spilling;
    world.until("the end of spilling", over).await;
    assert_eq!(world.stores.ledger.still_spilling(), 0);
}

#[tokio::test(start_paused = true)]
async fn intakes_death_answers_who_waits_and_commits_what_runs() {
    let mut world = World::start(0, 0).await;
    let (handle, events) = (world.node.intake.clone(), (world.next(), world.next()));
    let first = tokio::spawn({
        let (handle, event) = (handle.clone(), events.0);
        async move { handle.publish(vec![event]).await }
    });
    tokio::task::yield_now().await;
    let second = tokio::spawn(async move { handle.publish(vec![events.1]).await });
    tokio::task::yield_now().await;
    world.strike(Role::Intake, How::Kill).await;
    assert!(matches!(second.await.unwrap(), Err(Refusal::Unavailable(_))));
    assert!(first.await.unwrap().is_ok());
    world.published -= 1;
    assert!(matches!(world.publish().await, Err(Refusal::Unavailable(_)) | Ok(_)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(world.publish().await.is_ok());
    world.until("everything to be delivered", |world| world.stores.ledger.owed() == 0).await;
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_whose_actor_dies_too_often_rests_and_goes_on() {
    let mut world = World::start(0, 0).await;
    let incoming: Vec<_> = (0..40).map(|_| world.next()).collect();
    world.node.intake.publish(incoming).await.unwrap();
    for _ in 0..6 {
        world.kill_endpoint().await;
    }
    assert!(world.is_resting());
    let _ = world.stores.egress.made();
    world.publish().await.unwrap();
    tokio::time::sleep(Duration::from_secs(28)).await;
    assert!(world.is_resting());
    assert_eq!(world.stores.egress.made().requests, []);
    assert_eq!(world.stores.ledger.still_spilling(), 1);
    assert!(world.node.registry.actor(world.endpoint).is_none());
    assert!(world.stores.ledger.owed() > 0);
    world.until_delivered().await;
    assert!(!world.is_resting());
    assert!(world.node.died.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn what_a_disabled_endpoint_is_owed_while_its_actor_rests_is_closed() {
    let mut world = World::start(0, 0).await;
    let is_idle = |world: &World| {
        let entry = world.node.registry.entry(world.endpoint);
        let inner = entry.lock();
        inner.held.is_empty() && !inner.spill.spilling
    };
    for _ in 0..6 {
        world.publish().await.unwrap();
        world.until_delivered().await;
        world.until("nothing to be held", is_idle).await;
        world.kill_endpoint().await;
    }
    assert!(world.is_resting());
    // Matched just before, and visible just after its endpoint was disabled.
    while world.stores.ledger.owed() == 0 {
        world.set_status(Status::Active).await;
        let (intake, event) = (world.node.intake.clone(), world.next());
        let publishing = tokio::spawn(async move { intake.publish(vec![event]).await });
        tokio::time::sleep(Duration::from_millis(15)).await;
        world.set_status(Status::Disabled).await;
        publishing.await.unwrap().unwrap();
    }
    world.until("it to be closed", |world| world.stores.ledger.owed() == 0).await;
    world.until("the queue to be empty", |world| world.stores.queue.waiting() == 0).await;
    world.until("nothing to be held", is_idle).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_in_flight_at_a_panic_is_suspect_until_it_is_recorded() {
    let mut world = World::start(0, 1).await;
    world.publish().await.unwrap();
    world.until("a suspect", |world| world.suspects() == [1]).await;
    world.until_delivered().await;
    world.until("nothing to be suspect", |world| world.suspects().is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn what_panics_again_alone_is_a_dead_letter_and_its_neighbours_are_delivered() {
    let mut world = World::start_with_poison(0, 0, 3).await;
    let incoming: Vec<_> = (0..12).map(|_| world.next()).collect();
    world.node.intake.publish(incoming).await.unwrap();
    world.until("everything to end", |world| world.stores.ledger.owed() == 0).await;
    let expected = [(domain::delivery::Status::Success, 11), (domain::delivery::Status::Dead, 1)];
    assert_eq!(world.stores.ledger.count(), HashMap::from(expected));
    world.until("nothing to be suspect", |world| world.suspects().is_empty()).await;
    let made = world.stores.egress.made();
    assert_eq!(made.wrongs, Vec::<String>::new());
    // Of the one that was under way beside it the first request was cut off: it came again, alone.
    let mut times = HashMap::new();
    made.requests.iter().for_each(|(delivery, _)| *times.entry(delivery).or_insert(0) += 1);
    assert!(times.values().all(|times| *times <= 2), "{times:?}");
    assert!(world.node.died.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn what_the_ledger_refuses_is_given_up_and_what_was_written_with_it_is_kept() {
    let mut world = World::start(0, 0).await;
    let incoming: Vec<_> = (0..12).map(|_| world.next()).collect();
    let refused = DeliveryId { event: incoming[5].event.id, endpoint: world.endpoint };
    world.stores.ledger.refuse(refused);
    world.node.intake.publish(incoming).await.unwrap();
    world.until("everything to end", |world| world.stores.ledger.owed() == 0).await;
    let expected = [(domain::delivery::Status::Success, 11), (domain::delivery::Status::Dead, 1)];
    assert_eq!(world.stores.ledger.count(), HashMap::from(expected));
    world.until("the queue to be empty", |world| world.stores.queue.waiting() == 0).await;
    let requests = world.stores.egress.made().requests;
    assert_eq!(requests.iter().filter(|(delivery, _)| *delivery == refused).count(), 1, "sent over and over");
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_counts_neither_as_too_often_nor_against_a_delivery() {
    let mut world = World::start(0, 0).await;
    let incoming: Vec<_> = (0..40).map(|_| world.next()).collect();
    world.node.intake.publish(incoming).await.unwrap();
    let mut deaths = 0;
    while deaths < 20 {
        deaths += usize::from(
            world.node.chaos.strike(Target::Endpoint(world.endpoint), How::Panic).await.is_some(),
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(world.suspects().is_empty());
    }
    for how in [How::Kill, How::Panic] {
        for role in [Role::Recorder, Role::Intake, world.feeder(), Role::Auditor] {
            for _ in 0..6 {
                world.strike(role, how).await;
            }
        }
    }
    world.until_delivered().await;
    assert!(world.node.died.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn one_that_was_struck_and_is_not_dead_yet_is_not_struck_again() {
    let world = World::start(0, 0).await;
    let both = [How::Panic, How::Kill].map(|how| world.node.chaos.strike(Target::One(Role::Recorder), how));
    let [first, second] = both;
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.as_deref(), second), (Some("recorder"), None));
}

#[tokio::test(start_paused = true)]
async fn a_singleton_that_dies_too_often_ends_the_process_by_name() {
    let mut world = World::start(0, 0).await;
    for death in 1..=6 {
        assert!(world.node.died.try_recv().is_err(), "{death}");
        let panic = || world.node.intake_address.cast(intake::Message::Panic(OnPurpose::new()));
        for _ in 0..10_000 {
            if panic().is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let last_words = world.node.died.await.unwrap();
    assert_eq!(last_words, "intake died 6 times within 60s, at last of: intake was asked to panic");
}
