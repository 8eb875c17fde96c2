//! The endpoint actor: one for each endpoint that has work. It alone decides when a request to its endpoint
//! starts: it owns the slots, the order, and the pace: hold, breaker, bucket.
//!
//! Promises: never more requests at once than `maxInFlight`; a delivery is attempted once at a time; its
//! requests die with it; an outcome is let go only when the recorder confirmed it. Leaves out: HTTP (egress),
//! SQL (recorder), the queue (feeder). `state` decides, this file carries out.

mod attempting;
mod effect;
mod reading;
mod state;

use std::sync::Arc;
use std::time::Duration;

use domain::id::{DeliveryId, EndpointId};
use domain::lease::Lease;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::task::JoinSet;

pub use self::effect::{Effect, Held};
use self::state::State;
use crate::address::Address;
use crate::alarm::Alarm;
use crate::answering::Answering;
use crate::chaos::OnPurpose;
use crate::directory::Directory;
use crate::draining::Draining;
use crate::feeder::{self, Feeders, Waiting};
use crate::leases::Leases;
use crate::ports::{EgressError, LedgerError, Limits, OwedPage, Ports, Report};
use crate::recorder;
use crate::registry::Entry;
use crate::retrying::Retrying;
use crate::tenants::Tenants;

pub enum Message {
    /// The feeder hands a delivery over: it is held from now on.
    Hand(Held),
    /// Something of this endpoint waits in the ledger.
    Spilled,
    /// The directory changed.
    Changed,
    /// The spilling is over.
    Unspilled,
    /// The time that this actor waited for has come, on the clock that only goes forward.
    Wake(Duration),
    /// One of its own tasks panicked.
    Broken,
    /// The ledger has the outcome and the queue its acknowledgement.
    Recorded(DeliveryId),
    Attempted(Held, Box<Result<Report, EgressError>>),
    Read(Result<OwedPage, LedgerError>),
    Panic(OnPurpose),
}

/// What every endpoint's actor is given.
#[derive(Clone)]
pub struct Surroundings {
    pub ports: Ports,
    pub limits: Arc<Limits>,
    pub directory: Arc<Directory>,
    pub recorder: Address<recorder::Message>,
    pub feeders: Feeders,
    pub draining: Draining,
    pub leases: Leases,
    pub tenants: Arc<Tenants>,
    pub retrying: Retrying,
}

pub struct EndpointActor;

pub struct Arguments {
    pub endpoint: EndpointId,
    /// Of its shard: the actor ends with it.
    pub lease: Lease,
    pub entry: Arc<Entry>,
    pub surroundings: Surroundings,
}

pub struct Running {
    state: State,
    entry: Arc<Entry>,
    surroundings: Surroundings,
    /// Attempts and reads: aborted when this state is dropped, so that nothing of a dead actor goes on.
    tasks: JoinSet<()>,
    /// As it was when it was last asked.
    ledger: Answering,
}

impl Actor for EndpointActor {
    type Msg = Message;
    type State = Running;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        _myself: ActorRef<Message>,
        arguments: Arguments,
    ) -> Result<Running, ActorProcessingErr> {
        let Arguments { endpoint, lease, entry, surroundings } = arguments;
        let state = State::new(endpoint, lease, Arc::clone(&entry));
        let tasks = JoinSet::new();
        Ok(Running { state, entry, surroundings, tasks, ledger: Answering::default() })
    }

    async fn handle(
        &self,
        myself: ActorRef<Message>,
        message: Message,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        while let Some(ended) = running.tasks.try_join_next() {
            ended?;
        }
        if matches!(message, Message::Broken) {
            return Err("an attempt or a read panicked".into());
        }
        for effect in running.decide(message) {
            running.carry_out(&myself, effect);
        }
        Ok(())
    }
}

impl Running {
    /// One line when it opens and one when it closes.
    fn say_of_breaker(&self, was_open: bool) {
        let endpoint = self.state.endpoint();
        let tenant = || self.surroundings.directory.tenant_of(endpoint);
        match (was_open, self.state.is_open()) {
            (false, true) => {
                tracing::warn!(%endpoint, tenant = tenant(), "breaker opened: one probe at a time");
            }
            (true, false) => tracing::info!(%endpoint, tenant = tenant(), "breaker closed"),
            (false, false) | (true, true) => {}
        }
    }

