//! The service, put together: a node from its configuration to its end.
//!
//! Promises: it starts when the stores answer and says what it waits for; it ends with a reason when it cannot
//! go on; drained, it leaves nothing half done. Leaves out: everything that its parts promise.

mod control;
mod housekeeping;
mod ownership;
pub mod wiring;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actors::address::Address;
use actors::chaos::Chaos;
use actors::directory::Directory;
use actors::draining::Draining;
use actors::feeder::Feeders;
use actors::intake;
use actors::ports::{Clock as _, Ports};
use actors::registry::Registry;
use actors::supervisor::{self, Supervisor};
use anyhow::Context as _;
use metrics_exporter_prometheus::PrometheusHandle;
use ractor::{Actor, ActorRef};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::housekeeping::House;
use crate::bus::{self, Bus, Events};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::courier::Courier;
use crate::ledger::Ledger;
use crate::ledger::ownership::Ownership;
use crate::vault::Vault;

/// A running service.
pub struct App {
    /// Where it listens, with the port that was bound.
    pub address: SocketAddr,
    supervisor: ActorRef<supervisor::Message>,
    registry: Arc<Registry>,
    draining: Draining,
    client: async_nats::Client,
    ledger: Ledger,
    stopping: CancellationToken,
    /// Ended last: until then no other node may take the shards over.
    owning: CancellationToken,
    tasks: TaskTracker,
    failures: mpsc::Receiver<String>,
}

/// Requests under way may take so long to end before they are left to the next owner.
const DRAIN: Duration = Duration::from_secs(20);
/// For each part of the rest of the service, after that.
const CLOSE: Duration = Duration::from_secs(3);
/// NATS away for longer at start: the service starts without, and deliveries go on from the ledger.
const NATS_WAIT: Duration = Duration::from_secs(10);

/// The stores, and this node's hold on the shards.
struct Stores {
    ledger: Ledger,
    owned: Ownership,
    client: async_nats::Client,
    bus: Bus,
    shards: u16,
}

impl Stores {
    /// Waits for Postgres, and for NATS some seconds; migrates; takes the shards over.
    async fn open(config: &Config) -> anyhow::Result<Self> {
        let ledger = Ledger::open(&wiring::ledger(config)).context("open ledger")?;
        ownership::wait_for(&ledger).await;
        if config.postgres.migrate {
            ledger.migrate().await.context("migrate ledger")?;
        }
        let today = SystemClock.now();
        crate::ledger::partitions::make_ahead(&ledger.pool, today).await.context("make partitions ahead")?;
        let shards = crate::ledger::ownership::shards(&ledger.pool, config.queue.shards).await?;
        if shards != config.queue.shards {
            let wanted = config.queue.shards;
            tracing::warn!(
                shards,
                wanted,
                "number of shards was fixed at the first start: queue.shards is not used"
            );
        }
        let owned = ownership::take(&ledger.pool).await?;
        let (client, connections) = bus::connect(&config.nats).await?;
        let epochs = Arc::new(owned.epochs.clone());
        let bus = Bus::new(client.clone(), connections, wiring::queue(config, shards), epochs);
        ownership::wait_for_nats(&bus, NATS_WAIT).await?;
        Ok(Self { ledger, owned, client, bus, shards })
    }
}

/// The actors, and what the rest of the service knows of them.
struct Actors {
    ports: Ports,
    directory: Arc<Directory>,
    registry: Arc<Registry>,
    feeders: Feeders,
    draining: Draining,
    intake: intake::Handle,
    supervisor: ActorRef<supervisor::Message>,
    died: oneshot::Receiver<String>,
}

impl Actors {
    async fn start(config: &Config, stores: &Stores, courier: Arc<Courier>) -> anyhow::Result<Self> {
        let ports = Ports {
            ledger: Arc::new(stores.ledger.clone()),
            queue: Arc::new(stores.bus.clone()),
            clock: Arc::clone(&courier.clock),
            egress: courier,
        };
        let registry = Arc::new(Registry::new(ports.clock.as_ref()));
        let directory = Arc::new(Directory::new(Arc::clone(&registry)));
        directory.refresh(ports.ledger.as_ref()).await.context("read directory")?;
        let feeders = Feeders::new(stores.shards);
        let draining = Draining::default();
        let intake = Address::default();
        let (fatal, died) = oneshot::channel();
        let arguments = supervisor::Arguments {
            ports: ports.clone(),
            limits: Arc::new(wiring::limits(config)),
            directory: Arc::clone(&directory),
            registry: Arc::clone(&registry),
            feeders: feeders.clone(),
            epochs: Arc::new(stores.owned.epochs.clone()),
            intake: intake.clone(),
            draining: draining.clone(),
            audit_grace: config.audit.grace.get(),
            audit_interval: wiring::audit_interval(config),
            fatal,
        };
        actors::metrics::describe();
        crate::metrics::describe();
        crate::metrics::build_info();
        let (supervisor, _) = Actor::spawn(None, Supervisor, arguments).await.context("start actors")?;
        let (pending, timeout) = (config.intake.pending_max, config.server.request_timeout.get());
        let intake = intake::Handle::new(intake, pending, timeout);
        Ok(Self { ports, directory, registry, feeders, draining, intake, supervisor, died })
    }
}

