//! Faults on request, for tests from outside: any actor is killed, or panics.
//!
//! Promises: what is hit is treated as if it had died by itself, except that the death counts neither towards too
//! many restarts nor against a delivery. Leaves out: whether anybody may ask (`chaos.enabled`, the API).

use std::str::FromStr;

use domain::id::EndpointId;
use ractor::ActorRef;
use tokio::sync::oneshot;

use crate::role::{NotAnActor, Role};
use crate::supervisor;

/// Whom it shall hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Endpoint(EndpointId),
    One(Role),
    /// Whichever lives.
    Random,
}

impl FromStr for Target {
    type Err = NotAnActor;

    fn from_str(text: &str) -> Result<Self, NotAnActor> {
        if text == "random" {
            return Ok(Self::Random);
        }
        match text.strip_prefix("endpoint:") {
            Some(id) => id.parse().map(Self::Endpoint).map_err(|_| NotAnActor),
            None => text.parse().map(Self::One),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Wherever it waits, it goes on no further.
    Kill,
    /// When it comes to it: what is in its mailbox before is done.
    Panic,
}

/// Makes an actor panic. Nobody else can have one.
pub struct OnPurpose(());

impl OnPurpose {
    pub(crate) fn new() -> Self {
        Self(())
    }

    #[expect(clippy::unused_self, reason = "to have one is to be allowed")]
    pub(crate) fn carry_out(self, actor: &str) -> ! {
        panic!("{actor} was asked to panic")
    }
}

/// How the rest of the service asks for a fault.
#[derive(Clone)]
pub struct Chaos(ActorRef<supervisor::Message>);

impl Chaos {
    pub fn new(supervisor: ActorRef<supervisor::Message>) -> Self {
        Self(supervisor)
    }

    /// Answers with the name of what was hit; `None` where nothing of that name lives.
    pub async fn strike(&self, target: Target, how: How) -> Option<String> {
        let (reply, answer) = oneshot::channel();
        self.0.cast(supervisor::Message::Strike(target, how, reply)).ok()?;
        answer.await.ok()?
    }
}

#[cfg(test)]
mod tests {
    use domain::id::Shard;

    use super::*;

    #[test]
    fn targets_are_read_by_name() {
        let one = |role| Ok(Target::One(role));
        assert_eq!("recorder".parse(), one(Role::Recorder));
        assert_eq!("feeder:3".parse(), one(Role::Feeder(Shard(3))));
        assert_eq!("random".parse(), Ok(Target::Random));
        let endpoint = EndpointId(uuid::Uuid::from_u128(7));
        assert_eq!(format!("endpoint:{endpoint}").parse(), Ok(Target::Endpoint(endpoint)));
        for wrong in
            ["", "supervisor", "feeder", "feeder:", "feeder:-1", "feeder:x", "endpoint:", "endpoint:7"]
        {
            assert_eq!(wrong.parse::<Target>(), Err(NotAnActor), "{wrong}");
        }
        for role in [Role::Recorder, Role::Intake, Role::Feeder(Shard(0)), Role::Auditor] {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
    }
}
