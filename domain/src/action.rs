//! What is done to things, as the audit log names it.

use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    EndpointCreated,
    EndpointChanged,
    EndpointDeleted,
    /// Given up by the service itself.
    EndpointFailed,
    SecretRotated,
    KeyCreated,
    KeyChanged,
    KeyDeleted,
    TenantCreated,
    TenantChanged,
    TenantDeleted,
    ReplayCreated,
    ReplayCancelled,
    DeliveryRetried,
    EventCancelled,
    EventTypeDescribed,
    EventTypeForgotten,
    ActorKilled,
    SourceCreated,
    SourceChanged,
    SourceDeleted,
    ConfigReloaded,
}

impl Action {
    pub const ALL: [Self; 22] = [
        Self::EndpointCreated,
        Self::EndpointChanged,
        Self::EndpointDeleted,
        Self::EndpointFailed,
        Self::SecretRotated,
        Self::KeyCreated,
        Self::KeyChanged,
        Self::KeyDeleted,
        Self::TenantCreated,
        Self::TenantChanged,
        Self::TenantDeleted,
        Self::ReplayCreated,
        Self::ReplayCancelled,
        Self::DeliveryRetried,
        Self::EventCancelled,
        Self::EventTypeDescribed,
        Self::EventTypeForgotten,
        Self::ActorKilled,
        Self::SourceCreated,
        Self::SourceChanged,
        Self::SourceDeleted,
        Self::ConfigReloaded,
    ];

    /// As the ledger stores it, too.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndpointCreated => "endpoint.created",
            Self::EndpointChanged => "endpoint.changed",
            Self::EndpointDeleted => "endpoint.deleted",
            Self::EndpointFailed => "endpoint.failed",
            Self::SecretRotated => "secret.rotated",
            Self::KeyCreated => "key.created",
            Self::KeyChanged => "key.changed",
            Self::KeyDeleted => "key.deleted",
            Self::TenantCreated => "tenant.created",
            Self::TenantChanged => "tenant.changed",
            Self::TenantDeleted => "tenant.deleted",
            Self::ReplayCreated => "replay.created",
            Self::ReplayCancelled => "replay.cancelled",
            Self::DeliveryRetried => "delivery.retried",
            Self::EventCancelled => "event.cancelled",
            Self::EventTypeDescribed => "event_type.described",
            Self::EventTypeForgotten => "event_type.deleted",
            Self::ActorKilled => "actor.killed",
            Self::SourceCreated => "source.created",
            Self::SourceChanged => "source.changed",
            Self::SourceDeleted => "source.deleted",
            Self::ConfigReloaded => "config.reloaded",
        }
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|action| action.as_str() == text)
            .ok_or_else(|| "is no action of the audit log".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_its_name() {
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(action));
        }
        assert!("endpoint.exploded".parse::<Action>().is_err());
    }
}
