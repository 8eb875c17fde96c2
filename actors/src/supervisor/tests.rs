//! Deaths one by one, in the world in memory, on paused time.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use domain::event::{Event, Source};
use domain::id::EventId;
use tokio::time::Instant;

use super::*;
use crate::chaos::Chaos;
use crate::intake::{Accepted, Handle, Incoming, Refusal};
use crate::ports::{Clock, Egress, EgressError, Order, Report};
use crate::testing::{self, Dice, MemoryEgress, MemoryLedger, MemoryQueue, PausedClock};

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

struct World {
    ledger: MemoryLedger,
    queue: MemoryQueue,
    egress: MemoryEgress,
    registry: Arc<Registry>,
    handle: Handle,
    intake: Address<intake::Message>,
    chaos: Chaos,
    died: oneshot::Receiver<String>,
    endpoint: EndpointId,
    published: u128,
}

impl World {
    /// One endpoint with two slots on one shard. `losing` of a hundred publishes and acknowledgements get lost.
    async fn start(losing: u64, panics: u32) -> Self {
        Self::start_with_poison(losing, panics, 0).await
    }

    async fn start_with_poison(losing: u64, panics: u32, poison: u128) -> Self {
        let dice = Dice::new(7);
        let clock: Arc<dyn Clock> = Arc::new(PausedClock::new(dice.clone()));
        let endpoint = testing::endpoint(1, 2);
        let id = endpoint.id;
        let ledger = MemoryLedger::new(dice.clone(), Arc::clone(&clock), 0, vec![endpoint]);
        ledger.take_over(1);
        let queue = MemoryQueue::new(dice.clone(), ledger.clone(), Arc::clone(&clock), 1, losing);
        let egress = MemoryEgress::new(dice, ledger.clone(), 0, 300);
        let ports = Ports {
            ledger: Arc::new(ledger.clone()),
            queue: Arc::new(queue.clone()),
            egress: Arc::new(Panicking { egress: egress.clone(), panics: panics.into(), poison }),
            clock,
        };
        let registry = Arc::new(Registry::new(ports.clock.as_ref()));
        let directory = Arc::new(Directory::new(Arc::clone(&registry)));
        directory.refresh(&ledger).await.unwrap();
        let (fatal, died) = oneshot::channel();
        let intake = Address::default();
        let arguments = Arguments {
            ports,
            limits: Arc::new(testing::limits()),
            directory,
            registry: Arc::clone(&registry),
            feeders: Feeders::new(1),
            epochs: Arc::new(HashMap::from([(Shard(0), 1)])),
            intake: intake.clone(),
            draining: Draining::default(),
            audit_grace: Duration::from_secs(30),
            audit_interval: Duration::from_secs(5),
            fatal,
        };
        let (supervisor, _) = Actor::spawn(None, Supervisor, arguments).await.unwrap();
        // Until the look without grace that every start takes is over.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (chaos, handle) =
            (Chaos::new(supervisor), Handle::new(intake.clone(), 1000, Duration::from_mins(1)));
        let published = 0;
        Self { ledger, queue, egress, registry, handle, intake, chaos, died, endpoint: id, published }
    }

    async fn publish(&mut self) -> Result<Vec<Accepted>, Refusal> {
        let incoming = self.next();
        self.handle.publish(vec![incoming]).await
    }

    fn next(&mut self) -> Incoming {
        self.published += 1;
        let event = Event {
            id: EventId(uuid::Uuid::from_u128(self.published)),
            tenant: "demo".parse().unwrap(),
            key: None,
            event_type: "a.b".parse().unwrap(),
            occurred_at: time::OffsetDateTime::UNIX_EPOCH,
            source: Source::Http,
            data: serde_json::value::RawValue::from_string("{}".to_owned()).unwrap(),
        };
        Incoming { event, dedupe: None }
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
        self.until("everything to be delivered", |world| world.ledger.owed() == 0).await;
        assert_eq!(
            self.ledger.count(),
            HashMap::from([(domain::delivery::Status::Success, self.published as usize)])
        );
        self.until("the queue to be empty", |world| world.queue.waiting() == 0).await;
    }

