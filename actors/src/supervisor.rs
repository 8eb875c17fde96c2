//! The supervisor: starts everyone, hears of every death, and decides who comes back.
//!
//! Promises: what an endpoint's actor held when it died is read back from the ledger by the next one; a
//! singleton's death ends the process, which its own supervisor starts anew. Leaves out: the work itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::id::Shard;
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::sync::{Semaphore, oneshot};

use crate::address::Address;
use crate::auditor::{self, Auditor};
use crate::directory::Directory;
use crate::draining::Draining;
use crate::endpoint::Surroundings;
use crate::feeder::{self, Feeder, Feeders};
use crate::intake::{self, Intake};
use crate::metrics;
use crate::ports::{Limits, Ports};
use crate::recorder::{self, Recorder};
use crate::registry::Registry;

pub struct Supervisor;

pub struct Arguments {
    pub ports: Ports,
    pub limits: Arc<Limits>,
    pub directory: Arc<Directory>,
    pub registry: Arc<Registry>,
    pub feeders: Feeders,
    /// The shards that this node owns, each at its epoch.
    pub epochs: Arc<HashMap<Shard, i64>>,
    pub intake: Address<intake::Message>,
    pub draining: Draining,
    pub audit_grace: Duration,
    pub audit_interval: Duration,
    /// Told why, when the process must end.
    pub fatal: oneshot::Sender<String>,
}

pub struct Running {
    /// Those without whom nothing works, by name.
    singletons: HashMap<ActorId, String>,
    registry: Arc<Registry>,
    feeders: Feeders,
    restart_wait: Duration,
    fatal: Option<oneshot::Sender<String>>,
}

/// Batches on their way to the queue at a time.
const QUEUEING: usize = 16;

impl Actor for Supervisor {
    type Msg = ();
    type State = Running;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<()>,
        arguments: Arguments,
    ) -> Result<Running, ActorProcessingErr> {
        let Arguments { ports, limits, directory, registry, feeders, epochs, .. } = arguments;
        let mut singletons = HashMap::new();
        let recorder = Address::default();
        let args = recorder::Arguments {
            ports: ports.clone(),
            limits: Arc::clone(&limits),
            directory: Arc::clone(&directory),
            registry: Arc::clone(&registry),
            feeders: feeders.clone(),
            epochs: Arc::clone(&epochs),
        };
        let (actor, _) = Actor::spawn_linked(None, Recorder, args, myself.get_cell()).await?;
        singletons.insert(actor.get_id(), "recorder".to_owned());
        recorder.assign(actor);

        let args = intake::Arguments {
            ports: ports.clone(),
            limits: Arc::clone(&limits),
            directory: Arc::clone(&directory),
            feeders: feeders.clone(),
            queueing: Arc::new(Semaphore::new(QUEUEING)),
        };
        let (actor, _) = Actor::spawn_linked(None, Intake, args, myself.get_cell()).await?;
        singletons.insert(actor.get_id(), "intake".to_owned());
        arguments.intake.assign(actor);

        let restart_wait = limits.error_wait;
        let surroundings = Surroundings {
            ports: ports.clone(),
            limits,
            directory,
            recorder,
            feeders: feeders.clone(),
            draining: arguments.draining,
        };
        for (&shard, &epoch) in epochs.iter() {
            let args = feeder::Arguments {
                shard,
                epoch,
                registry: Arc::clone(&registry),
                surroundings: surroundings.clone(),
                supervisor: myself.get_cell(),
            };
            let (actor, _) = Actor::spawn_linked(None, Feeder, args, myself.get_cell()).await?;
            singletons.insert(actor.get_id(), format!("feeder:{shard}"));
            feeders.assign(shard, actor);
        }

        let args = auditor::Arguments {
            ports,
            registry: Arc::clone(&registry),
            feeders: feeders.clone(),
            shards: epochs.keys().copied().collect(),
            grace: arguments.audit_grace,
            interval: arguments.audit_interval,
        };
        let (actor, _) = Actor::spawn_linked(None, Auditor, args, myself.get_cell()).await?;
        singletons.insert(actor.get_id(), "auditor".to_owned());
        Ok(Running { singletons, registry, feeders, restart_wait, fatal: Some(arguments.fatal) })
    }

    async fn handle_supervisor_evt(
        &self,
        _myself: ActorRef<()>,
        event: SupervisionEvent,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(actor, error) => running.gone(actor.get_id(), &error.to_string()),
            SupervisionEvent::ActorTerminated(actor, _, reason) => {
                running.gone(actor.get_id(), reason.as_deref().unwrap_or("stopped"));
            }
            SupervisionEvent::ActorStarted(_) | SupervisionEvent::ProcessGroupChanged(_) => {}
        }
        Ok(())
    }
}

impl Running {
    fn gone(&mut self, actor: ActorId, why: &str) {
        if let Some(name) = self.singletons.remove(&actor) {
            let last_words = format!("{name} ended: {why}");
            tracing::error!(actor = name, why, "actor ended: nothing works without it");
            if let Some(fatal) = self.fatal.take() {
                let _ = fatal.send(last_words);
            }
            return;
        }
        // An actor that retired left nothing behind.
        let Some((endpoint, lowest)) = self.registry.bury(actor) else { return };
        tracing::error!(%endpoint, why, "endpoint actor died: what it held is read back from the ledger");
        metrics::restarted();
        let (feeders, wait) = (self.feeders.clone(), self.restart_wait);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            feeders.spill([(endpoint, lowest)]);
        });
    }
}
