//! The actors, and what the rest of the service knows of them.

use std::sync::Arc;

use actors::address::Address;
use actors::directory::Directory;
use actors::draining::Draining;
use actors::feeder::Feeders;
use actors::intake;
use actors::leases::Leases;
use actors::ports::Ports;
use actors::registry::Registry;
use actors::supervisor::{self, Supervisor};
use actors::tenants::{Asking, Tenants};
use anyhow::Context as _;
use ractor::{Actor, ActorRef};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::announcing::{Announcing, Waiting};
use super::onlookers::Onlookers;
use super::stores::Stores;
use super::wiring;
use crate::config::Config;
use crate::courier::Courier;
use crate::live::Live;
use crate::tally::Tally;

pub struct Staff {
    pub ports: Ports,
    pub directory: Arc<Directory>,
    pub registry: Arc<Registry>,
    pub feeders: Feeders,
    pub leases: Leases,
    pub draining: Draining,
    pub asking: Asking,
    pub intake: intake::Handle,
    pub live: Arc<Live>,
    pub tally: Arc<Tally>,
    pub to_announce: Waiting,
    pub supervisor: ActorRef<supervisor::Message>,
    /// Why the actors ended.
    pub died: oneshot::Receiver<String>,
}

impl Staff {
    /// Whoever looks on stops when the service is `stopping`.
    pub async fn start(
        config: &Config,
        stores: &Stores,
        courier: Arc<Courier>,
        stopping: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let clock = Arc::clone(&courier.sender.clock);
        let registry = Arc::new(Registry::default());
        let leases = courier.leases.clone();
        let directory = Arc::new(Directory::new(Arc::clone(&registry)));
        let live = Live::new(Arc::clone(&directory), wiring::live(config), stopping.clone());
        let (live, tally) = (Arc::new(live), Arc::new(Tally::default()));
        let (announcing, to_announce) = Announcing::new(config.bus.publish_accepted);
        let ports = Ports {
            ledger: Arc::new(stores.ledger.clone()),
            queue: Arc::new(stores.bus.clone()),
            clock,
            egress: courier,
            observer: Arc::new(Onlookers { live: Arc::clone(&live), tally: Arc::clone(&tally), announcing }),
        };
        directory.refresh(ports.ledger.as_ref()).await.context("read directory")?;
        let feeders = Feeders::new(stores.shards);
        let draining = Draining::default();
        let intake = Address::default();
        let (fatal, died) = oneshot::channel();
        let limits = Arc::new(wiring::limits(config));
        let tenants = Arc::new(Tenants::new(leases.clone()));
        let asking = Asking {
            tenants: Arc::clone(&tenants),
            ports: ports.clone(),
            registry: Arc::clone(&registry),
            error_wait: limits.error_wait,
        };
        let arguments = supervisor::Arguments {
            ports: ports.clone(),
            limits,
            directory: Arc::clone(&directory),
            registry: Arc::clone(&registry),
            feeders: feeders.clone(),
            leases: leases.clone(),
            tenants,
            intake: intake.clone(),
            draining: draining.clone(),
            audit_grace: config.audit.grace.duration(),
            audit_interval: wiring::audit_interval(config),
            audit_endpoints_max: wiring::audit_endpoints_max(config),
            fatal,
        };
        actors::metrics::describe();
        crate::metrics::describe();
        crate::metrics::build_info();
        super::certificates::tell(config);
        let (supervisor, _) = Actor::spawn(None, Supervisor, arguments).await.context("start actors")?;
        let (pending, timeout) = (config.intake.pending_max, config.server.request_timeout.duration());
        let intake = intake::Handle::new(intake, Arc::clone(&directory), pending, timeout);
        Ok(Self {
            ports,
            directory,
            registry,
            feeders,
            leases,
            draining,
            asking,
            intake,
            live,
            tally,
            to_announce,
            supervisor,
            died,
        })
    }
}