    async fn strike(&self, role: Role, how: How) {
        for _ in 0..1000 {
            if self.chaos.strike(Target::One(role), how).await.is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("{role} did not come back");
    }

    /// Kills the endpoint's actor as no request of ours does.
    async fn kill_endpoint(&self) {
        let running = |world: &Self| {
            world.registry.actor(world.endpoint).filter(|actor| actor.get_status() == ActorStatus::Running)
        };
        self.until("the endpoint's actor", |world| running(world).is_some()).await;
        let actor = running(self).unwrap();
        actor.kill();
        let dead = |world: &Self| {
            world.registry.actor(world.endpoint).is_none_or(|now| now.get_id() != actor.get_id())
        };
        self.until("its burial", dead).await;
    }

    fn is_resting(&self) -> bool {
        self.registry.entry(self.endpoint).lock().rests
    }

    fn suspects(&self) -> Vec<u32> {
        self.registry.entry(self.endpoint).lock().suspects.values().copied().collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_recorders_death_loses_no_outcome_and_repeats_none() {
    for how in [How::Kill, How::Panic] {
        let mut world = World::start(0, 0).await;
        let incoming: Vec<_> = (0..60).map(|_| world.next()).collect();
        world.handle.publish(incoming).await.unwrap();
        let mut deaths = 0;
        while world.ledger.owed() > 0 {
            let unrecorded =
                |world: &World| !world.registry.unrecorded().is_empty() || world.ledger.owed() == 0;
            world.until("an outcome", unrecorded).await;
            if deaths < 10 && world.chaos.strike(Target::One(Role::Recorder), how).await.is_some() {
                deaths += 1;
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        assert_eq!(deaths, 10);
        world.until_delivered().await;
        let requests = world.egress.made().requests;
        assert_eq!(requests.len(), 60);
        assert_eq!(requests.iter().collect::<HashSet<_>>().len(), 60);
        world.until("every outcome to be confirmed", |world| world.registry.in_flight() == 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_only_a_dead_recorder_heard_of_is_recorded() {
    for how in [How::Kill, How::Panic] {
        let mut world = World::start(0, 0).await;
        world.publish().await.unwrap();
        world.until("an outcome", |world| !world.registry.unrecorded().is_empty()).await;
        // Nothing comes after it that would bring it along.
        world.strike(Role::Recorder, how).await;
        let began = Instant::now();
        world.until("it to be confirmed", |world| world.registry.in_flight() == 0).await;
        world.until_delivered().await;
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        assert_eq!(world.egress.made().requests.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_feeder_was_told_is_found_without_grace() {
    // Whatever the queue does not take is left to the feeder, and there is none.
    let mut world = World::start(100, 0).await;
    let began = Instant::now();
    let incoming: Vec<_> = (0..10).map(|_| world.next()).collect();
    let handle = world.handle.clone();
    let published = tokio::spawn(async move { handle.publish(incoming).await });
    while began.elapsed() < Duration::from_secs(1) {
        world.strike(Role::Feeder(Shard(0)), How::Kill).await;
    }
    published.await.unwrap().unwrap();
    world.until("everything to be delivered", |world| world.ledger.owed() == 0).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(world.registry.requeued(), 0);
    assert_eq!(world.egress.made().wrongs, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_end_of_spilling_that_a_dead_feeder_did_not_hear_is_asked_for_again() {
    let mut world = World::start(0, 0).await;
    // More than the hand: it spills, and reads the rest from the ledger.
    let incoming: Vec<_> = (0..20).map(|_| world.next()).collect();
    world.handle.publish(incoming).await.unwrap();
    let asked = |world: &World| {
        let entry = world.registry.entry(world.endpoint);
        let inner = entry.lock();
        inner.spill.catching_up && inner.held.values().all(|hold| !hold.from_ledger)
    };
    world.until("the end of spilling to be asked for", asked).await;
    world.strike(Role::Feeder(Shard(0)), How::Kill).await;
    assert!(world.registry.entry(world.endpoint).lock().spill.spilling);
    world.until_delivered().await;
    let over = |world: &World| !world.registry.entry(world.endpoint).lock().spill.spilling;
    world.until("the end of spilling", over).await;
    assert_eq!(world.ledger.still_spilling(), 0);
}

#[tokio::test(start_paused = true)]
async fn intakes_death_answers_who_waits_and_commits_what_runs() {
    let mut world = World::start(0, 0).await;
    let (handle, events) = (world.handle.clone(), (world.next(), world.next()));
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
    world.until("everything to be delivered", |world| world.ledger.owed() == 0).await;
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_whose_actor_dies_too_often_rests_and_goes_on() {
    let mut world = World::start(0, 0).await;
    let incoming: Vec<_> = (0..40).map(|_| world.next()).collect();
    world.handle.publish(incoming).await.unwrap();
    for _ in 0..6 {
        world.kill_endpoint().await;
    }
    assert!(world.is_resting());
    let _ = world.egress.made();
    world.publish().await.unwrap();
    tokio::time::sleep(Duration::from_secs(28)).await;
    assert!(world.is_resting());
    assert_eq!(world.egress.made().requests, []);
    assert_eq!(world.ledger.still_spilling(), 1);
    assert!(world.registry.actor(world.endpoint).is_none());
    assert!(world.ledger.owed() > 0);
    world.until_delivered().await;
    assert!(!world.is_resting());
    assert!(world.died.try_recv().is_err());
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
    world.handle.publish(incoming).await.unwrap();
    world.until("everything to end", |world| world.ledger.owed() == 0).await;
    let expected = [(domain::delivery::Status::Success, 11), (domain::delivery::Status::Dead, 1)];
    assert_eq!(world.ledger.count(), HashMap::from(expected));
    world.until("nothing to be suspect", |world| world.suspects().is_empty()).await;
    let made = world.egress.made();
    assert_eq!(made.wrongs, Vec::<String>::new());
    // Of the one that was under way beside it the first request was cut off: it came again, alone.
    let mut times = HashMap::new();
    made.requests.iter().for_each(|(delivery, _)| *times.entry(delivery).or_insert(0) += 1);
    assert!(times.values().all(|times| *times <= 2), "{times:?}");
    assert!(world.died.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_counts_neither_as_too_often_nor_against_a_delivery() {
    let mut world = World::start(0, 0).await;
    let incoming: Vec<_> = (0..40).map(|_| world.next()).collect();
    world.handle.publish(incoming).await.unwrap();
    let mut deaths = 0;
    while deaths < 20 {
        deaths +=
            usize::from(world.chaos.strike(Target::Endpoint(world.endpoint), How::Panic).await.is_some());
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(world.suspects().is_empty());
    }
    for how in [How::Kill, How::Panic] {
        for role in [Role::Recorder, Role::Intake, Role::Feeder(Shard(0)), Role::Auditor] {
            for _ in 0..6 {
                world.strike(role, how).await;
            }
        }
    }
    world.until_delivered().await;
    assert!(world.died.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn one_that_was_struck_and_is_not_dead_yet_is_not_struck_again() {
    let world = World::start(0, 0).await;
    let both = [How::Panic, How::Kill].map(|how| world.chaos.strike(Target::One(Role::Recorder), how));
    let [first, second] = both;
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.as_deref(), second), (Some("recorder"), None));
}

#[tokio::test(start_paused = true)]
async fn a_singleton_that_dies_too_often_ends_the_process_by_name() {
    let mut world = World::start(0, 0).await;
    for death in 1..=6 {
        assert!(world.died.try_recv().is_err(), "{death}");
        let panic = || world.intake.cast(intake::Message::Panic(OnPurpose::new()));
        for _ in 0..10_000 {
            if panic().is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let last_words = world.died.await.unwrap();
    assert_eq!(last_words, "intake died 6 times within 60s, at last of: intake was asked to panic");
}
