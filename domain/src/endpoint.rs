//! An endpoint: a URL, a secret and limits; what a tenant wants told, and how.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::address::EndpointUrl;
use crate::breaker::Pause;
use crate::channels::Channels;
use crate::filter::Wants;
use crate::format::Format;
use crate::headers::HeaderPrefix;
use crate::id::EndpointId;
use crate::matching::Pattern;
use crate::message::{Provider, Templates};
use crate::retry::Schedule;
use crate::signature::Signatures;
use crate::template::Target;
use crate::tenant::TenantId;

/// Whether deliveries flow. The number is what the ledger stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Active = 0,
    /// Its owner holds it: deliveries queue up, nothing is sent.
    Paused = 1,
    /// Its owner turned it off: new events are not owed to it.
    Disabled = 2,
    /// Auto-disabled, or at once on 410: as disabled.
    Failed = 3,
}

impl Status {
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Disabled, Self::Failed];

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|status| *status as i16 == number)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
            Self::Failed => "failed",
        }
    }

    /// New events are owed to it.
    pub fn is_owed(self) -> bool {
        matches!(self, Self::Active | Self::Paused)
    }
}

/// What an endpoint is, and so what it gets. The number is what the ledger stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// Requests with the event, signed.
    #[default]
    Http = 0,
    /// Messages, to a webhook of Discord's …
    Discord = 1,
    /// … or of Slack's.
    Slack = 2,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Http, Self::Discord, Self::Slack];

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i16 == number)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Discord => "discord",
            Self::Slack => "slack",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Who reads the messages.
    pub fn provider(self) -> Option<Provider> {
        match self {
            Self::Http => None,
            Self::Discord => Some(Provider::Discord),
            Self::Slack => Some(Provider::Slack),
        }
    }

    /// Where its templates' text goes.
    pub fn target(self) -> Target {
        self.provider().map_or(Target::Http, Provider::target)
    }
}

/// When a failing endpoint is given up: after so many failed attempts in a row, over at least so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutoDisable {
    pub after: Option<u32>,
    pub min_duration: Duration,
}

impl AutoDisable {
    pub fn is_due(&self, failures: Failures, now: OffsetDateTime) -> bool {
        let long_enough = failures.since.is_some_and(|since| now - since >= self.min_duration);
        self.after.is_some_and(|after| failures.consecutive >= after) && long_enough
    }
}

/// Failed attempts in a row, and when the row began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    pub consecutive: u32,
    pub since: Option<OffsetDateTime>,
}

impl Failures {
    #[must_use]
    pub fn after_failure(self, now: OffsetDateTime) -> Self {
        Self { consecutive: self.consecutive.saturating_add(1), since: self.since.or(Some(now)) }
    }
}

/// How an endpoint stands: what outlives its actor, and the node that the actor lived on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Condition {
    pub failures: Failures,
    /// Its breaker is open.
    pub pause: Option<Pause>,
    /// No attempt before this instant: it asked for time.
    pub hold_until: Option<OffsetDateTime>,
}

const SECONDS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("60 is not 0");

/// In any window of length w, at most `burst` + `per_minute` × w attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    pub per_minute: NonZeroU32,
    pub burst: NonZeroU32,
}

impl RateLimit {
    /// The limit of a tenant's endpoints together. A burst of a twentieth of a second's worth, so that the limit holds
    /// within 5% from the first second on.
    pub fn per_second(rate: NonZeroU32) -> Self {
        let burst = NonZeroU32::new(rate.get().div_ceil(20)).unwrap_or(NonZeroU32::MIN);
        Self { per_minute: rate.saturating_mul(SECONDS_PER_MINUTE), burst }
    }
}

/// How attempts at an endpoint are made and repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    pub schedule: Schedule,
    pub max_retries: u32,
}

/// What its actor and egress need to know of an endpoint. Its secrets are apart, sealed.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub id: EndpointId,
    pub tenant: TenantId,
    pub kind: Kind,
    /// Of Discord and Slack what may be shown of it.
    pub url: EndpointUrl,
    /// Of Discord and Slack, whose URL is a secret: the whole of it.
    pub sealed_url: Option<Sealed>,
    pub format: Format,
    pub templates: Arc<Templates>,
    pub status: Status,
    pub patterns: Vec<Pattern>,
    /// Where there are any, only events of one of them.
    pub channels: Channels,
    /// Which of the events of these patterns.
    pub wants: Wants,
    pub custom_headers: Vec<(String, String)>,
    pub header_prefix: HeaderPrefix,
    pub max_in_flight: u32,
    pub rate_limit: Option<RateLimit>,
    /// Of all endpoints of its tenant together.
    pub tenant_limit: Option<RateLimit>,
    /// One after the other, in the order of publishing.
    pub ordered: bool,
    pub timeout: Duration,
    pub retry: RetryPolicy,
    pub auto_disable: AutoDisable,
    /// When its owner changed anything of it last.
    pub changed_at: OffsetDateTime,
    pub signatures: Signatures,
    /// The value of `Authorization`.
    pub auth: Option<Sealed>,
    /// Newest first. Those with an end sign beside the newest until then.
    pub secrets: Vec<SealedSecret>,
}

/// A signing secret as the ledger holds it.
#[derive(Debug, Clone)]
pub struct SealedSecret {
    pub secret: Sealed,
    /// The ed25519 key beside it, where the endpoint wants `v1a`.
    pub key: Option<Sealed>,
    pub expires_at: Option<OffsetDateTime>,
}

/// Something as the ledger holds it that is unreadable without the vault, and the id of the vault's key that opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    pub bytes: Vec<u8>,
    pub vault_key: String,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed").field("vault_key", &self.vault_key).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_endpoint_is_given_up_only_when_both_limits_are_passed() {
        let start = OffsetDateTime::UNIX_EPOCH;
        let limits = AutoDisable { after: Some(3), min_duration: Duration::from_mins(1) };
        let mut failures = Failures::default();
        for second in 0..3 {
            failures = failures.after_failure(start + Duration::from_secs(second));
        }
        assert!(!limits.is_due(failures, start + Duration::from_secs(59)));
        assert!(limits.is_due(failures, start + Duration::from_mins(1)));
        let two = Failures { consecutive: 2, ..failures };
        assert!(!limits.is_due(two, start + Duration::from_mins(1)));
        assert!(!AutoDisable { after: None, ..limits }.is_due(failures, start + Duration::from_mins(10)));
    }
}
