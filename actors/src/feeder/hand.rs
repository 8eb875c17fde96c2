//! Who gets what: the bounded hand of an endpoint, and what happens past it. All of it under the entry's lock.

use std::sync::Arc;
use std::time::Duration;

use domain::endpoint::Status;
use domain::id::{DeliveryId, EndpointId};
use ractor::{ActorCell, ActorRuntime};

use crate::endpoint::{Arguments, EndpointActor, Message, Surroundings};
use crate::ports::{Pulled, Reference, Standing};
use crate::registry::{Entry, Hold, Inner, Registry, Stage};

/// A hold that is longer is waited out in the ledger.
const LONG_HOLD: Duration = Duration::from_secs(5);

pub struct Hand {
    pub registry: Arc<Registry>,
    pub surroundings: Surroundings,
    pub supervisor: ActorCell,
    /// The stream's last sequence when this node took the shard over: what came before may have been sent.
    pub taken_over_at: u64,
}

/// What became of a reference.
pub enum Given {
    Handed,
    /// Its actor holds it, or held it a moment ago: this copy waits, and is checked when it comes again.
    Held,
    /// It stays in the ledger. `write` is the position to write down before it is acknowledged.
    Spilled {
        write: Option<i64>,
    },
}

impl Hand {
    /// The first delivery of a publish that nobody can have sent or read back yet.
    pub fn is_fresh(&self, pulled: &Pulled) -> bool {
        if !pulled.first || pulled.reference.number > 1 || pulled.sequence <= self.taken_over_at {
            return false;
        }
        let entry = self.registry.entry(pulled.reference.delivery.endpoint);
        let inner = entry.lock();
        may_be_fresh(&inner, pulled)
    }

    /// Begins or ends a look in the ledger: what is let go meanwhile is not as it was seen.
    pub fn watch(&self, checked: &[DeliveryId], on: bool) {
        for delivery in checked {
            self.registry.entry(delivery.endpoint).lock().watch(on);
        }
    }

    pub fn give(&self, pulled: Pulled, standing: Option<Standing>) -> Given {
        let id = pulled.reference.delivery.endpoint;
        let entry = self.registry.entry(id);
        let mut inner = entry.lock();
        let delivery = pulled.reference.delivery;
        let waits = self.waits(id, &inner);
        let position = (pulled.reference.number == 1).then_some(pulled.reference.position);
        if let Some(hold) = inner.held.get_mut(&delivery) {
            // Read back from the ledger, where it stays until it is recorded: the same attempt need not wait here too.
            if hold.from_ledger && hold.number == pulled.reference.number {
                return Given::Spilled { write: None };
            }
            // It came again because its endpoint waits: it need not come a third time.
            if !waits || hold.stage != Stage::Ready {
                return Given::Held;
            }
            hold.from_ledger = true;
            return Given::Spilled { write: inner.spill.note(position) };
        }
        if inner.moved_since_check(delivery) {
            return Given::Held;
        }
        let full = inner.held.len() >= self.room(id);
        if full || waits || (inner.spill.spilling && !inner.spill.catching_up) {
            let write = inner.spill.note(position);
            self.say(&entry, &mut inner, id, Message::Spilled);
            return Given::Spilled { write };
        }
        if standing.is_none() && !may_be_fresh(&inner, &pulled) {
            // Read back since it was found fresh: it comes again, and is checked then.
            return Given::Held;
        }
        let Reference { position, number, .. } = pulled.reference;
        let hold = Hold { position, number, from_ledger: false, stage: Stage::Ready };
        inner.held.insert(pulled.reference.delivery, hold);
        self.say(&entry, &mut inner, id, Message::handed(pulled, standing));
        Given::Handed
    }

    /// Leaves what an endpoint is owed to the ledger. Answers with the position to write, if any.
    pub fn leave(&self, id: EndpointId, position: Option<i64>) -> Option<i64> {
        let entry = self.registry.entry(id);
        let mut inner = entry.lock();
        let write = inner.spill.note(position);
        self.say(&entry, &mut inner, id, Message::Spilled);
        write
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
        self.say(&entry, &mut inner, id, Message::Wake);
    }

    /// Whether nothing is sent to it for longer than the queue should hold what it is owed.
    fn waits(&self, id: EndpointId, inner: &Inner) -> bool {
        let now = self.surroundings.ports.clock.now();
        inner.rests()
            || inner.hold_until.is_some_and(|until| until > now + LONG_HOLD)
            || self
                .surroundings
                .directory
                .endpoint(id)
                .is_some_and(|endpoint| endpoint.status == Status::Paused)
    }

    fn room(&self, id: EndpointId) -> usize {
        let slots = self.surroundings.directory.endpoint(id).map_or(1, |endpoint| endpoint.max_in_flight);
        (slots + self.surroundings.limits.hand_extra) as usize
    }

    /// Tells the endpoint's actor; spawns it first where there is none.
    fn say(&self, entry: &Arc<Entry>, inner: &mut Inner, endpoint: EndpointId, message: Message) {
        if let Some(actor) = &inner.actor {
            // A dying actor's work, this message's included, is found by the supervisor.
            let _ = actor.cast(message);
            return;
        }
        if inner.rests() {
            // The supervisor has it told when the rest is over.
            return;
        }
        let surroundings = self.surroundings.clone();
        let arguments = Arguments { endpoint, entry: Arc::clone(entry), surroundings };
        let name = None; // names are process-global, and an endpoint's actor is found by the registry
        let spawned =
            ActorRuntime::spawn_linked_instant(name, EndpointActor, arguments, self.supervisor.clone());
        match spawned {
            Ok((actor, _)) => {
                self.registry.born(actor.get_id(), endpoint);
                let _ = actor.cast(message);
                inner.actor = Some(actor);
            }
            Err(error) => tracing::error!(%endpoint, %error, "endpoint actor could not be spawned"),
        }
    }
}

/// Nobody can have read it back from the ledger.
fn may_be_fresh(inner: &Inner, pulled: &Pulled) -> bool {
    !inner.spill.spilling && pulled.reference.position > inner.spill.read_to
}
