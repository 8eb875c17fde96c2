//! The supervisor: starts everyone, hears of every death, and decides who comes back when.
//!
//! Promises: who dies is started again after a wait that grows; what an endpoint's actor held when it died is read
//! back from the ledger by the next one, and outcomes that a recorder left are recorded by the next one. An endpoint
//! whose actor dies too often rests, spilled; a singleton that dies too often ends the process, which its own
//! supervisor starts anew. A shard that this node takes gets a feeder; one that it loses leaves nothing behind here.
//! Leaves out: the work itself, and which shards those are.

mod shards;
mod staff;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::id::{EndpointId, Shard};
use domain::lease::Lease;
use ractor::{
    Actor, ActorCell, ActorId, ActorProcessingErr, ActorRef, ActorStatus, SpawnErr, SupervisionEvent,
};
use tokio::sync::oneshot;

use self::staff::Staff;
use crate::address::Address;
use crate::auditor;
use crate::chaos::{How, OnPurpose, Target};
use crate::directory::Directory;
use crate::draining::Draining;
use crate::endpoint::{self, Surroundings};
use crate::feeder::{self, Feeders, Waiting};
use crate::intake;
use crate::leases::Leases;
use crate::metrics;
use crate::ports::{LedgerError, Limits, Ports};
use crate::recorder;
use crate::registry::{Death, Left, Registry};
use crate::restarts::{Decision, Restarts};
use crate::role::Role;
use crate::tenants::Tenants;

pub struct Supervisor;

pub enum Message {
    /// The shard is this node's, and held already.
    Take(Lease),
    /// It is not any more, or is not to be: told when nothing new can begin.
    Drop(Lease, Option<oneshot::Sender<()>>),
    /// The wait after a singleton's death is over.
    Restart(Role),
    /// The wait after the death of an endpoint's actor is over.
    Revive(EndpointId),
    /// Somebody wants a fault: told what was hit.
    Strike(Target, How, oneshot::Sender<Option<String>>),
}

pub struct Arguments {
    pub ports: Ports,
    pub limits: Arc<Limits>,
    pub directory: Arc<Directory>,
    pub registry: Arc<Registry>,
    pub feeders: Feeders,
    /// What this node holds; a shard is worked on from its `Take` to its `Drop`.
    pub leases: Leases,
    pub tenants: Arc<Tenants>,
    pub intake: Address<intake::Message>,
    pub draining: Draining,
    pub audit_grace: Duration,
    pub audit_interval: Duration,
    /// Endpoints that the auditor sends to the ledger in one interval.
    pub audit_endpoints_max: usize,
    /// Told why, when the process must end.
    pub fatal: oneshot::Sender<String>,
}

pub struct Running {
    staff: Staff,
    alive: HashMap<ActorId, (Role, ActorCell)>,
    restarts: HashMap<Role, Restarts>,
    /// Of endpoints' actors that died lately.
    endpoints: HashMap<EndpointId, Restarts>,
    /// Who was hit on request and is not buried yet.
    struck: HashSet<ActorId>,
    /// Shards whose feeders are to end before all else of theirs does, and who waits for it.
    dropped: HashMap<Shard, Vec<oneshot::Sender<()>>>,
    fatal: Option<oneshot::Sender<String>>,
}

impl Actor for Supervisor {
    type Msg = Message;
    type State = Running;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Message>,
        arguments: Arguments,
    ) -> Result<Running, ActorProcessingErr> {
        let (staff, fatal) = Staff::new(arguments);
        let mut running = Running {
            staff,
            alive: HashMap::new(),
            restarts: HashMap::new(),
            endpoints: HashMap::new(),
            struck: HashSet::new(),
            dropped: HashMap::new(),
            fatal: Some(fatal),
        };
        for role in [Role::Recorder, Role::Intake, Role::Auditor] {
            running.start(role, &myself).await?;
        }
        Ok(running)
    }

    async fn handle(
        &self,
        myself: ActorRef<Message>,
        message: Message,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Take(lease) => running.take(lease, &myself).await,
            Message::Drop(lease, done) => running.let_go(lease, done),
            Message::Restart(role) => running.restart(role, &myself).await,
            Message::Revive(endpoint) => running.revive(endpoint),
            Message::Strike(target, how, reply) => {
                let _ = reply.send(running.strike(target, how));
            }
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Message>,
        event: SupervisionEvent,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(actor, error) => {
                let fenced = matches!(error.downcast_ref(), Some(LedgerError::Fenced));
                running.gone(&myself, actor.get_id(), Death::Failed, &error.to_string(), fenced);
            }
            SupervisionEvent::ActorTerminated(actor, state, reason) => {
                // What it had under way ends with it, before anybody takes its place.
                drop(state);
                let why = reason.as_deref().unwrap_or("stopped");
                running.gone(&myself, actor.get_id(), Death::Killed, why, false);
            }
            SupervisionEvent::ActorStarted(_) | SupervisionEvent::ProcessGroupChanged(_) => {}
        }
        Ok(())
    }
}

