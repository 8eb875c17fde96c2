//! The actors as a whole against a world that fails by chance, on paused time: whatever is lost, late, doubled
//! or killed, every delivery ends, no delivery has two requests at once, no endpoint more than its slots.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::event::{Event, Source};
use domain::id::{EventId, Shard};
use ractor::Actor;
use tokio::sync::oneshot;

use crate::address::Address;
use crate::chaos::{Chaos, How, Target};
use crate::directory::Directory;
use crate::draining::Draining;
use crate::feeder::Feeders;
use crate::intake::{Handle, Incoming};
use crate::ports::{Clock, Ports};
use crate::registry::Registry;
use crate::supervisor::{self, Supervisor};
use crate::testing::{self, Dice, MemoryEgress, MemoryLedger, MemoryQueue, PausedClock};

const SHARDS: u16 = 2;
const ENDPOINTS: u128 = 5;
const EVENTS: usize = 120;

/// How hard the world is.
struct Weather {
    ledger_failing: u64,
    queue_losing: u64,
    endpoints_failing: u64,
    kills: bool,
    wipe: bool,
}

async fn live_through(seed: u64, weather: &Weather) {
    let dice = Dice::new(seed);
    let clock: Arc<dyn Clock> = Arc::new(PausedClock::new(dice.clone()));
    let endpoints = (1..=ENDPOINTS).map(|number| testing::endpoint(number, 1 + number as u32 % 3)).collect();
    let ledger = MemoryLedger::new(dice.clone(), Arc::clone(&clock), weather.ledger_failing, endpoints);
    let queue = MemoryQueue::new(dice.clone(), Arc::clone(&clock), SHARDS, weather.queue_losing);
    let egress = MemoryEgress::new(dice.clone(), weather.endpoints_failing, 300);
    let ports = Ports {
        ledger: Arc::new(ledger.clone()),
        queue: Arc::new(queue.clone()),
        egress: Arc::new(egress.clone()),
        clock,
    };
    let registry = Arc::new(Registry::default());
    let directory = Arc::new(Directory::new(Arc::clone(&registry)));
    directory.refresh(&ledger).await.unwrap();
    let (fatal, mut died) = oneshot::channel();
    let intake = Address::default();
    let arguments = supervisor::Arguments {
        ports,
        limits: Arc::new(testing::limits()),
        directory,
        registry: Arc::clone(&registry),
        feeders: Feeders::new(SHARDS),
        epochs: Arc::new((0..SHARDS).map(|shard| (Shard(shard), 1)).collect::<HashMap<_, _>>()),
        intake: intake.clone(),
        draining: Draining::default(),
        audit_grace: Duration::from_secs(30),
        audit_interval: Duration::from_secs(5),
        fatal,
    };
    let (supervisor, _) = Actor::spawn(None, Supervisor, arguments).await.unwrap();
    let chaos = Chaos::new(supervisor.clone());
    let intake = Handle::new(intake, 10_000, Duration::from_mins(1));

    let mut accepted = 0;
    while accepted < EVENTS {
        // Bursts, and quiet times in which an endpoint catches up.
        if dice.percent(15) {
            dice.pause(4000).await;
        }
        if intake.publish(vec![event(accepted, &dice)]).await.is_ok() {
            accepted += 1;
        }
        if weather.kills && dice.percent(10) {
            let how = if dice.percent(50) { How::Kill } else { How::Panic };
            chaos.strike(Target::Random, how).await;
        }
        if weather.wipe && accepted == EVENTS / 2 {
            queue.wipe();
        }
    }
    // Four attempts of each, an acknowledgement that got lost, an auditor that is never hurried.
    for _ in 0..3600 {
        if ledger.owed() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    tokio::time::sleep(Duration::from_mins(3)).await;

    look_back(seed, weather, &ledger, &queue, &egress, &registry);
    assert!(died.try_recv().is_err(), "seed {seed}: a singleton died");
    supervisor.stop(None);
}

/// What must hold however the seed fell.
fn look_back(
    seed: u64,
    weather: &Weather,
    ledger: &MemoryLedger,
    queue: &MemoryQueue,
    egress: &MemoryEgress,
    registry: &Registry,
) {
    let made = egress.made();
    if !weather.kills {
        let mut once = HashSet::new();
        let repeated: Vec<_> = made.requests.iter().filter(|request| !once.insert(**request)).collect();
        assert!(repeated.is_empty(), "seed {seed}: nobody died, and {repeated:?} were sent again");
    }
    if weather.queue_losing == 0 && !weather.kills && !weather.wipe {
        assert_eq!(registry.requeued(), 0, "seed {seed}: the auditor had to help");
    }
    assert_eq!(made.wrongs, Vec::<String>::new(), "seed {seed}");
    assert_eq!(ledger.wrongs(), Vec::<String>::new(), "seed {seed}");
    assert_eq!(ledger.owed(), 0, "seed {seed}: {:?}", ledger.count());
    let all: usize = ledger.count().values().sum();
    assert!(all >= EVENTS * ENDPOINTS as usize, "seed {seed}: {all} deliveries of {EVENTS} events");
    assert_eq!(ledger.still_spilling(), 0, "seed {seed}");
    assert_eq!(queue.waiting(), 0, "seed {seed}: unacknowledged");
}

fn event(number: usize, dice: &Dice) -> Incoming {
    let data = serde_json::value::RawValue::from_string("{}".to_owned()).unwrap();
    let id = (u128::from(dice.next()) << 64) | number as u128;
    let event = Event {
        id: EventId(uuid::Uuid::from_u128(id)),
        tenant: "demo".parse().unwrap(),
        key: None,
        event_type: "a.b".parse().unwrap(),
        occurred_at: time::OffsetDateTime::UNIX_EPOCH,
        source: Source::Http,
        data,
    };
    Incoming { event, dedupe: None }
}

const FAIR: Weather =
    Weather { ledger_failing: 0, queue_losing: 0, endpoints_failing: 0, kills: false, wipe: false };

#[tokio::test(start_paused = true)]
async fn in_fair_weather_everything_is_delivered() {
    for seed in 0..10 {
        live_through(seed, &FAIR).await;
    }
}

#[tokio::test(start_paused = true)]
async fn failing_endpoints_are_retried_to_their_end() {
    for seed in 0..10 {
        live_through(seed, &Weather { endpoints_failing: 40, ..FAIR }).await;
    }
}

#[tokio::test(start_paused = true)]
async fn stores_that_fail_lose_nothing() {
    let weather = Weather { ledger_failing: 5, queue_losing: 5, endpoints_failing: 20, ..FAIR };
    for seed in 0..20 {
        live_through(seed, &weather).await;
    }
}

#[tokio::test(start_paused = true)]
async fn killed_actors_and_a_wiped_queue_lose_nothing() {
    let weather =
        Weather { ledger_failing: 3, queue_losing: 3, endpoints_failing: 20, kills: true, wipe: true };
    for seed in 0..20 {
        live_through(seed, &weather).await;
    }
}
