//! The service, put together: a node from its configuration to its end.
//!
//! Promises: it starts when the stores answer and says what it waits for; it ends with a reason when it cannot
//! go on; drained, it leaves nothing half done. Leaves out: everything that its parts promise.

mod announcing;
pub mod auditing;
mod certificates;
mod control;
pub mod doctor;
mod house;
mod http;
mod keeper;
mod onlookers;
mod ownership;
mod relaying;
mod releasing;
pub mod reloading;
mod replaying;
pub mod resealing;
mod set_back;
mod staff;
mod stores;
mod tasks;
mod telling;
mod unroutable;
mod vitals;
pub mod wiring;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actors::answering::Answering;
use actors::chaos::Chaos;
use actors::draining::Draining;
use actors::leases::Leases;
use actors::registry::Registry;
use actors::supervisor;
use anyhow::Context as _;
use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use ractor::ActorRef;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::house::House;
use self::keeper::{Keeper, leading};
use self::reloading::Reloading;
use self::staff::Staff;
use self::stores::Stores;
use self::tasks::Tasks;
use self::telling::Telling;
use crate::bus::Events;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::courier::{Bodies, Courier, Sender};
use crate::ledger::Ledger;
use crate::ledger::ownership::Ownership;
use crate::tally::Tally;
use crate::vault::Vault;

/// A running service.
pub struct App {
    /// Where it listens, with the port that was bound.
    pub address: SocketAddr,
    supervisor: ActorRef<supervisor::Message>,
    registry: Arc<Registry>,
    tally: Arc<Tally>,
    draining: Draining,
    leases: Leases,
    ownership: Ownership,
    client: async_nats::Client,
    ledger: Ledger,
    stopping: CancellationToken,
    /// This node is to have no shards any more.
    leaving: CancellationToken,
    /// Ended last: until then what this node has is renewed.
    owning: CancellationToken,
    tasks: Tasks,
    failures: mpsc::Receiver<String>,
    /// For whoever has the configuration read again.
    pub reloading: Arc<Reloading>,
}

/// From the word to stop to the end, whatever is under way: who starts nodes kills those that take longer.
const STOP: Duration = Duration::from_secs(30);
/// For each of the three parts that are closed after the attempts.
const CLOSE: Duration = Duration::from_secs(3);
/// For what the process itself has to do at its end.
const EXIT: Duration = Duration::from_secs(1);
/// Attempts under way may take so long to end before they are left to the next owner: an attempt may take longer.
pub const DRAIN: Duration = STOP.saturating_sub(CLOSE.saturating_mul(3)).saturating_sub(EXIT);

/// What is served, and where.
struct Served {
    listener: TcpListener,
    router: Router,
}

impl Served {
    async fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
        TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))
    }
}

impl App {
    /// Waits for the stores, migrates, starts the actors and the HTTP server, takes what shards fall to it.
    pub async fn start(config: Config, metrics: PrometheusHandle) -> anyhow::Result<Self> {
        let listener = Served::bind(config.server.listen).await?;
        let metrics_listener = match config.server.metrics_listen {
            Some(listen) => Some(Served::bind(listen).await?),
            None => None,
        };
        let address = listener.local_addr().context("listen")?;
        let vault = Arc::new(Vault::new(&wiring::ring(&config.vault)).context("open vault")?);
        let egress = crate::egress::Egress::new(&wiring::egress(&config)).context("set up egress")?;
        let stores = Stores::open(&config).await?;
        for (key, count) in resealing::unusable_keys(&stores.ledger.pool, &vault).await? {
            tracing::error!(
                key,
                count,
                "vault.keys has not the key that secrets are sealed under: their endpoints get nothing"
            );
        }
        let sender = Sender {
            egress,
            vault: Arc::clone(&vault),
            clock: Arc::new(SystemClock),
            bodies: Bodies::default(),
        };
        let (payloads, leases) = (stores.ledger.payloads().clone(), Leases::new(stores.shards));
        let courier = Arc::new(Courier { payloads, sender, leases });
        let stopping = CancellationToken::new();
        let staff = Staff::start(&config, &stores, Arc::clone(&courier), &stopping).await?;
        let house = House {
            node: stores.ownership.node.id,
            ledger: stores.ledger.clone(),
            directory: Arc::clone(&staff.directory),
            feeders: staff.feeders.clone(),
            leases: staff.leases.clone(),
            bus: stores.bus.clone(),
            clock: Arc::clone(&courier.sender.clock),
            retention: wiring::retention(&config),
            metrics,
            ledger_answers: Arc::new(AtomicBool::new(true)),
        };
        if config.chaos.enabled {
            tracing::warn!("chaos.enabled: operators can kill any actor by POST /api/v1/chaos/kill");
        }
        let chaos = config.chaos.enabled.then(|| Chaos::new(staff.supervisor.clone()));
        let reloading = Arc::new(Reloading {
            started: config.clone(),
            bus: stores.bus.clone(),
            leases: staff.leases.clone(),
            clock: Arc::clone(&courier.sender.clock),
            one_at_a_time: Mutex::default(),
        });
        let control = control::Control { house: house.clone(), courier, chaos, reloading: reloading.clone() };
        let control = Arc::new(control);
        let router = control::router(&config, control, &staff, vault).await?;
        for range in &config.egress.allow_cidrs {
            tracing::warn!(%range, "egress.allow_cidrs: endpoints may reach this range, and by plain http");
        }
        let shards = stores.shards;
        let metrics = metrics_listener
            .map(|listener| Served { listener, router: control::metrics(house.metrics.clone()) });
        let served = [Some(Served { listener, router }), metrics].into_iter().flatten();
        let mut keeper = Self::keeper(&stores, &staff);
        // Alone, or after those before it have left, it has all there is when it is ready.
        keeper.look().await;
        let held = keeper.leases.held().len();
        let app = Self::run(&config, stores, staff, house, served, (address, stopping, reloading), keeper);
        tracing::info!(%address, shards, held, version = env!("CARGO_PKG_VERSION"), "hookyard is ready");
        Ok(app)
    }

