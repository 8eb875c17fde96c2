//! A CloudEvent that is published, read and vetted, and as the OpenAPI document describes it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use actors::intake::Incoming;
use axum::http::HeaderMap;
use domain::channels::Channels;
use domain::cloudevents::{self as events, Named, Refused, Wrong};
use domain::event::{Event, Source};
use domain::id::EventId;
use domain::tenant::TenantId;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::sent::content_type;
use crate::api::fields::{json, malformed};
use crate::api::problem::{FieldError, Problem};
use crate::api::texts;

/// A CloudEvent 1.0 in structured mode. Every other member is an extension: 1 to 20 lower-case letters and digits, 20 of them at most.
#[derive(ToSchema)]
#[schema(examples(json!({
    "specversion": "1.0", "id": "order-42-paid", "source": "/shops/7", "type": "order.paid",
    "time": "2026-01-02T03:04:05Z", "subject": "42", "region": "emea", "data": {"order": 42, "amount": 19.90}})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct CloudEvent {
    specversion: texts::SpecVersion,
    /// The event's `eventId`: the same again from the same `source` is delivered once.
    id: texts::PublicEventId,
    source: texts::UriReference,
    /// The event's type.
    #[schema(rename = "type")]
    kind: texts::EventType,
    /// When it happened; now when absent.
    #[schema(nullable, required = false)]
    time: texts::Instant,
    #[schema(nullable, required = false)]
    subject: texts::AttributeText,
    #[schema(nullable, required = false)]
    dataschema: texts::AttributeText,
    /// `application/json` when absent. Any other JSON, or `text/*`, of which `data` is a text.
    #[schema(nullable, required = false)]
    datacontenttype: texts::AttributeText,
    /// The payload: any JSON, delivered byte for byte as it came. Null when absent.
    #[schema(value_type = Value, required = false)]
    data: (),
    #[serde(flatten)]
    extensions: HashMap<String, Extension>,
}

/// What an extension of a CloudEvent says; null is the same as left out.
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Extension(events::Value);

impl PartialSchema for Extension {
    fn schema() -> RefOr<Schema> {
        let types = [Type::String, Type::Integer, Type::Boolean, Type::Null];
        let description = "What an extension of a CloudEvent says; null is the same as left out.";
        let schema = ObjectBuilder::new().schema_type(SchemaType::from_iter(types));
        let schema = schema.minimum(Some(i32::MIN)).maximum(Some(i32::MAX)).max_length(Some(1024));
        schema.description(Some(description)).examples(["emea"]).into()
    }
}

impl ToSchema for Extension {
    fn name() -> Cow<'static, str> {
        "Extension".into()
    }
}

/// CloudEvents to be published: 1,000 at most, unless configured otherwise.
#[derive(ToSchema)]
#[schema(min_items = 1)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct CloudEvents(Vec<CloudEvent>);

/// A request that publishes one, in structured mode.
pub fn read_one(
    body: &[u8],
    tenant: &TenantId,
    now: OffsetDateTime,
    random: [u8; 10],
) -> Result<Incoming, Problem> {
    read(json(body)?, "", tenant, now, random).map_err(Problem::fields)
}

/// One that stands at `base` in the body.
pub fn read(
    value: &RawValue,
    base: &str,
    tenant: &TenantId,
    now: OffsetDateTime,
    random: [u8; 10],
) -> Result<Incoming, Vec<FieldError>> {
    match events::structured(value, Named::default()) {
        Ok(cloud) => Ok(incoming(cloud, tenant, now, random)),
        Err(Refused::Wrong(wrong)) => Err(wrong.into_iter().map(|wrong| error(base, wrong)).collect()),
        Err(Refused::NotJson(why)) => {
            Err(vec![FieldError { pointer: base.to_owned(), detail: why.to_string() }])
        }
    }
}

/// One in binary mode.
pub fn read_headers(
    headers: &HeaderMap,
    body: &[u8],
    tenant: &TenantId,
    now: OffsetDateTime,
    random: [u8; 10],
) -> Result<Incoming, Problem> {
    let named = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    match events::binary(named, content_type(headers), body, Named::default()) {
        Ok(cloud) => Ok(incoming(cloud, tenant, now, random)),
        Err(Refused::NotJson(error)) => Err(malformed(&error)),
        Err(Refused::Wrong(wrong)) => {
            Err(Problem::fields(wrong.into_iter().map(|wrong| error("", wrong)).collect()))
        }
    }
}

fn error(base: &str, Wrong { place, detail }: Wrong) -> FieldError {
    FieldError { pointer: format!("{base}{place}"), detail }
}

fn incoming(cloud: events::CloudEvent, tenant: &TenantId, now: OffsetDateTime, random: [u8; 10]) -> Incoming {
    let dedupe = Some(cloud.dedupe(tenant));
    let trace = cloud.attributes.trace().map(Arc::new);
    let event = Event {
        id: EventId::new(now, random),
        tenant: tenant.clone(),
        key: Some(cloud.key),
        event_type: cloud.event_type,
        channels: Channels::default(),
        occurred_at: cloud.occurred_at.unwrap_or(now),
        expires_at: None,
        source: Source::Http,
        data: cloud.data,
        inbound: None,
        cloud_event: Some(Box::new(cloud.attributes)),
        trace,
    };
    Incoming::new(event, dedupe)
}