impl Running {
    async fn start(&mut self, role: Role, myself: &ActorRef<Message>) -> Result<(), SpawnErr> {
        let actor = self.staff.spawn(role, &myself.get_cell()).await?;
        self.alive.insert(actor.get_id(), (role, actor));
        Ok(())
    }

    async fn restart(&mut self, role: Role, myself: &ActorRef<Message>) {
        if let Role::Feeder(shard) = role
            && (self.staff.surroundings.leases.of(shard).is_none() || self.is_alive(role))
        {
            // Let go meanwhile, and maybe taken again.
            return;
        }
        if let Err(error) = self.start(role, myself).await {
            return self.died(role, myself, &error.to_string());
        }
        metrics::restarted();
        tracing::info!(actor = %role, "actor was started again");
        if let Role::Feeder(shard) = role {
            self.look_up(shard);
        }
    }

    fn is_alive(&self, role: Role) -> bool {
        self.alive.values().any(|(alive, _)| *alive == role)
    }

    fn gone(&mut self, myself: &ActorRef<Message>, actor: ActorId, death: Death, why: &str, fenced: bool) {
        let death = if self.struck.remove(&actor) { Death::Chaos } else { death };
        let Some((role, _)) = self.alive.remove(&actor) else {
            // An actor that retired left nothing behind.
            if let Some(left) = self.staff.registry.bury(actor, death) {
                self.endpoint_died(left, myself, death, why);
            }
            return;
        };
        if let Role::Feeder(shard) = role {
            if self.dropped.contains_key(&shard) {
                return self.clear(shard);
            }
            let lease = self.staff.surroundings.leases.of(shard);
            if let Some(lease) = lease.filter(|_| fenced) {
                // To be started again would be to send what another node sends.
                tracing::warn!(%shard, "shard is owned by another node");
                return self.let_go(lease, None);
            }
        }
        if death == Death::Chaos {
            let wait = self.staff.surroundings.limits.supervision.backoff_first;
            tracing::warn!(actor = %role, why, ?wait, "actor was struck on request");
            after(wait, myself, Message::Restart(role));
        } else {
            self.died(role, myself, why);
        }
    }

    fn died(&mut self, role: Role, myself: &ActorRef<Message>, why: &str) {
        let Surroundings { ports, limits, .. } = &self.staff.surroundings;
        let limits = &limits.supervision;
        match self.restarts.entry(role).or_default().died(ports.clock.uptime(), limits) {
            Decision::After(wait) => {
                tracing::error!(actor = %role, why, ?wait, "actor died: it is started again");
                after(wait, myself, Message::Restart(role));
            }
            Decision::TooMany(deaths) => {
                let window = limits.window;
                self.end(role, format!("{role} died {deaths} times within {window:?}, at last of: {why}"));
            }
        }
    }

    fn end(&mut self, role: Role, last_words: String) {
        tracing::error!(actor = %role, why = last_words, "actor ended: nothing works without it");
        if let Some(fatal) = self.fatal.take() {
            let _ = fatal.send(last_words);
        }
    }

