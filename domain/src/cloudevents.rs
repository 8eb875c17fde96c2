//! CloudEvents 1.0 that come in: github.com/cloudevents/spec, its JSON format, and its bindings to HTTP and NATS.
//!
//! Promises: what is taken is kept, so that it can be sent out again as it came ([`Attributes`]), and `data` that is JSON byte for
//! byte; every wrong attribute is named at once. Leaves out: data that is neither JSON nor text, which no event here can hold; how
//! exactly a time was written, of which the milliseconds are kept.

mod attribute;
mod binary;
mod data;
mod mode;
mod reading;
mod structured;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;

pub use self::attribute::uri_reference;
pub use self::binary::binary;
pub use self::mode::{Mode, PREFIX, UnknownFormat, VERSION_HEADER};
pub use self::structured::structured;
use crate::event::{self, EventKey};
use crate::matching::EventType;
use crate::tenant::TenantId;
use crate::trace::{TRACEPARENT, TRACESTATE, TraceContext};

pub const EXTENSIONS_MAX: usize = 20;
/// Of an attribute's value.
pub const VALUE_BYTES_MAX: usize = 1024;
/// Mistakes that are told of; more help nobody.
const WRONG_MAX: usize = 100;

/// A CloudEvent, as the event that it is here.
#[derive(Debug)]
pub struct CloudEvent {
    pub event_type: EventType,
    pub key: EventKey,
    pub occurred_at: Option<OffsetDateTime>,
    /// `null` where there is none.
    pub data: Box<RawValue>,
    pub attributes: Attributes,
    /// The key is its own `id`, which is one of its `source` alone.
    is_own_key: bool,
}

/// What the way that a CloudEvent came by says of the event, which goes before what the CloudEvent itself says.
#[derive(Debug, Clone, Default)]
pub struct Named {
    pub event_type: Option<EventType>,
    pub key: Option<EventKey>,
    pub occurred_at: Option<OffsetDateTime>,
}

/// What a CloudEvent says that an event here has no other place for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    pub source: String,
    /// Where the event's key is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where the event's type is another.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataschema: Option<String>,
    /// Where it is not `application/json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datacontenttype: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<String, Value>,
}

/// Of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Number(i32),
    Text(String),
}

/// Why something is no CloudEvent that can be taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the payload is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("{}", listed(.0))]
    Wrong(Vec<Wrong>),
}

/// An attribute that is wrong: its JSON pointer, or the name of its header. Empty: all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub place: String,
    pub detail: String,
}

fn listed(wrong: &[Wrong]) -> String {
    let one = |Wrong { place, detail }: &Wrong| {
        if place.is_empty() { detail.clone() } else { format!("{place} {detail}") }
    };
    wrong.iter().map(one).collect::<Vec<_>>().join("; ")
}

impl CloudEvent {
    /// What two copies of it have in common: with an id of its own, that of one source is not another's.
    pub fn dedupe(&self, tenant: &TenantId) -> u128 {
        if self.is_own_key {
            self.attributes.dedupe(tenant, &self.key)
        } else {
            event::dedupe_hash(tenant, self.key.as_str())
        }
    }
}

impl Attributes {
    pub fn dedupe(&self, tenant: &TenantId, id: &EventKey) -> u128 {
        dedupe_hash(tenant, &self.source, id.as_str())
    }

    /// In which trace it stands, by the extension for distributed tracing.
    pub fn trace(&self) -> Option<TraceContext> {
        let text = |name: &str| match self.extensions.get(name)? {
            Value::Text(text) => Some(text.as_bytes()),
            Value::Flag(_) | Value::Number(_) => None,
        };
        TraceContext::read(text(TRACEPARENT), text(TRACESTATE))
    }

    /// In memory, roughly.
    pub fn bytes(&self) -> usize {
        let optional = [&self.id, &self.kind, &self.subject, &self.dataschema, &self.datacontenttype];
        let optional = optional.into_iter().flatten().map(String::len);
        let extensions = self.extensions.iter().map(|(name, value)| {
            name.len() + if let Value::Text(text) = value { text.len() } else { 0 } + 48
        });
        self.source.len() + optional.chain(extensions).sum::<usize>()
    }

    /// A CloudEvent in structured mode, up to its data: `id`, `kind` and `time` are the event's.
    pub(crate) fn written(&self, id: &str, kind: &str, time: &str) -> String {
        let text = |text: &str| serde_json::Value::from(text);
        let or = |own: &Option<String>, other: &str| text(own.as_deref().unwrap_or(other));
        let extensions = self.extensions.iter().map(|(name, value)| match value {
            Value::Flag(flag) => (name.as_str(), (*flag).into()),
            Value::Number(number) => (name.as_str(), (*number).into()),
            Value::Text(written) => (name.as_str(), text(written)),
        });
        let own = [
            ("specversion", text("1.0")),
            ("id", or(&self.id, id)),
            ("source", text(&self.source)),
            ("type", or(&self.kind, kind)),
            ("time", text(time)),
            ("datacontenttype", or(&self.datacontenttype, "application/json")),
        ];
        let optional = [("subject", &self.subject), ("dataschema", &self.dataschema)];
        let optional = optional.into_iter().filter_map(|(name, value)| Some((name, text(value.as_deref()?))));
        let members = own.into_iter().chain(optional).chain(extensions);
        let members: Vec<String> = members.map(|(name, value)| format!("\"{name}\":{value},")).collect();
        format!("{{{}", members.concat())
    }
}

/// Of a CloudEvent by its own id. No key of another event can be the text in it.
pub fn dedupe_hash(tenant: &TenantId, source: &str, id: &str) -> u128 {
    event::dedupe_hash(tenant, &format!("\u{1}{source}\u{1}{id}"))
}
