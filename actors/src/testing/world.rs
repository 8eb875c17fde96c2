//! A node among stores in memory: it can be started, killed, and started again on what it left.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use domain::endpoint::Endpoint;
use domain::id::Shard;
use domain::lease::Lease;
use ractor::{Actor, ActorRef};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Dice, MemoryEgress, MemoryLedger, MemoryObserver, MemoryQueue, PausedClock, limits};
use crate::address::Address;
use crate::chaos::Chaos;
use crate::directory::Directory;
use crate::draining::Draining;
use crate::feeder::Feeders;
use crate::intake::{self, Handle, Intake, Queueing};
use crate::leases::Leases;
use crate::ports::{Clock, Egress, Ports};
use crate::registry::Registry;
use crate::supervisor::{self, Supervisor};
use crate::tenants::{Asking, Tenants};

pub const SHARDS: u16 = 2;

/// How often what is asked of the world goes wrong, out of a hundred.
#[derive(Clone, Copy, Default)]
pub struct Weather {
    pub ledger_failing: u64,
    pub queue_losing: u64,
    pub endpoints_failing: u64,
    /// Attempts that find their event expired, out of a hundred.
    pub events_expiring: u64,
}

/// What outlives a node.
pub struct World {
    pub dice: Dice,
    pub ledger: MemoryLedger,
    pub queue: MemoryQueue,
    pub egress: MemoryEgress,
    pub observer: MemoryObserver,
    pub clock: Arc<PausedClock>,
    epoch: i64,
}

pub struct Node {
    pub registry: Arc<Registry>,
    pub directory: Arc<Directory>,
    pub intake: Handle,
    pub intake_address: Address<intake::Message>,
    /// Another node's, which owns no shard: what it posts becomes visible in between.
    pub beside: Handle,
    /// Told why it ended by itself.
    pub died: oneshot::Receiver<String>,
    pub chaos: Chaos,
    pub leases: Leases,
    supervisor: ActorRef<supervisor::Message>,
    ended: JoinHandle<()>,
    asking: JoinHandle<()>,
}

impl World {
    pub fn new(seed: u64, weather: Weather, endpoints: Vec<Endpoint>) -> Self {
        let dice = Dice::new(seed);
        let clock = Arc::new(PausedClock::new(dice.clone()));
        let shown: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let ledger = MemoryLedger::new(dice.clone(), Arc::clone(&shown), weather.ledger_failing, endpoints);
        let queue = MemoryQueue::new(dice.clone(), ledger.clone(), shown, SHARDS, weather.queue_losing);
        let egress = MemoryEgress::new(dice.clone(), ledger.clone(), weather, 300);
        let observer = MemoryObserver::new(ledger.clone());
        Self { dice, ledger, queue, egress, observer, clock, epoch: 0 }
    }

    pub async fn start(&mut self) -> Node {
        let egress = Arc::new(self.egress.clone());
        self.start_with(egress).await
    }

    /// The same, with something between the actors and the endpoints.
    pub async fn start_with(&mut self, egress: Arc<dyn Egress>) -> Node {
        self.start_holding(0..SHARDS, egress).await
    }

    /// One among several, which holds these.
    pub async fn start_among(&mut self, shards: Range<u16>) -> Node {
        let egress = Arc::new(self.egress.clone());
        self.start_holding(shards, egress).await
    }

