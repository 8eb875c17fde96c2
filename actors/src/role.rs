//! The actors that there is one of: who they are, by name.

use std::fmt;
use std::str::FromStr;

use domain::id::Shard;

/// Those without whom nothing works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Recorder,
    Intake,
    Feeder(Shard),
    Auditor,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorder => f.write_str("recorder"),
            Self::Intake => f.write_str("intake"),
            Self::Feeder(shard) => write!(f, "feeder:{shard}"),
            Self::Auditor => f.write_str("auditor"),
        }
    }
}

/// The text names no actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be endpoint:<id>, recorder, intake, feeder:<shard>, auditor or random")]
pub struct NotAnActor;

impl FromStr for Role {
    type Err = NotAnActor;

    fn from_str(text: &str) -> Result<Self, NotAnActor> {
        match text {
            "recorder" => Ok(Self::Recorder),
            "intake" => Ok(Self::Intake),
            "auditor" => Ok(Self::Auditor),
            _ => {
                let shard = text.strip_prefix("feeder:").and_then(|shard| shard.parse().ok());
                shard.map(|shard| Self::Feeder(Shard(shard))).ok_or(NotAnActor)
            }
        }
    }
}
