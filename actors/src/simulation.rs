//! The actors as a whole against a world that fails by chance, on paused time: whatever is lost, late, doubled
//! or killed, every delivery ends, no delivery has two requests at once, no endpoint more than its slots or its
//! rate allow, and what is ordered stays in order.
//!
//! `mutations/` beside this crate's sources breaks one rule of the protocol each: all of it must turn this red.

mod plans;

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::time::Duration;

use domain::endpoint::{Endpoint, RateLimit, Status};
use domain::id::{EndpointId, EventId, Shard};

use crate::chaos::{How, Target};
use crate::intake::Incoming;
use crate::ports::Clock as _;
use crate::testing::{self, Dice, Node, Weather, World};

/// The first three differ in slots alone; then one with a rate limit, one that is ordered, one that is both.
const ENDPOINTS: u128 = 6;
const RATE_LIMITED: [u128; 2] = [4, 6];
const ORDERED: [u128; 2] = [5, 6];
/// For a while, where there is an outage.
const DOWN: [u128; 3] = [1, 2, 5];
const EVENTS: usize = 120;

/// What happens beside the weather.
#[derive(Clone, Copy, Default)]
struct Fate {
    weather: Weather,
    /// Another node takes events in, too.
    beside: bool,
    kills: bool,
    /// The queue loses all it has, half-way.
    wipe: bool,
    /// The node is killed and another takes over, or a shard goes to another and comes back, now and then.
    takeovers: bool,
    /// Owners pause, disable and resume, reorder, widen and narrow.
    changes: bool,
    /// An endpoint that answers nothing but errors for a while.
    outage: bool,
    /// The wall's clock is set, by up to ten minutes, now and then.
    set_clock: bool,
    /// What all endpoints together may be sent a second.
    tenant_rate: Option<NonZeroU32>,
}

fn endpoints(fate: Fate) -> Vec<Endpoint> {
    let make = |number| {
        let mut endpoint = testing::endpoint(number, 1 + number as u32 % 3);
        if RATE_LIMITED.contains(&number) {
            let number = |number| NonZeroU32::new(number).unwrap();
            endpoint.rate_limit = Some(RateLimit { per_minute: number(120), burst: number(3) });
        }
        endpoint.ordered = ORDERED.contains(&number);
        endpoint.tenant_limit = fate.tenant_rate.map(RateLimit::per_second);
        endpoint
    };
    (1..=ENDPOINTS).map(make).collect()
}

fn endpoint_id(number: u128) -> EndpointId {
    EndpointId(uuid::Uuid::from_u128(number))
}