    fn keeper(stores: &Stores, staff: &Staff) -> Keeper {
        Keeper {
            ownership: stores.ownership.clone(),
            clock: Arc::clone(&staff.ports.clock),
            leases: staff.leases.clone(),
            registry: Arc::clone(&staff.registry),
            feeders: staff.feeders.clone(),
            supervisor: staff.supervisor.clone(),
            leaving: CancellationToken::new(),
            giving: JoinSet::new(),
            answering: Answering::default(),
        }
    }

    /// Sets everything going that goes on beside the actors.
    fn run(
        config: &Config,
        stores: Stores,
        staff: Staff,
        house: House,
        served: impl Iterator<Item = Served>,
        (address, stopping, reloading): (SocketAddr, CancellationToken, Arc<Reloading>),
        keeper: Keeper,
    ) -> Self {
        let Stores { ledger, ownership, client, bus, .. } = stores;
        let (fail, failures) = mpsc::channel(4);
        let owning = CancellationToken::new();
        let (tasks, keeping) = (Tasks::new(fail.clone()), Tasks::new(fail.clone()));
        let relaying = relaying::relay(house.clone(), Arc::clone(&staff.live));
        tasks.spawn("what other nodes send", &stopping, relaying);
        let (leases, leaving) = (keeper.leases.clone(), keeper.leaving.clone());
        let events = Events {
            bus,
            intake: staff.intake.clone(),
            directory: staff.directory,
            ledger: Arc::clone(&staff.ports.ledger),
            unmapped: Arc::new(unroutable::Unroutable(house.clone())),
            clock: staff.ports.clock,
            payload_max_bytes: config.server.publish_body_max_bytes,
            deliver_at_max: config.intake.deliver_at_max.duration(),
        };
        keeping.spawn("keeping of shards", &owning, keeper.keep());
        let days = leading(leases.clone(), house.clone(), House::keep_days);
        tasks.spawn("keeping of days", &stopping, days);
        let purge = leading(leases.clone(), house.clone(), House::purge);
        tasks.spawn("purge of what was deleted", &stopping, purge);
        let adding_up = house.clone().add_up(Arc::clone(&staff.tally), stopping.clone());
        tasks.spawn_draining("statistics", &stopping, adding_up);
        if staff.to_announce.is_on() {
            let catching_up = leading(leases.clone(), house.clone(), announcing::catch_up);
            tasks.spawn("accepted events left out", &stopping, catching_up);
            tasks.spawn("accepted events", &stopping, staff.to_announce.publish(house.clone()));
        }
        tasks.spawn("watch of the clock", &stopping, set_back::mind(house.clone()));
        tasks.spawn("keeping fresh", &stopping, house.clone().keep_fresh());
        tasks.spawn("turns of tenants", &stopping, staff.asking.run());
        let releasing = releasing::release(house.clone(), staff.intake.clone());
        tasks.spawn("scheduled events", &stopping, releasing);
        let telling = Arc::new(Telling { house: house.clone(), intake: staff.intake });
        tasks.spawn("vitals", &stopping, leading(leases.clone(), house.clone(), vitals::tell));
        tasks.spawn("notices", &stopping, leading(leases.clone(), telling, Telling::run));
        tasks.spawn("replays", &stopping, replaying::work_off(house));
        tasks.spawn("watch of the actors", &stopping, ownership::report(staff.died, fail));
        let taking_in = leading(leases.clone(), Arc::new(events), Events::run);
        tasks.spawn("intake of events from nats", &stopping, taking_in);
        for Served { listener, router } in served {
            let serving = http::serve(listener, router, wiring::http(config), stopping.clone());
            tasks.spawn_draining("http server", &stopping, serving);
        }
        let Staff { supervisor, registry, draining, tally, .. } = staff;
        Self {
            address,
            supervisor,
            registry,
            tally,
            draining,
            leases,
            ownership,
            client,
            ledger,
            stopping,
            leaving,
            owning,
            tasks,
            failures,
            reloading,
        }
    }

    /// Ends when the service cannot go on by itself: why.
    pub async fn failed(&mut self) -> String {
        match self.failures.recv().await {
            Some(why) => why,
            None => std::future::pending().await,
        }
    }

    /// Drains: takes nothing new, lets requests under way end and be recorded, hands each shard over when it is done,
    /// closes the stores.
    pub async fn stop(self) {
        tracing::info!(in_flight = self.registry.in_flight(), "draining");
        self.stopping.cancel();
        self.draining.begin();
        self.leaving.cancel();
        let drained = self.leases.until(|leases| leases.held().is_empty());
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            let left = self.registry.in_flight();
            tracing::warn!(left, "requests are still under way: they are repeated by the next owner");
        }
        let _ = tokio::time::timeout(CLOSE, self.tasks.wait()).await;
        self.supervisor.stop(None);
        self.owning.cancel();
        let flushed = async {
            tokio::join!(self.client.flush(), self.tally.flush(&self.ledger), self.ownership.leave())
        };
        let _ = tokio::time::timeout(CLOSE, flushed).await;
        let _ = tokio::time::timeout(CLOSE, self.ledger.disconnect()).await;
        tracing::info!("stopped");
    }
}