    async fn start_holding(&mut self, shards: Range<u16>, egress: Arc<dyn Egress>) -> Node {
        self.epoch += 1;
        let leases = Leases::new(SHARDS);
        let held: Vec<_> = shards.map(|shard| Lease { shard: Shard(shard), epoch: self.epoch }).collect();
        for &lease in &held {
            self.hold(&leases, lease);
        }
        let ports = Ports {
            ledger: Arc::new(self.ledger.clone()),
            queue: Arc::new(self.queue.clone()),
            egress,
            observer: Arc::new(self.observer.clone()),
            clock: Arc::clone(&self.clock) as _,
        };
        let registry = Arc::new(Registry::default());
        let directory = Arc::new(Directory::new(Arc::clone(&registry)));
        directory.refresh(&self.ledger).await.unwrap();
        let (fatal, died) = oneshot::channel();
        let intake = Address::default();
        let tenants = Arc::new(Tenants::new(leases.clone()));
        let asking = Asking {
            tenants: Arc::clone(&tenants),
            ports: ports.clone(),
            registry: Arc::clone(&registry),
            error_wait: limits().error_wait,
        };
        let arguments = supervisor::Arguments {
            ports,
            limits: Arc::new(limits()),
            directory: Arc::clone(&directory),
            registry: Arc::clone(&registry),
            feeders: Feeders::new(SHARDS),
            leases: leases.clone(),
            tenants,
            intake: intake.clone(),
            draining: Draining::default(),
            audit_grace: Duration::from_secs(30),
            audit_interval: Duration::from_secs(5),
            // Fewer than there are: the others come with the next round.
            audit_endpoints_max: 2,
            fatal,
        };
        let beside = intake_beside(&arguments).await;
        let (supervisor, ended) = Actor::spawn(None, Supervisor, arguments).await.unwrap();
        for lease in held {
            supervisor.cast(supervisor::Message::Take(lease)).unwrap();
        }
        let intake_address = intake.clone();
        let intake = Handle::new(intake, Arc::clone(&directory), 10_000, Duration::from_mins(1));
        let chaos = Chaos::new(supervisor.clone());
        let asking = tokio::spawn(asking.run());
        Node {
            registry,
            directory,
            intake,
            intake_address,
            beside,
            died,
            chaos,
            leases,
            supervisor,
            ended,
            asking,
        }
    }

    /// As the ledger and the queue see it from now on.
    fn hold(&self, leases: &Leases, lease: Lease) {
        self.ledger.take_over(lease);
        self.queue.hand_out_again(lease.shard);
        leases.take(lease, Duration::MAX, self.clock.moment());
    }

    /// Another node takes a shard, by the ledger's word alone.
    pub fn take_away(&mut self, shard: Shard) {
        self.epoch += 1;
        self.ledger.take_over(Lease { shard, epoch: self.epoch });
    }

    /// A node takes a shard.
    pub fn give(&mut self, node: &Node, shard: Shard) {
        self.epoch += 1;
        let lease = Lease { shard, epoch: self.epoch };
        self.hold(&node.leases, lease);
        node.supervisor.cast(supervisor::Message::Take(lease)).unwrap();
    }

    /// A shard is handed over, and what is under way ends with it.
    pub async fn hand_over(&mut self, from: &Node, to: &Node, shard: Shard) {
        let Some(lease) = from.leases.of(shard) else { return };
        from.leases.hand_over(lease);
        let (done, dropped) = oneshot::channel();
        from.supervisor.cast(supervisor::Message::Drop(lease, Some(done))).unwrap();
        let _ = dropped.await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.give(to, shard);
    }

    /// A shard goes to another node, and comes back: a moment later, as what is under way has to end with it.
    pub async fn pass_around(&mut self, node: &Node, shard: Shard) {
        let Some(lease) = node.leases.of(shard) else { return };
        let (done, dropped) = oneshot::channel();
        if self.dice.percent(50) {
            // The node hears of it when it writes, or a moment later.
            self.take_away(shard);
            self.dice.pause(1000).await;
        }
        node.supervisor.cast(supervisor::Message::Drop(lease, Some(done))).unwrap();
        let _ = dropped.await;
        self.dice.pause(50).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.give(node, shard);
    }
}

async fn intake_beside(of: &supervisor::Arguments) -> Handle {
    let arguments = intake::Arguments {
        ports: of.ports.clone(),
        limits: Arc::clone(&of.limits),
        directory: Arc::clone(&of.directory),
        feeders: Feeders::new(SHARDS),
        queueing: Queueing::new(16),
    };
    let directory = Arc::clone(&of.directory);
    let (actor, _) = Actor::spawn(None, Intake, arguments).await.unwrap();
    let address = Address::default();
    address.assign(actor);
    Handle::new(address, directory, 10_000, Duration::from_mins(1))
}

impl Node {
    /// Ends as a process does that is killed: with everyone in it.
    pub async fn kill(self) {
        self.supervisor.kill();
        self.asking.abort();
        let _ = self.ended.await;
        // Its actors are told; a moment later they are gone.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
