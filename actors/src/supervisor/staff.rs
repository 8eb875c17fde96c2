//! The singletons and what each is started with, the first time and every other.

use std::sync::Arc;

use ractor::{Actor, ActorCell, SpawnErr};
use tokio::sync::{Mutex, oneshot};

use super::Arguments;
use crate::address::Address;
use crate::auditor::{self, Auditor};
use crate::endpoint::Surroundings;
use crate::feeder::{self, Feeder};
use crate::intake::{self, Intake, Queueing};
use crate::recorder::{self, Recorder};
use crate::registry::Registry;
use crate::retrying::Retrying;
use crate::role::Role;
use crate::takeovers::Takeovers;

/// Batches on their way to the queue at a time.
const QUEUEING: usize = 16;

pub struct Staff {
    pub surroundings: Surroundings,
    pub registry: Arc<Registry>,
    pub recorder: recorder::Arguments,
    pub intake: (intake::Arguments, Address<intake::Message>),
    pub auditor: (auditor::Arguments, Address<auditor::Message>),
}

impl Staff {
    pub fn new(arguments: Arguments) -> (Self, oneshot::Sender<String>) {
        let Arguments { ports, limits, directory, registry, feeders, leases, tenants, .. } = arguments;
        let takeovers = Takeovers::default();
        let retrying = Retrying::new(limits.retries_at_once);
        let recorder = recorder::Arguments {
            ports: ports.clone(),
            limits: Arc::clone(&limits),
            directory: Arc::clone(&directory),
            registry: Arc::clone(&registry),
            feeders: feeders.clone(),
            leases: leases.clone(),
            committing: Arc::new(Mutex::new(())),
        };
        let intake = intake::Arguments {
            ports: ports.clone(),
            limits: Arc::clone(&limits),
            directory: Arc::clone(&directory),
            feeders: feeders.clone(),
            queueing: Queueing::new(QUEUEING),
        };
        let auditor = auditor::Arguments {
            ports: ports.clone(),
            registry: Arc::clone(&registry),
            feeders: feeders.clone(),
            leases: leases.clone(),
            takeovers,
            grace: arguments.audit_grace,
            interval: arguments.audit_interval,
            endpoints_max: arguments.audit_endpoints_max,
        };
        let surroundings = Surroundings {
            ports,
            limits,
            directory,
            recorder: Address::default(),
            feeders,
            draining: arguments.draining,
            leases,
            tenants,
            retrying,
        };
        let (intake, auditor) = ((intake, arguments.intake), (auditor, Address::default()));
        (Self { surroundings, registry, recorder, intake, auditor }, arguments.fatal)
    }

    /// Starts an actor in its place: whoever speaks to it finds the new one.
    pub async fn spawn(&self, role: Role, supervisor: &ActorCell) -> Result<ActorCell, SpawnErr> {
        let link = supervisor.clone();
        match role {
            Role::Recorder => {
                let (actor, _) = Actor::spawn_linked(None, Recorder, self.recorder.clone(), link).await?;
                self.surroundings.recorder.assign(actor.clone());
                // From here on it is told of new ones; these were kept while there was nobody to tell.
                for endpoint in self.registry.unrecorded() {
                    let _ = actor.cast(recorder::Message::Record(endpoint));
                }
                Ok(actor.get_cell())
            }
            Role::Intake => {
                let (arguments, address) = &self.intake;
                let (actor, _) = Actor::spawn_linked(None, Intake, arguments.clone(), link).await?;
                address.assign(actor.clone());
                Ok(actor.get_cell())
            }
            Role::Feeder(shard) => {
                let Surroundings { feeders, leases, .. } = &self.surroundings;
                let Some(lease) = leases.of(shard) else {
                    return Err(SpawnErr::StartupFailed("shard is not held".into()));
                };
                self.registry.lose_feeder(|endpoint| feeders.shard_of(endpoint) == shard);
                let arguments = feeder::Arguments {
                    lease,
                    registry: Arc::clone(&self.registry),
                    surroundings: self.surroundings.clone(),
                    supervisor: supervisor.clone(),
                };
                let (actor, _) = Actor::spawn_linked(None, Feeder, arguments, link).await?;
                feeders.assign(shard, actor.clone());
                Ok(actor.get_cell())
            }
            Role::Auditor => {
                let (arguments, address) = &self.auditor;
                let (actor, _) = Actor::spawn_linked(None, Auditor, arguments.clone(), link).await?;
                address.assign(actor.clone());
                Ok(actor.get_cell())
            }
        }
    }
}
