//! Who gets what: the bounded hand of an endpoint, and what happens past it. All of it under the entry's lock.

use std::sync::Arc;
use std::time::Duration;

use domain::endpoint::{Condition, Endpoint, Status};
use domain::id::{DeliveryId, EndpointId};
use domain::lease::Lease;
use domain::pace::{Go, Pace};
use ractor::{ActorCell, ActorRuntime};

use super::Waiting;
use crate::endpoint::{Arguments, EndpointActor, Message, Surroundings};
use crate::ports::{Pulled, Reference, Standing};
use crate::registry::{Entry, Hold, Inner, Registry, Stage};

/// Outcomes of one endpoint that the recorder may have waiting before they count as held: a ledger that is away keeps no
/// endpoint's attempts coming.
const UNRECORDED_MAX: usize = 256;
/// The clocks of two nodes may differ by so much.
const SKEW: Duration = Duration::from_secs(5);

pub struct Hand {
    pub lease: Lease,
    pub registry: Arc<Registry>,
    pub surroundings: Surroundings,
    pub supervisor: ActorCell,
}

/// What became of a reference.
pub enum Given {
    Handed,
    /// Its actor holds it, or held it a moment ago: this copy waits, and is checked when it comes again.
    Held,
    /// It stays in the ledger, and this position must be written down before it is acknowledged.
    Spilled(i64),
    /// It stays in the ledger, from where its endpoint reads already.
    Covered,
}

impl Hand {
    /// The first delivery of a publish that nobody can have sent or read back yet.
    pub fn is_fresh(&self, pulled: &Pulled) -> bool {
        if !pulled.first || pulled.reference.number > 1 {
            return false;
        }
        let id = pulled.reference.delivery.endpoint;
        let endpoint = self.surroundings.directory.endpoint(id);
        may_be_fresh(endpoint.as_deref(), &self.registry.entry(id).lock(), pulled)
    }

    /// Begins or ends a look in the ledger: what is let go meanwhile is not as it was seen.
    pub fn watch(&self, checked: &[DeliveryId], on: bool) {
        for delivery in checked {
            self.registry.entry(delivery.endpoint).lock().watch(on);
        }
    }

    /// `standing` as the ledger had it, where it was asked, when the directory was at version `seen_at`.
    pub fn give(&self, pulled: Pulled, standing: Option<Standing>, seen_at: i64) -> Given {
        let id = pulled.reference.delivery.endpoint;
        let endpoint = self.surroundings.directory.endpoint(id);
        let endpoint = endpoint.as_deref();
        let entry = self.registry.entry(id);
        let mut inner = entry.lock();
        let delivery = pulled.reference.delivery;
        let position = (pulled.reference.number == 1).then_some(pulled.reference.position);
        // What a dead feeder was writing when its actor began to read may not be written.
        let is_durable = position.is_none_or(|at| inner.spill.durable.is_some_and(|durable| durable <= at));
        if let Some(hold) = inner.held.get_mut(&delivery) {
            // Read back from the ledger, where it stays until it is recorded: the same attempt need not wait here too.
            if hold.from_ledger && hold.number == pulled.reference.number {
                if is_durable {
                    return Given::Covered;
                }
                return note(&mut inner, endpoint, position).map_or(Given::Covered, Given::Spilled);
            }
            if hold.stage != Stage::Ready {
                return Given::Held;
            }
            // It came again because its endpoint is slow: it need not come a third time.
            hold.from_ledger = true;
            return note(&mut inner, endpoint, position).map_or(Given::Covered, Given::Spilled);
        }
        if inner.moved_since_check(delivery) {
            return Given::Held;
        }
        // What was attempted waits for the recorder, not for its endpoint.
        let unrecorded = inner.kept.len();
        let full = inner.held.len() >= self.room(endpoint) + unrecorded.min(UNRECORDED_MAX);
        if full || self.waits(endpoint, &mut inner) || (inner.spill.spilling && !inner.spill.catching_up) {
            let write = note(&mut inner, endpoint, position);
            inner.spill.tally.add(Some(1));
            self.say(&entry, &mut inner, id, Message::Spilled);
            return write.map_or(Given::Covered, Given::Spilled);
        }
        let as_seen = match standing {
            None => may_be_fresh(endpoint, &inner, &pulled),
            Some(_) => self.surroundings.directory.version() == seen_at,
        };
        if !as_seen {
            // Read back, or its endpoint changed, since it was looked at: it comes again, and is checked then.
            return Given::Held;
        }
        let Reference { position, number, .. } = pulled.reference;
        let hold = Hold { position, number, from_ledger: false, stage: Stage::Ready };
        inner.held.insert(pulled.reference.delivery, hold);
        self.say(&entry, &mut inner, id, Message::handed(pulled, standing));
        Given::Handed
    }

    /// Leaves what an endpoint is owed to the ledger. Answers with the position to write, if any.
    pub fn leave(&self, waiting: Waiting) -> Option<i64> {
        let Waiting { endpoint: id, lowest, deliveries } = waiting;
        let endpoint = self.surroundings.directory.endpoint(id);
        let entry = self.registry.entry(id);
        let mut inner = entry.lock();
        let write = note(&mut inner, endpoint.as_deref(), lowest);
        inner.spill.tally.add(deliveries);
        self.say(&entry, &mut inner, id, Message::Spilled);
        write
    }

