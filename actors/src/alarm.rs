//! Tells an actor that a task of its own panicked: nothing else would.

use ractor::{ActorRef, Message};

/// Rides along in the task; rings when it is dropped by a panic.
pub struct Alarm<M: Message> {
    actor: ActorRef<M>,
    ring: fn() -> M,
}

impl<M: Message> Alarm<M> {
    pub fn new(actor: &ActorRef<M>, ring: fn() -> M) -> Self {
        Self { actor: actor.clone(), ring }
    }
}

impl<M: Message> Drop for Alarm<M> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.actor.cast((self.ring)());
        }
    }
}