    fn decide(&mut self, message: Message) -> Vec<Effect> {
        let Surroundings { ports, limits, directory, draining, leases, tenants, .. } = &self.surroundings;
        let at = ports.clock.moment();
        let id = self.state.endpoint();
        let endpoint = directory.endpoint(id);
        let world = state::World {
            at,
            random: ports.clock.random(),
            endpoint,
            limits,
            halted: draining.is_on() || !leases.may_send(self.state.lease(), at.uptime),
            tenants,
        };
        match message {
            Message::Hand(held) => self.state.handed(held, &world),
            Message::Wake(at) => self.state.woke(at, &world),
            Message::Spilled => self.state.spilled(&world),
            Message::Changed | Message::Unspilled => self.state.pump(&world),
            Message::Recorded(delivery) => self.state.recorded(delivery, &world),
            Message::Attempted(held, result) => {
                let was_open = self.state.is_open();
                let effects = self.state.attempted(held, *result, &world);
                self.say_of_breaker(was_open);
                effects
            }
            Message::Read(page) => {
                say_of_ledger(&mut self.ledger, id, directory, &page);
                self.state.read(page, &world)
            }
            // Never decided on: see `handle`.
            Message::Broken => Vec::new(),
            Message::Panic(order) => order.carry_out("endpoint actor"),
        }
    }

    fn carry_out(&mut self, myself: &ActorRef<Message>, effect: Effect) {
        let ports = self.surroundings.ports.clone();
        let endpoint = self.state.endpoint();
        let actor = myself.clone();
        match effect {
            Effect::Attempt(order, held) => self.work(myself, async move {
                let (number, settings) = (order.number, Arc::clone(&order.endpoint));
                let result = ports.egress.attempt(order).await;
                // What has expired is nobody's trouble.
                if let Err(error) = result.as_ref()
                    && !matches!(error, EgressError::Expired(_))
                {
                    let delivery = held.owed.delivery;
                    let (event, tenant) = (delivery.event, &settings.tenant);
                    tracing::warn!(
                        %delivery, %event, %endpoint, %tenant, number, %error,
                        "attempt could not be made: it is ours to mend"
                    );
                }
                let _ = actor.cast(Message::Attempted(held, Box::new(result)));
            }),
            Effect::Read { from, now, limit, ordered } => self.work(myself, async move {
                let page = if ordered {
                    ports.ledger.owed_in_order(endpoint, from, limit).await
                } else {
                    ports.ledger.owed(endpoint, from, now, limit).await
                };
                let _ = actor.cast(Message::Read(page));
            }),
            Effect::PutDown { lowest, receipts } => {
                let waiting = Waiting { endpoint, lowest, deliveries: Some(receipts.len()) };
                self.surroundings.feeders.cast(endpoint, feeder::Message::PutDown(waiting, receipts));
            }
            Effect::Record(outcome) => {
                // Kept first: a recorder that is gone is told of it when it is started again.
                self.entry.keep(*outcome);
                let _ = self.surroundings.recorder.cast(recorder::Message::Record(endpoint));
            }
            Effect::Unspill { count } => {
                let request = feeder::Message::Unspill { endpoint, count };
                self.surroundings.feeders.cast(endpoint, request);
            }
            Effect::WakeAfter { wait, at } => self.work(myself, async move {
                tokio::time::sleep(wait).await;
                let _ = actor.cast(Message::Wake(at));
            }),
            Effect::Retire => {
                if self.entry.retire(myself.get_id()) {
                    myself.stop(None);
                }
            }
        }
    }

    fn work(&mut self, myself: &ActorRef<Message>, task: impl Future<Output = ()> + Send + 'static) {
        let alarm = Alarm::new(myself, || Message::Broken);
        self.tasks.spawn(async move {
            let _alarm = alarm;
            task.await;
        });
    }
}

/// One line when the ledger answers no more, and one when it does again.
fn say_of_ledger(
    ledger: &mut Answering,
    endpoint: EndpointId,
    directory: &Directory,
    answer: &Result<OwedPage, LedgerError>,
) {
    let tenant = || directory.tenant_of(endpoint);
    match ledger.news(answer) {
        Some(Err(error)) => {
            tracing::warn!(%endpoint, tenant = tenant(), %error, "endpoint waits for the ledger");
        }
        Some(Ok(())) => {
            tracing::info!(%endpoint, tenant = tenant(), "endpoint waits for the ledger no more");
        }
        None => {}
    }
}