    fn endpoint_died(&mut self, left: Left, myself: &ActorRef<Message>, death: Death, why: &str) {
        let Left { endpoint, lowest, has_work } = left;
        let Surroundings { ports, limits, feeders, directory, .. } = &self.staff.surroundings;
        let tenant = directory.tenant_of(endpoint);
        let (now, limits) = (ports.clock.uptime(), &limits.supervision);
        let decision = if death == Death::Chaos {
            Decision::After(limits.backoff_first)
        } else {
            self.endpoints.retain(|_, restarts| !restarts.is_calm(now, limits));
            self.endpoints.entry(endpoint).or_default().died(now, limits)
        };
        let wait = match decision {
            Decision::After(wait) if death == Death::Chaos => {
                tracing::warn!(%endpoint, tenant, why, ?wait, "endpoint actor was struck on request");
                wait
            }
            Decision::After(wait) => {
                tracing::error!(
                    %endpoint, tenant, why, ?wait,
                    "endpoint actor died: what it held is read back from the ledger"
                );
                wait
            }
            Decision::TooMany(deaths) => {
                let (window, rest) = (limits.window, limits.rest);
                tracing::error!(
                    %endpoint, tenant, why, deaths, ?window, ?rest,
                    "endpoint actor died too often: it rests"
                );
                rest
            }
        };
        if has_work {
            // Durably, and at once: until it is revived, it all waits in the ledger.
            feeders.spill([Waiting::uncounted(endpoint, lowest)]);
        }
        after(wait, myself, Message::Revive(endpoint));
    }

    fn revive(&mut self, endpoint: EndpointId) {
        let Some(entry) = self.staff.registry.find(endpoint) else { return };
        let spilling = {
            let mut inner = entry.lock();
            inner.rests = false;
            inner.spill.spilling
        };
        if spilling {
            metrics::restarted();
            let nothing_new = Waiting { endpoint, lowest: None, deliveries: Some(0) };
            self.staff.surroundings.feeders.spill([nothing_new]);
        }
    }

    /// Hits one that lives. It is marked first, so that its death is known for what it is.
    fn strike(&mut self, target: Target, how: How) -> Option<String> {
        match target {
            Target::One(role) => self.strike_one(role, how),
            Target::Endpoint(endpoint) => self.strike_endpoint(endpoint, how),
            Target::Random => {
                let mut roles: Vec<Role> = self.alive.values().map(|(role, _)| *role).collect();
                roles.sort_unstable_by_key(ToString::to_string);
                let mut endpoints = self.staff.registry.alive();
                endpoints.sort_unstable();
                let all = roles.len() + endpoints.len();
                let chosen = (self.staff.surroundings.ports.clock.random() * all as f64) as usize;
                match chosen.checked_sub(roles.len()) {
                    None => self.strike_one(*roles.get(chosen)?, how),
                    Some(chosen) => self.strike_endpoint(*endpoints.get(chosen)?, how),
                }
            }
        }
    }

    fn strike_one(&mut self, role: Role, how: How) -> Option<String> {
        let (_, actor) = self.alive.values().find(|(alive, _)| *alive == role)?;
        let actor = actor.clone();
        self.hit(&actor, how, |actor| match role {
            Role::Recorder => actor.send_message(recorder::Message::Panic(OnPurpose::new())).is_ok(),
            Role::Intake => actor.send_message(intake::Message::Panic(OnPurpose::new())).is_ok(),
            Role::Feeder(_) => actor.send_message(feeder::Message::Panic(OnPurpose::new())).is_ok(),
            Role::Auditor => actor.send_message(auditor::Message::Panic(OnPurpose::new())).is_ok(),
        })?;
        Some(role.to_string())
    }

    fn strike_endpoint(&mut self, endpoint: EndpointId, how: How) -> Option<String> {
        let actor = self.staff.registry.actor(endpoint)?;
        self.hit(&actor.get_cell(), how, |_| actor.cast(endpoint::Message::Panic(OnPurpose::new())).is_ok())?;
        Some(format!("endpoint:{endpoint}"))
    }

    fn hit(&mut self, actor: &ActorCell, how: How, panic: impl FnOnce(&ActorCell) -> bool) -> Option<()> {
        // Of one that is starting nobody would hear that it died.
        if actor.get_status() != ActorStatus::Running {
            return None;
        }
        // One that was struck and is not dead yet can only die once.
        if !self.struck.insert(actor.get_id()) {
            return None;
        }
        let hit = match how {
            How::Kill => {
                actor.kill();
                true
            }
            How::Panic => panic(actor),
        };
        if !hit {
            self.struck.remove(&actor.get_id());
        }
        hit.then_some(())
    }
}

fn after(wait: Duration, supervisor: &ActorRef<Message>, message: Message) {
    let supervisor = supervisor.clone();
    tokio::spawn(async move {
        tokio::time::sleep(wait).await;
        let _ = supervisor.cast(message);
    });
}

#[cfg(test)]
mod tests;