impl App {
    /// Waits for the stores, migrates, takes the shards over, starts the actors and the HTTP server.
    pub async fn start(config: Config, metrics: PrometheusHandle) -> anyhow::Result<Self> {
        let listen = config.server.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))?;
        let address = listener.local_addr().context("listen")?;
        let vault = Arc::new(Vault::new(&wiring::ring(&config.vault)).context("open vault")?);
        let egress = crate::egress::Egress::new(&wiring::egress(&config)).context("set up egress")?;
        let stores = Stores::open(&config).await?;
        let courier = Arc::new(Courier {
            egress,
            payloads: stores.ledger.payloads().clone(),
            vault: Arc::clone(&vault),
            clock: Arc::new(SystemClock),
        });
        let actors = Actors::start(&config, &stores, Arc::clone(&courier)).await?;
        let house = House {
            ledger: stores.ledger.clone(),
            directory: Arc::clone(&actors.directory),
            feeders: actors.feeders.clone(),
            bus: stores.bus.clone(),
            clock: Arc::clone(&courier.clock),
            retention: wiring::retention(&config),
            metrics,
            ledger_answers: Arc::new(AtomicBool::new(true)),
        };
        if config.chaos.enabled {
            tracing::warn!("chaos.enabled: operators can kill any actor by POST /api/v1/chaos/kill");
        }
        let chaos = config.chaos.enabled.then(|| Chaos::new(actors.supervisor.clone()));
        let control = Arc::new(control::Control { house: house.clone(), courier, chaos });
        let router = control::router(&config, control, actors.intake.clone(), vault).await?;
        for range in &config.egress.allow_cidrs {
            tracing::warn!(%range, "egress.allow_cidrs: endpoints may reach this range, and by plain http");
        }
        if let Some(listen) = config.server.metrics_listen {
            let listener = TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))?;
            let metrics = control::metrics(house.metrics.clone());
            tokio::spawn(async move { axum::serve(listener, metrics).await });
        }
        let shards = stores.shards;
        let app =
            Self::run(stores, actors, house, listener, router, address, config.server.publish_body_max_bytes);
        tracing::info!(%address, shards, version = env!("CARGO_PKG_VERSION"), "hookyard is ready");
        Ok(app)
    }

    /// Sets everything going that goes on beside the actors.
    fn run(
        stores: Stores,
        actors: Actors,
        house: House,
        listener: TcpListener,
        router: axum::Router,
        address: SocketAddr,
        payload_max_bytes: usize,
    ) -> Self {
        let Stores { ledger, owned, client, bus, .. } = stores;
        let (fail, failures) = mpsc::channel(4);
        let (stopping, owning) = (CancellationToken::new(), CancellationToken::new());
        let tasks = TaskTracker::new();
        let events = Events {
            bus,
            intake: actors.intake,
            directory: actors.directory,
            ledger: Arc::clone(&actors.ports.ledger),
            unmapped: Arc::new(housekeeping::Unroutable(house.clone())),
            clock: actors.ports.clock,
            payload_max_bytes,
        };
        let keep = ownership::keep(owned, ledger.pool.clone(), fail.clone());
        tokio::spawn(owning.clone().run_until_cancelled_owned(keep));
        let until = |task| stopping.clone().run_until_cancelled_owned(task);
        tasks.spawn(until(housekeeping::boxed(house.clone().keep_days())));
        tasks.spawn(until(housekeeping::boxed(house.clone().purge())));
        tasks.spawn(until(housekeeping::boxed(house.clone().keep_fresh())));
        tasks.spawn(until(housekeeping::boxed(house.work_off_replays())));
        tasks.spawn(until(housekeeping::boxed(ownership::report(actors.died, fail))));
        tasks.spawn(until(housekeeping::boxed(events.run())));
        let stop_serving = stopping.clone().cancelled_owned();
        tasks.spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop_serving).await {
                tracing::error!(%error, "http server ended");
            }
        });
        tasks.close();
        let Actors { supervisor, registry, draining, .. } = actors;
        Self { address, supervisor, registry, draining, client, ledger, stopping, owning, tasks, failures }
    }

    /// Ends when the service cannot go on by itself: why.
    pub async fn failed(&mut self) -> String {
        match self.failures.recv().await {
            Some(why) => why,
            None => std::future::pending().await,
        }
    }

    /// Drains: takes nothing new, lets requests under way end and be recorded, closes the stores.
    pub async fn stop(self) {
        tracing::info!(in_flight = self.registry.in_flight(), "draining");
        self.stopping.cancel();
        self.draining.begin();
        let drained = async {
            while self.registry.in_flight() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            let left = self.registry.in_flight();
            tracing::warn!(left, "requests are still under way: they are repeated by the next owner");
        }
        let _ = tokio::time::timeout(CLOSE, self.tasks.wait()).await;
        self.supervisor.stop(None);
        let _ = tokio::time::timeout(CLOSE, self.client.flush()).await;
        self.owning.cancel();
        let _ = tokio::time::timeout(CLOSE, self.ledger.pool.close()).await;
        tracing::info!("stopped");
    }
}