    /// Those among these endpoints whose order must be asked of the ledger before anything of them is noted.
    pub fn unsettled(&self, endpoints: impl IntoIterator<Item = EndpointId>) -> Vec<EndpointId> {
        let mut unsettled = self.surroundings.directory.ordered_among(endpoints);
        unsettled.retain(|&id| self.registry.entry(id).lock().spill.settled.is_none());
        unsettled
    }

    pub fn settle(&self, id: EndpointId, lowest: Option<i64>) {
        self.registry.entry(id).lock().spill.settle(lowest);
    }

    pub fn written(&self, id: EndpointId, position: i64) {
        let entry = self.registry.entry(id);
        let spill = &mut entry.lock().spill;
        spill.durable = Some(spill.durable.map_or(position, |durable| durable.min(position)));
    }

    pub fn may_unspill(&self, id: EndpointId, count: u64) -> bool {
        let entry = self.registry.entry(id);
        let inner = entry.lock();
        inner.spill.spilling && inner.spill.catching_up && inner.spill.count == count
    }

    /// Only the feeder spills and unspills: nothing can have come between the check and the write.
    pub fn unspilled(&self, id: EndpointId, count: u64) {
        let entry = self.registry.entry(id);
        let mut inner = entry.lock();
        if inner.spill.count == count {
            inner.spill.end();
        }
        self.say(&entry, &mut inner, id, Message::Unspilled);
    }

    /// How the endpoint stood when its shard was taken.
    pub fn resume(&self, endpoint: EndpointId, condition: Condition) {
        self.registry.resume(endpoint, self.resumed(endpoint, condition));
    }

    fn resumed(&self, endpoint: EndpointId, condition: Condition) -> Pace {
        let Surroundings { ports, leases, .. } = &self.surroundings;
        Pace::resume(condition, leases.emptied_at(self.lease, endpoint), ports.clock.moment())
    }

    /// Whether nothing is sent to it for longer than the queue should hold what it is owed.
    fn waits(&self, endpoint: Option<&Endpoint>, inner: &mut Inner) -> bool {
        // Nobody would take it, nor close it: its next actor reads it.
        if inner.rests {
            return true;
        }
        // What reaches the actor of one that is deleted or disabled is closed.
        let Some(endpoint) = endpoint.filter(|endpoint| endpoint.status.is_owed()) else { return false };
        if endpoint.status == Status::Paused || endpoint.ordered {
            return true;
        }
        let Some(is_open) = inner.pace.as_ref().map(Pace::is_open) else { return false };
        let at = self.surroundings.ports.clock.moment();
        let long = at.uptime + self.surroundings.limits.wait_in_hand;
        // Of an open breaker's endpoint the oldest is the probe, wherever it is.
        is_open || matches!(inner.may_start(endpoint, at), Go::NotBefore(until) if until > long)
    }

    fn room(&self, endpoint: Option<&Endpoint>) -> usize {
        let slots = endpoint.map_or(1, |endpoint| endpoint.max_in_flight);
        (slots + self.surroundings.limits.hand_extra) as usize
    }

    /// Tells the endpoint's actor; spawns it first where there is none.
    fn say(&self, entry: &Arc<Entry>, inner: &mut Inner, endpoint: EndpointId, message: Message) {
        if let Some(actor) = &inner.actor {
            // A dying actor's work, this message's included, is found by the supervisor.
            let _ = actor.cast(message);
            return;
        }
        if inner.rests {
            // The supervisor has it told when the rest is over.
            return;
        }
        let surroundings = self.surroundings.clone();
        // One whose former owner had noted anything of it has its pace since this feeder began.
        inner.pace.get_or_insert_with(|| self.resumed(endpoint, Condition::default()));
        let (entry, lease) = (Arc::clone(entry), self.lease);
        let arguments = Arguments { endpoint, lease, entry, surroundings };
        let name = None; // names are process-global, and an endpoint's actor is found by the registry
        let spawned =
            ActorRuntime::spawn_linked_instant(name, EndpointActor, arguments, self.supervisor.clone());
        match spawned {
            Ok((actor, _)) => {
                self.registry.born(actor.get_id(), endpoint);
                let _ = actor.cast(message);
                inner.actor = Some(actor);
            }
            Err(error) => {
                let tenant = self.surroundings.directory.tenant_of(endpoint);
                tracing::error!(%endpoint, tenant, %error, "endpoint actor could not be spawned");
            }
        }
    }
}

/// Takes note of a delivery that stays in the ledger. Answers with the position to write, if any.
fn note(inner: &mut Inner, endpoint: Option<&Endpoint>, position: Option<i64>) -> Option<i64> {
    if endpoint.is_some_and(|endpoint| endpoint.ordered) {
        return inner.spill.note_in_order(position);
    }
    inner.spill.settled = None;
    inner.spill.note(position)
}

/// Nobody can have read it back from the ledger, and no change of its endpoint can have closed it.
fn may_be_fresh(endpoint: Option<&Endpoint>, inner: &Inner, pulled: &Pulled) -> bool {
    let posted_at = pulled.reference.delivery.event.made_at();
    !inner.spill.spilling
        && pulled.reference.position > inner.spill.read_to
        && endpoint.is_some_and(|endpoint| posted_at - SKEW > endpoint.changed_at)
}
