//! Where an actor can be reached, over its restarts.

use std::sync::{Arc, PoisonError, RwLock};

use ractor::{ActorRef, Message};

/// The present holder of a role. Cloned freely; all clones see a restart at once.
pub struct Address<M>(Arc<RwLock<Option<ActorRef<M>>>>);

/// Nobody holds the role at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("actor is not running")]
pub struct Vacant;

impl<M> Default for Address<M> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<M> Clone for Address<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: Message> Address<M> {
    pub fn assign(&self, actor: ActorRef<M>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(actor);
    }

    pub fn cast(&self, message: M) -> Result<(), Vacant> {
        let actor = self.0.read().unwrap_or_else(PoisonError::into_inner);
        actor.as_ref().ok_or(Vacant)?.cast(message).map_err(|_| Vacant)
    }
}
