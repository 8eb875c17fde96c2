//! The service, put together: a node from its configuration to its end.
//!
//! Promises: it starts when the stores answer and says what it waits for; it ends with a reason when it cannot
//! go on; drained, it leaves nothing half done. Leaves out: everything that its parts promise.

mod control;
mod housekeeping;
mod ownership;
mod wiring;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actors::address::Address;
use actors::directory::Directory;
use actors::draining::Draining;
use actors::feeder::Feeders;
use actors::intake;
use actors::ports::{Clock, Ports};
use actors::registry::Registry;
use actors::supervisor::{self, Supervisor};
use anyhow::Context as _;
use metrics_exporter_prometheus::PrometheusHandle;
use ractor::{Actor, ActorRef};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bus::{self, Bus, Events};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::courier::Courier;
use crate::ledger::Ledger;
use crate::vault::Vault;

/// A running service.
pub struct App {
    /// Where it listens, with the port that was bound.
    pub address: SocketAddr,
    supervisor: ActorRef<()>,
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
/// The rest of the service, after that.
const CLOSE: Duration = Duration::from_secs(5);
/// NATS away for longer at start: the service starts without, and deliveries go on from the ledger.
const NATS_WAIT: Duration = Duration::from_secs(10);

impl App {
    /// Waits for the stores, migrates, takes the shards over, starts the actors and the HTTP server.
    pub async fn start(config: Config, metrics: PrometheusHandle) -> anyhow::Result<Self> {
        let (fail, failures) = mpsc::channel(4);
        let stopping = CancellationToken::new();
        let owning = CancellationToken::new();
        let tasks = TaskTracker::new();
        let listener = tokio::net::TcpListener::bind(config.server.listen)
            .await
            .with_context(|| format!("listen on {}", config.server.listen))?;
        let address = listener.local_addr().context("listen")?;
        let vault = Arc::new(Vault::new(&wiring::ring(&config.vault)).context("open vault")?);
        let ledger = Ledger::open(&wiring::ledger(&config)).context("open ledger")?;
        ownership::wait_for(&ledger).await;
        if config.postgres.migrate {
            ledger.migrate().await.context("migrate ledger")?;
        }
        let shards = crate::ledger::ownership::shards(&ledger.pool, config.queue.shards).await?;
        let owned = ownership::take(&ledger.pool).await?;
        let epochs = Arc::new(owned.epochs.clone());

        let (client, connections) = bus::connect(&config.nats).await?;
        let bus = Bus::new(client.clone(), connections, wiring::queue(&config, shards), Arc::clone(&epochs));
        ownership::wait_for_nats(&bus, NATS_WAIT).await?;

        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let directory = Arc::new(Directory::default());
        let courier = Arc::new(Courier {
            egress: crate::egress::Egress::new(&wiring::egress(&config)).context("set up egress")?,
            payloads: ledger.payloads().clone(),
            vault: Arc::clone(&vault),
            clock: Arc::clone(&clock),
        });
        let ports = Ports {
            ledger: Arc::new(ledger.clone()),
            queue: Arc::new(bus.clone()),
            egress: courier.clone(),
            clock: Arc::clone(&clock),
        };
        directory.refresh(ports.ledger.as_ref()).await.context("read directory")?;
        let registry = Arc::new(Registry::default());
        let feeders = Feeders::new(shards);
        let draining = Draining::default();
        let intake_address = Address::default();
        let (fatal, died) = oneshot::channel();
        let arguments = supervisor::Arguments {
            ports: ports.clone(),
            limits: Arc::new(wiring::limits(&config)),
            directory: Arc::clone(&directory),
            registry: Arc::clone(&registry),
            feeders: feeders.clone(),
            epochs,
            intake: intake_address.clone(),
            draining: draining.clone(),
            audit_grace: config.audit.grace.get(),
            audit_interval: wiring::audit_interval(&config),
            fatal,
        };
        actors::metrics::describe();
        let (supervisor, _) = Actor::spawn(None, Supervisor, arguments).await.context("start actors")?;
        let intake = intake::Handle::new(
            intake_address,
            config.intake.pending_max,
            config.server.request_timeout.get(),
        );

        let house = housekeeping::House {
            ledger: ledger.clone(),
            directory: Arc::clone(&directory),
            registry: Arc::clone(&registry),
            feeders,
            bus: bus.clone(),
            clock: Arc::clone(&clock),
            retention: wiring::retention(&config),
            metrics,
            ledger_answers: Arc::new(AtomicBool::new(true)),
        };
        let until = |task| {
            let stopping = stopping.clone();
            async move { stopping.run_until_cancelled_owned(task).await }
        };
        tasks.spawn(until(housekeeping::boxed(house.clone().keep_days())));
        tasks.spawn(until(housekeeping::boxed(house.clone().keep_fresh())));
        tasks.spawn(until(housekeeping::boxed(house.clone().work_off_replays())));
        let keep = ownership::keep(owned, ledger.pool.clone(), fail.clone());
        tokio::spawn(owning.clone().run_until_cancelled_owned(keep));
        tasks.spawn(until(housekeeping::boxed(ownership::report(died, fail))));
        let events = Events {
            bus: bus.clone(),
            intake: intake.clone(),
            directory: Arc::clone(&directory),
            ledger: Arc::clone(&ports.ledger),
            unmapped: Arc::new(housekeeping::Unroutable(house.clone())),
            clock: Arc::clone(&clock),
        };
        tasks.spawn(until(housekeeping::boxed(events.run())));

        let control = Arc::new(control::Control { house, courier });
        let router = control::router(&config, control, intake, vault, clock).await?;
        let stop_serving = stopping.clone();
        tasks.spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stop_serving.cancelled_owned());
            if let Err(error) = served.await {
                tracing::error!(%error, "http server ended");
            }
        });
        tasks.close();
        tracing::info!(%address, shards, version = env!("CARGO_PKG_VERSION"), "hookyard is ready");
        Ok(Self {
            address,
            supervisor,
            registry,
            draining,
            client,
            ledger,
            stopping,
            owning,
            tasks,
            failures,
        })
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
        self.ledger.pool.close().await;
        tracing::info!("stopped");
    }
}
