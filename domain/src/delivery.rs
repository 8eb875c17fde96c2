//! A delivery: one event owed to one endpoint, and the states it may pass through.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a delivery stands. The number is what the ledger stores.
///
/// ```text
/// pending ──→ success
///    │ ╲──→ skipped ←──╮
///    ├──→ retrying ────┤
///    │       │  ╰──→ success
///    ╰──→ dead ←──╯        dead ──(retry, replay)──→ retrying
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Never tried.
    Pending = 0,
    Retrying = 1,
    Success = 2,
    /// A dead letter.
    Dead = 3,
    Skipped = 4,
}

impl Status {
    pub const ALL: [Self; 5] = [Self::Pending, Self::Retrying, Self::Success, Self::Dead, Self::Skipped];

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|status| *status as i16 == number)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Retrying => "retrying",
            Self::Success => "success",
            Self::Dead => "dead",
            Self::Skipped => "skipped",
        }
    }

    /// Still to be delivered.
    pub fn is_owed(self) -> bool {
        matches!(self, Self::Pending | Self::Retrying)
    }

    /// The legal moves. Everything else is a bug.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending | Self::Retrying => next != Self::Pending,
            Self::Dead | Self::Skipped | Self::Success => self == Self::Dead && next == Self::Retrying,
        }
    }
}

/// Why a delivery is dead or was skipped. The number is what the ledger stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Every attempt of its set failed.
    Exhausted = 0,
    /// The endpoint answered 410.
    Gone = 1,
    EndpointFailed = 2,
    EndpointDisabled = 3,
    Poison = 4,
    Retention = 5,
    /// Skipped, from here on.
    EndpointDeleted = 6,
    Expired = 7,
    Cancelled = 8,
}

impl Reason {
    pub const ALL: [Self; 9] = [
        Self::Exhausted,
        Self::Gone,
        Self::EndpointFailed,
        Self::EndpointDisabled,
        Self::Poison,
        Self::Retention,
        Self::EndpointDeleted,
        Self::Expired,
        Self::Cancelled,
    ];

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as i16 == number)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exhausted => "exhausted",
            Self::Gone => "gone",
            Self::EndpointFailed => "endpoint_failed",
            Self::EndpointDisabled => "endpoint_disabled",
            Self::Poison => "poison",
            Self::Retention => "retention",
            Self::EndpointDeleted => "endpoint_deleted",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state a delivery ends in for this reason.
    pub fn ends_in(self) -> Status {
        match self {
            Self::Exhausted
            | Self::Gone
            | Self::EndpointFailed
            | Self::EndpointDisabled
            | Self::Poison
            | Self::Retention => Status::Dead,
            Self::EndpointDeleted | Self::Expired | Self::Cancelled => Status::Skipped,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far a delivery has come, as the ledger counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Attempts made, over all sets.
    pub attempts: u32,
    /// Attempts made before the present set: a manual retry starts a new one, and numbers go on.
    pub base: u32,
}

impl Progress {
    /// The number of the next attempt.
    pub fn next_number(self) -> u32 {
        self.attempts + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_finished_stays_finished_but_for_dead_letters() {
        for from in Status::ALL {
            for to in Status::ALL {
                let legal = match (from, to) {
                    (Status::Success | Status::Skipped, _) | (_, Status::Pending) => false,
                    (Status::Dead, to) => to == Status::Retrying,
                    (Status::Pending | Status::Retrying, _) => true,
                };
                assert_eq!(from.may_become(to), legal, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn every_reason_ends_a_delivery() {
        for reason in Reason::ALL {
            assert!(!reason.ends_in().is_owed());
            assert_eq!(Reason::from_number(reason as i16), Some(reason));
        }
    }
}
