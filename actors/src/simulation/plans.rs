//! One endpoint and a plan made by chance: what is published, what fails, who dies, what its owner changes. A plan that
//! breaks a promise is shrunk to the steps that it needs.
//!
//! `PROPTEST_CASES=4000 cargo test -p actors plans` takes a longer look.

use std::num::NonZeroU32;
use std::time::Duration;

use domain::endpoint::{Endpoint, RateLimit, Status};
use domain::id::Shard;
use proptest::prelude::*;

use super::{endpoint_id, event};
use crate::chaos::{How, Target};
use crate::role::Role;
use crate::testing::{self, Node, SHARDS, Weather, World};

const ONLY: u128 = 1;

#[derive(Debug, Clone)]
struct Plan {
    seed: u64,
    slots: u32,
    ordered: bool,
    rate_limited: bool,
    /// Requests that fail, out of a hundred.
    failing: u64,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Publish(usize),
    Wait(Duration),
    Down(bool),
    Strike(Victim, How),
    /// The node is killed, and another takes over.
    TakeOver,
    /// The shards go to another node and come back.
    PassAround,
    Wipe,
    /// All that is not acknowledged comes again.
    Redeliver,
    Slots(u32),
    Ordered(bool),
    Status(Status),
}

#[derive(Debug, Clone, Copy)]
enum Victim {
    Endpoint,
    Recorder,
    Feeder,
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![Just(How::Kill), Just(How::Panic)]
}

fn victim() -> impl Strategy<Value = Victim> {
    prop_oneof![Just(Victim::Endpoint), Just(Victim::Recorder), Just(Victim::Feeder)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_usize..12).prop_map(Step::Publish),
        6 => (0_u64..6000).prop_map(|ms| Step::Wait(Duration::from_millis(ms))),
        1 => any::<bool>().prop_map(Step::Down),
        3 => (victim(), how()).prop_map(|(victim, how)| Step::Strike(victim, how)),
        1 => Just(Step::TakeOver),
        1 => Just(Step::PassAround),
        1 => Just(Step::Wipe),
        1 => Just(Step::Redeliver),
        1 => (1_u32..5).prop_map(Step::Slots),
        1 => any::<bool>().prop_map(Step::Ordered),
        2 => prop_oneof![Just(Status::Paused), Just(Status::Active)].prop_map(Step::Status),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let steps = prop::collection::vec(step(), 1..40);
    (any::<u64>(), 1_u32..5, any::<bool>(), any::<bool>(), 0_u64..50, steps).prop_map(
        |(seed, slots, ordered, rate_limited, failing, steps)| Plan {
            seed,
            slots,
            ordered,
            rate_limited,
            failing,
            steps,
        },
    )
}

struct Life {
    world: World,
    node: Node,
    accepted: usize,
}

impl Life {
    async fn start(plan: &Plan) -> Self {
        let weather = Weather { endpoints_failing: plan.failing, ..Weather::default() };
        let mut only = testing::endpoint(ONLY, plan.slots);
        only.ordered = plan.ordered;
        let limit = |number| NonZeroU32::new(number).expect("more than none");
        only.rate_limit = plan.rate_limited.then(|| RateLimit { per_minute: limit(120), burst: limit(3) });
        let mut world = World::new(plan.seed, weather, vec![only]);
        let node = world.start().await;
        Self { world, node, accepted: 0 }
    }

    async fn take(&mut self, step: &Step) {
        match *step {
            Step::Publish(events) => {
                let events = (0..events).map(|_| event(&self.world)).collect::<Vec<_>>();
                let count = events.len();
                self.accepted += self.node.intake.publish(events).await.map_or(0, |_| count);
            }
            Step::Wait(length) => tokio::time::sleep(length).await,
            Step::Down(down) => self.world.egress.set_down(endpoint_id(ONLY), down),
            Step::Strike(victim, how) => {
                let target = match victim {
                    Victim::Endpoint => Target::Endpoint(endpoint_id(ONLY)),
                    Victim::Recorder => Target::One(Role::Recorder),
                    Victim::Feeder => Target::One(Role::Feeder(Shard::of(endpoint_id(ONLY), SHARDS))),
                };
                self.node.chaos.strike(target, how).await;
            }
            Step::TakeOver => {
                let next = self.world.start().await;
                std::mem::replace(&mut self.node, next).kill().await;
            }
            Step::PassAround => {
                self.world.pass_around(&self.node, Shard::of(endpoint_id(ONLY), SHARDS)).await;
            }
            Step::Wipe => self.world.queue.wipe(),
            Step::Redeliver => self.world.queue.hand_out_again(Shard::of(endpoint_id(ONLY), SHARDS)),
            Step::Slots(slots) => self.change(|only| only.max_in_flight = slots).await,
            Step::Ordered(ordered) => self.change(|only| only.ordered = ordered).await,
            Step::Status(status) => self.change(|only| only.status = status).await,
        }
    }

    async fn change(&self, change: impl FnOnce(&mut Endpoint)) {
        self.world.ledger.change(endpoint_id(ONLY), change);
        self.node.directory.refresh(&self.world.ledger).await.expect("the ledger answers");
    }

    /// Nothing is in the way any more: every delivery ends, and nothing has happened that must not.
    async fn end(mut self) {
        self.world.egress.set_down(endpoint_id(ONLY), false);
        self.change(|only| only.status = Status::Active).await;
        for _ in 0..1800 {
            if self.world.ledger.owed() == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        // What came twice is acknowledged too.
        tokio::time::sleep(Duration::from_mins(3)).await;
        let World { ledger, queue, egress, .. } = &self.world;
        let wrongs: Vec<String> = egress.made().wrongs.into_iter().chain(ledger.wrongs()).collect();
        assert!(wrongs.is_empty(), "{} wrongs: {:#?}", wrongs.len(), &wrongs[..wrongs.len().min(3)]);
        assert_eq!(ledger.owed(), 0, "{:?}", ledger.count());
        assert_eq!(ledger.count().values().sum::<usize>(), self.accepted);
        assert_eq!((ledger.still_spilling(), queue.waiting()), (0, 0), "spilling, unacknowledged");
        assert!(self.node.died.try_recv().is_err(), "a singleton died");
        self.node.kill().await;
    }
}

proptest! {
    // A plan takes longer than most properties.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_delivery_ends_within_the_rules(plan in plan()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let mut life = Life::start(&plan).await;
            for step in &plan.steps {
                life.take(step).await;
            }
            life.end().await;
        });
    }
}
