//! An event: an immutable fact that a tenant's product told us.

use std::sync::Arc;

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::channels::Channels;
use crate::cloudevents::Attributes;
use crate::id::EventId;
use crate::inbound::Note;
use crate::matching::EventType;
use crate::tenant::TenantId;
use crate::trace::TraceContext;

/// Where an event came from. The number is what the ledger stores; the name is the metric's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Http = 0,
    Nats = 1,
    /// Made by Hookyard itself: `webhook.test`, and notices.
    Hookyard = 2,
    /// The last three: sent to a source, of this kind.
    Github = 3,
    Standard = 4,
    GenericHmac = 5,
}

impl Source {
    pub const ALL: [Self; 6] =
        [Self::Http, Self::Nats, Self::Hookyard, Self::Github, Self::Standard, Self::GenericHmac];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Nats => "nats",
            Self::Hookyard => "hookyard",
            Self::Github => "github",
            Self::Standard => "standard",
            Self::GenericHmac => "generic-hmac",
        }
    }

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|source| *source as i16 == number)
    }
}

/// The producer's own id of an event: 1–200 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventKey(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an event id is 1 to 200 printable ASCII characters")]
pub struct InvalidEventKey;

impl EventKey {
    pub fn parse(text: &str) -> Result<Self, InvalidEventKey> {
        let fits = (1..=200).contains(&text.len()) && text.bytes().all(|b| (0x20..=0x7e).contains(&b));
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidEventKey) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A fact as it was accepted. `data` is JSON, kept byte for byte.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: EventId,
    pub tenant: TenantId,
    pub key: Option<EventKey>,
    pub event_type: EventType,
    pub channels: Channels,
    pub occurred_at: OffsetDateTime,
    /// Not sent from then on.
    pub expires_at: Option<OffsetDateTime>,
    pub source: Source,
    pub data: Box<RawValue>,
    /// Of a request to a source.
    pub inbound: Option<Box<Note>>,
    /// Of one that came as a CloudEvent.
    pub cloud_event: Option<Box<Attributes>>,
    /// Of one that came with a `traceparent`. Shared by those that came together.
    pub trace: Option<Arc<TraceContext>>,
}

impl Event {
    /// The id that receivers and the API show: the producer's own where there is one.
    pub fn public_id(&self) -> String {
        public_id(self.id, self.key.as_ref().map(EventKey::as_str))
    }
}

/// An accepted event, for whoever reads the bus.
#[derive(Debug, Clone)]
pub struct Announcement {
    pub id: EventId,
    pub tenant: TenantId,
    pub event_type: EventType,
    /// In the format `hookyard`.
    pub body: Vec<u8>,
    pub trace: Option<Arc<TraceContext>>,
}

impl From<&Event> for Announcement {
    fn from(event: &Event) -> Self {
        let (id, tenant, event_type) = (event.id, event.tenant.clone(), event.event_type.clone());
        let body = body(&event_type, event.occurred_at, &event.public_id(), event.data.get().as_bytes());
        Self { id, tenant, event_type, body, trace: event.trace.clone() }
    }
}

/// What templates and messages are made from: an event as its receiver sees it.
#[derive(Debug, Clone, Copy)]
pub struct EventView<'a> {
    pub event_type: &'a EventType,
    pub public_id: &'a str,
    pub occurred_at: OffsetDateTime,
    pub tenant: &'a TenantId,
    pub data: &'a serde_json::Value,
}

/// The id that receivers and the API show: the producer's own where there is one.
pub fn public_id(id: EventId, key: Option<&str>) -> String {
    key.map_or_else(|| id.to_string(), str::to_owned)
}

/// What two events of one tenant with one key have in common: the first 128 bits of a SHA-256.
pub fn dedupe_hash(tenant: &TenantId, key: &str) -> u128 {
    let digest = Sha256::new().chain_update(tenant.as_str()).chain_update([0]).chain_update(key).finalize();
    digest.iter().take(16).fold(0, |hash, &byte| hash << 8 | u128::from(byte))
}

/// The body of every attempt in the format `hookyard`: `{"event","timestamp","eventId","data"}`. The same
/// arguments give the same bytes, and `data` is copied as it came.
pub fn body(event_type: &EventType, occurred_at: OffsetDateTime, public_id: &str, data: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(data.len() + event_type.as_str().len() + public_id.len() + 96);
    body.extend_from_slice(b"{\"event\":\"");
    // An event type has no character that JSON escapes.
    body.extend_from_slice(event_type.as_str().as_bytes());
    body.extend_from_slice(b"\",\"timestamp\":\"");
    body.extend_from_slice(rfc3339_millis(occurred_at).as_bytes());
    body.extend_from_slice(b"\",\"eventId\":");
    body.extend_from_slice(serde_json::Value::from(public_id).to_string().as_bytes());
    body.extend_from_slice(b",\"data\":");
    body.extend_from_slice(data);
    body.push(b'}');
    body
}

const YEARS: std::ops::RangeInclusive<i32> = 1970..=9999;

/// Reads RFC 3339, of the years that the ledger and the answers can write in UTC.
pub fn instant(text: &str) -> Result<OffsetDateTime, &'static str> {
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .and_then(|at| at.checked_to_offset(UtcOffset::UTC))
        .filter(|at| YEARS.contains(&at.year()))
        .ok_or("must be a time like 2026-01-02T03:04:05Z")
}

/// RFC 3339 in UTC with milliseconds, as every time in the API is written.
pub fn rfc3339_millis(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_body_holds_the_payload_byte_for_byte() {
        let data = r#"{"z":1.10,"a":null,"ü":"\u00fc","n":12345678901234567890123}"#;
        let at = time::macros::datetime!(2026-01-02 03:04:05.678901 +01:00);
        let body =
            "member.created".parse::<EventType>().map(|event| body(&event, at, "a\"b", data.as_bytes()));
        let expected = format!(
            "{{\"event\":\"member.created\",\"timestamp\":\"2026-01-02T02:04:05.678Z\",\"eventId\":\"a\\\"b\",\"data\":{data}}}"
        );
        assert_eq!(body.map(|body| String::from_utf8_lossy(&body).into_owned()).ok(), Some(expected));
    }

    #[test]
    fn times_are_rfc_3339_of_years_that_can_be_written() {
        for good in ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456+02:00", "9999-12-31T23:59:59+01:00"]
        {
            assert!(instant(good).is_ok_and(|at| at.offset().is_utc()), "{good}");
        }
        for bad in [
            "2026-01-02",
            "now",
            "2026-01-02 03:04",
            "0001-01-01T00:00:00Z",
            "1970-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "",
        ] {
            assert!(instant(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn event_keys_are_printable() {
        assert!(EventKey::parse("order 42/é").is_err());
        assert!(EventKey::parse("").is_err());
        assert!(EventKey::parse(&"x".repeat(201)).is_err());
        assert!(EventKey::parse("order 42 ~").is_ok());
    }

    proptest! {
        #[test]
        fn any_instant_is_read_as_it_is_written(
            far in any::<String>(),
            near in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]([.][0-9]{1,12})?(Z|z|[+-][0-2][0-9]:[0-6][0-9])",
        ) {
            for text in [&far, &near] {
                if let Ok(at) = instant(text) {
                    prop_assert!(YEARS.contains(&at.year()) && at.offset().is_utc(), "{text}");
                    let written = rfc3339_millis(at);
                    let again = instant(&written);
                    prop_assert_eq!(again.map(rfc3339_millis), Ok(written), "{}", text);
                    prop_assert!(again.is_ok_and(|again| (at - again).whole_milliseconds() == 0), "{text}");
                }
            }
        }
    }
}