async fn live_through(seed: u64, fate: Fate) {
    let mut world = World::new(seed, fate.weather, endpoints(fate));
    let dice = world.dice.clone();
    if !fate.kills && !fate.takeovers && !fate.changes {
        world.egress.watch_breakers();
    }
    if !fate.takeovers {
        world.ledger.watch_ends_of_spilling();
    }
    let mut node = world.start().await;
    let mut accepted = 0;
    while accepted < EVENTS {
        // Bursts, and quiet times in which an endpoint catches up.
        if dice.percent(15) {
            dice.pause(4000).await;
        }
        let one = async {
            let published = node.intake.publish(vec![event(&world)]);
            tokio::join!(published, happen_meanwhile(&world, &node, fate)).0
        };
        if fate.beside && dice.percent(50) {
            // Two commits at once: which of them becomes visible first is open.
            let other = node.beside.publish(vec![event(&world)]);
            let (one, other) = tokio::join!(one, other);
            accepted += usize::from(one.is_ok()) + usize::from(other.is_ok());
        } else if one.await.is_ok() {
            accepted += 1;
        }
        befall(&mut world, &mut node, fate, accepted).await;
    }
    settle(&world, &node).await;
    // Four attempts of each, an acknowledgement that got lost, an auditor that is never hurried.
    for round in 0..3600 {
        if world.ledger.owed() == 0 {
            break;
        }
        // Nothing new comes by any more that would make up for what a death lost.
        if round < 30 && fate.kills && dice.percent(20) {
            strike(&node, &dice).await;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    tokio::time::sleep(Duration::from_mins(3)).await;
    look_back(seed, fate, &world, &mut node);
    node.kill().await;
}

/// What happens while an event is taken in: it may have been matched just before.
async fn happen_meanwhile(world: &World, node: &Node, fate: Fate) {
    if fate.changes && world.dice.percent(20) {
        world.dice.pause(200).await;
        // Just before: nobody is there yet who would close what it is owed.
        if fate.kills && world.dice.percent(50) {
            strike(node, &world.dice).await;
        }
        change(world, node, &world.dice).await;
    }
}

/// What happens between two events.
async fn befall(world: &mut World, node: &mut Node, fate: Fate, accepted: usize) {
    let dice = world.dice.clone();
    if fate.kills && dice.percent(10) {
        strike(node, &dice).await;
    }
    if fate.wipe && (EVENTS / 2..EVENTS / 2 + 2).contains(&accepted) {
        world.queue.wipe();
    }
    let down = fate.outage && (EVENTS / 4..EVENTS * 3 / 4).contains(&accepted);
    if fate.set_clock && dice.percent(10) {
        world.clock.set(time::Duration::seconds(dice.below(1201) as i64 - 600));
    }
    for number in DOWN {
        world.egress.set_down(endpoint_id(number), down);
    }
    // The worst of times are hit on purpose.
    let worst = world.ledger.is_ending() && dice.percent(20);
    if fate.takeovers && dice.percent(3) {
        let shard = Shard(dice.below(testing::SHARDS.into()) as u16);
        world.pass_around(node, shard).await;
    }
    if fate.takeovers && (worst || dice.percent(3)) {
        let next = world.start().await;
        std::mem::replace(node, next).kill().await;
    }
}

async fn strike(node: &Node, dice: &Dice) {
    let how = if dice.percent(50) { How::Kill } else { How::Panic };
    node.chaos.strike(Target::Random, how).await;
}

/// An owner changes one of the endpoints.
async fn change(world: &World, node: &Node, dice: &Dice) {
    let number = 1 + u128::from(dice.below(ENDPOINTS as u64));
    let what = dice.below(6);
    let slots = 1 + dice.below(4) as u32;
    world.ledger.change(endpoint_id(number), |endpoint| match what {
        0 => endpoint.status = Status::Paused,
        1 => endpoint.status = Status::Active,
        2 => endpoint.max_in_flight = slots,
        3 => endpoint.status = Status::Disabled,
        4 if endpoint.status == Status::Disabled => endpoint.status = Status::Active,
        _ => endpoint.ordered = !endpoint.ordered,
    });
    node.directory.refresh(&world.ledger).await.unwrap();
}

/// Whatever was paused goes on; what was disabled stays so.
async fn settle(world: &World, node: &Node) {
    for number in 1..=ENDPOINTS {
        world.ledger.change(endpoint_id(number), |endpoint| {
            if endpoint.status == Status::Paused {
                endpoint.status = Status::Active;
            }
        });
    }
    node.directory.refresh(&world.ledger).await.unwrap();
}

/// What must hold however the seed fell.
fn look_back(seed: u64, fate: Fate, world: &World, node: &mut Node) {
    let World { ledger, queue, egress, observer, .. } = world;
    let made = egress.made();
    let wrongs: Vec<String> =
        made.wrongs.into_iter().chain(ledger.wrongs()).chain(observer.wrongs()).collect();
    assert!(wrongs.is_empty(), "seed {seed}: {} wrongs: {:#?}", wrongs.len(), &wrongs[..wrongs.len().min(3)]);
    if !fate.kills && !fate.takeovers {
        let mut once = HashSet::new();
        let repeated: Vec<_> = made.requests.iter().filter(|request| !once.insert(**request)).collect();
        assert!(repeated.is_empty(), "seed {seed}: nobody died, and {repeated:?} were sent again");
    }
    if !fate.takeovers {
        // A node that is killed between a commit and the telling leaves it untold.
        assert_eq!(observer.attempts(), ledger.attempts(), "seed {seed}: attempts told and written");
    }
    if fate.weather.queue_losing == 0 && !fate.kills && !fate.wipe && !fate.takeovers && !fate.changes {
        assert_eq!(node.registry.requeued(), 0, "seed {seed}: the auditor had to help");
    }
    assert_eq!(ledger.owed(), 0, "seed {seed}: {:?}", ledger.count());
    let all: usize = ledger.count().values().sum();
    // Nothing is owed to an endpoint while it is disabled.
    let all_owed = fate.changes || all >= EVENTS * ENDPOINTS as usize;
    assert!(all_owed, "seed {seed}: {all} deliveries of {EVENTS} events");
    assert_eq!(ledger.still_spilling(), 0, "seed {seed}");
    assert_eq!(queue.waiting(), 0, "seed {seed}: unacknowledged");
    let held = |number| node.registry.entry(endpoint_id(number)).lock().held.len();
    assert_eq!((1..=ENDPOINTS).map(held).sum::<usize>(), 0, "seed {seed}: held by nobody");
    assert!(node.died.try_recv().is_err(), "seed {seed}: a singleton died");
}

fn event(world: &World) -> Incoming {
    let chance = u128::from(world.dice.next()) << 16 | u128::from(world.dice.next() & 0xffff);
    let [_, _, _, _, _, _, chance @ ..] = chance.to_be_bytes();
    testing::event(EventId::new(world.clock.now(), chance))
}

#[tokio::test(start_paused = true)]
async fn under_steady_arrivals_spilling_ends() {
    let mut world = World::new(7, Weather::default(), vec![testing::endpoint(1, 40)]);
    let mut node = world.start().await;
    let burst = (0..300).map(|_| event(&world)).collect();
    node.intake.publish(burst).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let spilling = |node: &Node| node.registry.entry(endpoint_id(1)).lock().spill.spilling;
    assert!(spilling(&node), "a burst of 300 is more than a hand");
    // Half of what its slots can take goes on arriving: at no time is nothing of it under way.
    let mut ended = false;
    for round in 0..200 {
        let intake = if round % 2 == 0 { node.intake.clone() } else { node.beside.clone() };
        let events = vec![event(&world), event(&world), event(&world)];
        tokio::spawn(async move { intake.publish(events).await });
        tokio::time::sleep(Duration::from_millis(25)).await;
        ended |= !spilling(&node);
    }
    assert!(ended, "it read from the ledger all the time");
    settle(&world, &node).await;
    assert!(node.died.try_recv().is_err());
    node.kill().await;
}

#[expect(clippy::disallowed_methods, reason = "a longer look than the suite's is asked for by hand")]
fn seeds() -> u64 {
    std::env::var("SIMULATION_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(12)
}

async fn live_through_all(fate: Fate) {
    for seed in 0..seeds() {
        live_through(seed, fate).await;
    }
}

#[tokio::test(start_paused = true)]
async fn in_fair_weather_everything_is_delivered() {
    live_through_all(Fate { beside: true, ..Fate::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn failing_endpoints_are_retried_to_their_end() {
    let weather = Weather { endpoints_failing: 40, ledger_failing: 3, ..Weather::default() };
    live_through_all(Fate { weather, beside: true, outage: true, ..Fate::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn what_expires_is_skipped_and_holds_up_nothing() {
    let weather =
        Weather { events_expiring: 20, endpoints_failing: 30, ledger_failing: 3, ..Weather::default() };
    live_through_all(Fate { weather, beside: true, outage: true, kills: true, ..Fate::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn stores_that_fail_lose_nothing() {
    let weather = Weather { ledger_failing: 5, queue_losing: 5, endpoints_failing: 20, ..Weather::default() };
    live_through_all(Fate { weather, beside: true, ..Fate::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn changes_by_their_owners_lose_nothing() {
    let weather = Weather { endpoints_failing: 20, queue_losing: 3, ..Weather::default() };
    live_through_all(Fate { weather, changes: true, outage: true, ..Fate::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn killed_actors_and_a_wiped_queue_lose_nothing() {
    let weather = Weather { ledger_failing: 3, queue_losing: 3, endpoints_failing: 20, ..Weather::default() };
    live_through_all(Fate { weather, beside: true, kills: true, wipe: true, ..Fate::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_changes_no_rate_and_no_pause_and_loses_nothing() {
    let weather = Weather { endpoints_failing: 30, queue_losing: 3, ..Weather::default() };
    live_through_all(Fate { weather, beside: true, outage: true, set_clock: true, ..Fate::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_tenants_limit_holds_for_its_endpoints_together() {
    let weather = Weather { queue_losing: 3, endpoints_failing: 10, ..Weather::default() };
    // 720 deliveries of 120 events, and their retries: half a minute at this rate, most of which is waited in the ledger.
    let tenant_rate = NonZeroU32::new(20);
    live_through_all(Fate { weather, tenant_rate, ..Fate::default() }).await;
    live_through_all(Fate { weather, tenant_rate, kills: true, changes: true, ..Fate::default() }).await;
}

/// Two nodes send for one tenant; one of them is killed, the other has everything for a while, and a third comes.
async fn share_a_tenant(seed: u64) {
    let weather = Weather { ledger_failing: 5, queue_losing: 3, endpoints_failing: 10, ..Weather::default() };
    let fate = Fate { weather, takeovers: true, tenant_rate: NonZeroU32::new(20), ..Fate::default() };
    let mut world = World::new(seed, weather, endpoints(fate));
    let mut node = world.start_among(0..1).await;
    let mut other = world.start_among(1..2).await;
    for number in 0..EVENTS {
        // More is owed than the tenant may be sent: whoever sends too much shows.
        world.dice.pause(150).await;
        let intake = if world.dice.percent(50) { &node.intake } else { &other.intake };
        while intake.publish(vec![event(&world)]).await.is_err() {}
        if number == EVENTS / 3 {
            other.kill().await;
            world.give(&node, Shard(1));
            world.dice.pause(5000).await;
            other = world.start_among(0..0).await;
        }
        if number == EVENTS / 2 {
            let (from, to) = (&node, &other);
            world.hand_over(from, to, Shard(1)).await;
        }
    }
    for _ in 0..3600 {
        if world.ledger.owed() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    tokio::time::sleep(Duration::from_mins(3)).await;
    look_back(seed, fate, &world, &mut node);
    assert!(other.died.try_recv().is_err(), "seed {seed}: a singleton died");
    assert!(other.registry.in_flight() == 0 && other.leases.held().len() == 1, "seed {seed}");
    node.kill().await;
    other.kill().await;
}

#[tokio::test(start_paused = true)]
async fn a_tenants_limit_holds_over_nodes_that_come_and_go() {
    for seed in 0..seeds() {
        share_a_tenant(seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nodes_that_are_killed_lose_nothing() {
    let weather = Weather { ledger_failing: 3, queue_losing: 3, endpoints_failing: 20, ..Weather::default() };
    live_through_all(Fate { weather, beside: true, kills: true, takeovers: true, ..Fate::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn changes_by_owners_of_killed_actors_endpoints_lose_nothing() {
    let weather = Weather { endpoints_failing: 20, ..Weather::default() };
    live_through_all(Fate { weather, kills: true, changes: true, ..Fate::default() }).await;
}
