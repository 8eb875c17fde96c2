//! Operational events: what Hookyard itself tells a tenant's endpoints, as events that they subscribe to.
//!
//! Promises: an endpoint hears of nothing that it did not ask for: a wildcard in the first place of a pattern stands for the
//! tenant's own events. Leaves out: what a notice is about, which the ledger knows.

use crate::matching::{EventType, Pattern};

/// The number is what the ledger stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notice {
    /// An endpoint was given up.
    EndpointFailed = 0,
    /// One that had failed was set active again, and has delivered.
    EndpointRecovered = 1,
    /// A delivery is a dead letter, of its own accord: not with its endpoint.
    DeliveryDead = 2,
    /// Something was refused since there is as much as there may be.
    LimitReached = 3,
    /// An endpoint or a source has a new secret.
    SecretRotated = 4,
}

impl Notice {
    pub const ALL: [Self; 5] = [
        Self::EndpointFailed,
        Self::EndpointRecovered,
        Self::DeliveryDead,
        Self::LimitReached,
        Self::SecretRotated,
    ];

    /// The type of its event.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndpointFailed => "endpoint.failed",
            Self::EndpointRecovered => "endpoint.recovered",
            Self::DeliveryDead => "delivery.dead",
            Self::LimitReached => "limit.reached",
            Self::SecretRotated => "secret.rotated",
        }
    }

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| *notice as i16 == number)
    }
}

/// Whether somebody who subscribed so wants to hear of it.
pub fn is_asked_for(pattern: &Pattern, event_type: &EventType) -> bool {
    pattern.names_the_first() && pattern.matches(event_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_everything_is_told_of_its_own_events_alone() {
        let event_type: EventType = Notice::EndpointFailed.as_str().parse().unwrap();
        let asks = |pattern: &str| is_asked_for(&pattern.parse().unwrap(), &event_type);
        assert!(["endpoint.failed", "endpoint.*", "endpoint.>"].into_iter().all(asks));
        assert!(![">", "*.failed", "*.*", "endpoint.recovered"].into_iter().any(asks));
    }

    #[test]
    fn each_is_an_event_type_and_known_by_its_number() {
        for notice in Notice::ALL {
            assert!(notice.as_str().parse::<EventType>().is_ok());
            assert_eq!(Notice::from_number(notice as i16), Some(notice));
        }
    }
}
