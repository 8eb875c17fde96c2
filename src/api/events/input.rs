//! One event as it is published, read and vetted. Its payload stays the bytes it was.

use std::time::Duration;

use actors::intake::Incoming;
use domain::event::{Event, EventKey, Source, dedupe_hash, instant};
use domain::id::EventId;
use domain::matching::EventType;
use domain::tenant::TenantId;
use domain::timing::{expiry, later};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::api::channels;
use crate::api::fields::{Fields, parsed};
use crate::api::problem::Problem;
use crate::api::state::State;
use crate::api::texts;

/// An event to be published.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({
    "event": "order.paid", "eventId": "order-42-paid", "data": {"order": 42, "amount": 19.90}})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct NewEvent {
    event: texts::EventType,
    /// The producer's own id: the same again is delivered once. Ours is made when it is absent.
    #[schema(required = false)]
    event_id: texts::PublicEventId,
    /// When it happened; now when absent.
    #[schema(required = false)]
    timestamp: texts::Instant,
    /// It is kept until then, and becomes an event like any other, for the endpoints that there are then. Until then it can be
    /// cancelled. 90 days ahead at most, unless configured otherwise; what has passed is now.
    #[schema(required = false)]
    deliver_at: texts::Instant,
    /// It is not sent from then on: what is owed of it still is `skipped`. Later than now, and than `deliverAt`.
    #[schema(required = false)]
    expires_at: texts::Instant,
    /// Names by which endpoints may choose: only those that list one of them, or none at all, get it.
    #[schema(required = false, max_items = 10)]
    channels: Vec<texts::Channel>,
    /// The payload: any JSON, delivered byte for byte as it came.
    #[schema(value_type = Value)]
    data: (),
}

/// What an event's times are held against.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub now: OffsetDateTime,
    /// How far ahead `deliverAt` may be.
    pub deliver_at_max: Duration,
}

impl Terms {
    pub fn of(state: &State) -> Self {
        Self { now: state.now(), deliver_at_max: state.settings.deliver_at_max }
    }
}

/// A request that publishes one event.
pub fn read_one(body: &[u8], tenant: &TenantId, terms: Terms, random: [u8; 10]) -> Result<Incoming, Problem> {
    let mut fields = Fields::read(body)?;
    let incoming = read(&mut fields, tenant, terms, random);
    fields.finish(incoming)
}

/// Reads the fields of one event; `None` when something is wrong.
pub fn read(fields: &mut Fields<'_>, tenant: &TenantId, terms: Terms, random: [u8; 10]) -> Option<Incoming> {
    let now = terms.now;
    let event_type = fields.required("event", parsed(str::parse::<EventType>));
    let key = fields.optional("eventId", parsed(EventKey::parse));
    let occurred_at = fields.optional("timestamp", parsed(instant)).unwrap_or(now);
    let later = |at: &str| later(instant(at)?, now, terms.deliver_at_max);
    let deliver_at = fields.optional("deliverAt", parsed(later)).flatten();
    let expires_at = fields.optional("expiresAt", parsed(|at| expiry(instant(at)?, now, deliver_at)));
    let channels = channels::read(fields).unwrap_or_default();
    let data = fields.raw("data");
    if data.is_none() {
        fields.refuse("data", "is required");
    }
    let dedupe = key.as_ref().map(|key| dedupe_hash(tenant, key.as_str()));
    let event = Event {
        id: EventId::new(deliver_at.unwrap_or(now), random),
        tenant: tenant.clone(),
        key,
        event_type: event_type?,
        channels,
        occurred_at,
        expires_at,
        source: Source::Http,
        data: data?.to_owned(),
        inbound: None,
        cloud_event: None,
        trace: None,
    };
    Some(Incoming { came_at: now, deliver_at, ..Incoming::new(event, dedupe) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-01-02 03:04:05 UTC);
    const TERMS: Terms = Terms { now: NOW, deliver_at_max: Duration::from_hours(24) };

    fn read_one(body: &str) -> Result<Incoming, Problem> {
        super::read_one(body.as_bytes(), &"acme".parse().unwrap(), TERMS, [1; 10])
    }

    #[test]
    fn the_payload_stays_byte_for_byte() {
        let data = r#"{"z":1.10,"a":null,"n":12345678901234567890123,"ü":"\u00fc\ud800"}"#;
        let incoming = read_one(&format!("{{\"event\":\"a.b\",\"data\": {data} }}")).unwrap();
        assert_eq!(incoming.event.data.get(), data);
        assert_eq!((incoming.event.occurred_at, incoming.dedupe), (NOW, None));
    }

    #[test]
    fn any_json_is_a_payload_but_there_has_to_be_one() {
        for data in ["null", "7", "\"x\"", "[]", "false"] {
            assert!(read_one(&format!("{{\"event\":\"a\",\"data\":{data}}}")).is_ok(), "{data}");
        }
        assert!(read_one(r#"{"event":"a"}"#).is_err());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let body = r#"{"event":"a..b","eventId":"é","timestamp":"now","deliverAt":"x","typo":1}"#;
        let problem = read_one(body).unwrap_err();
        let pointers: Vec<&str> = problem.errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/event", "/eventId", "/timestamp", "/deliverAt", "/data", "/typo"]);
    }

    #[test]
    fn a_key_makes_repeats_noticed() {
        let body = r#"{"event":"a","eventId":"k","data":1}"#;
        let (one, other) = (read_one(body).unwrap(), read_one(body).unwrap());
        assert!(one.dedupe.is_some());
        assert_eq!((one.dedupe, one.event.public_id().as_str()), (other.dedupe, "k"));
    }
}
