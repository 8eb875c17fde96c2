//! What an endpoint gets of an event: the body of its requests, made anew for each attempt and each time the same.
//!
//! Promises: who renders templates holds up neither the runtime nor, for long, another that does. Leaves out: headers
//! and signatures, which are over what is made here.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use domain::endpoint::Endpoint;
use domain::event::EventView;
use domain::format::{Format, reshaped};
use domain::message;
use domain::template::{Target, Template, Wrong};
use quick_cache::sync::Cache;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::ledger::Payload;

/// Templates that are kept ready; each is some ten kilobytes.
const READY_MAX: usize = 512;
/// Rendered at a time.
const AT_ONCE: usize = 2;
/// A message about more than this is made beside the runtime.
const QUICK_BYTES: usize = 64 * 1024;

const JSON: &str = "application/json";

/// A body, and what it is.
#[derive(Debug, Clone)]
pub struct Made {
    pub content_type: &'static str,
    pub body: Bytes,
    /// It is the event in the format `hookyard`.
    pub is_plain: bool,
}

pub struct Bodies {
    ready: Cache<(Target, Arc<str>), Template>,
    turns: Semaphore,
}

impl Default for Bodies {
    fn default() -> Self {
        Self { ready: Cache::new(READY_MAX), turns: Semaphore::new(AT_ONCE) }
    }
}

impl Bodies {
    /// What an endpoint gets of an event, or why nothing can be made of it.
    pub async fn make(&self, endpoint: &Endpoint, payload: &Payload) -> Result<Made, Wrong> {
        let kind = endpoint.kind;
        let source = endpoint.templates.of(&payload.event_type).cloned();
        if source.is_none() && kind.provider().is_none() {
            return Ok(formatted(endpoint.format, payload));
        }
        if source.is_none() && payload.body.len() <= QUICK_BYTES {
            return Ok(json(render(kind.target(), None, payload)?));
        }
        let template = source.map(|source| self.ready(kind.target(), source)).transpose()?;
        self.try_out(kind.target(), template, payload.clone()).await
    }

    /// What a template makes of an event, or who makes the default message where there is none.
    pub async fn try_out(
        &self,
        target: Target,
        template: Option<Template>,
        payload: Payload,
    ) -> Result<Made, Wrong> {
        let ended = || Wrong::of_ours("rendering was given up");
        let _turn = self.turns.acquire().await.map_err(|_| ended())?;
        let rendered = tokio::task::spawn_blocking(move || render(target, template.as_ref(), &payload));
        Ok(json(rendered.await.map_err(|_| ended())??))
    }

    fn ready(&self, target: Target, source: Arc<str>) -> Result<Template, Wrong> {
        let key = (target, source);
        self.ready.get_or_insert_with(&key, || Template::parse(&key.1, target))
    }
}

fn formatted(format: Format, payload: &Payload) -> Made {
    if format == Format::Hookyard {
        return Made { content_type: JSON, body: payload.body.clone(), is_plain: true };
    }
    let Payload { tenant, event_type, occurred_at, public_id, .. } = payload;
    let cloud_event = payload.cloud_event.as_deref();
    let body = format.body(tenant, event_type, *occurred_at, public_id, payload.data(), cloud_event);
    Made { content_type: format.content_type(), body: body.into(), is_plain: false }
}

fn json(body: Vec<u8>) -> Made {
    Made { content_type: JSON, body: body.into(), is_plain: false }
}

fn render(target: Target, template: Option<&Template>, payload: &Payload) -> Result<Vec<u8>, Wrong> {
    let read = serde_json::from_slice(payload.data());
    let data = match (&read, template) {
        (Ok(data), _) => Cow::Borrowed(data),
        // Numbers past all bounds, texts that are no Unicode, a thousand lists in each other: a message can do without.
        (Err(_), None) => Cow::Owned(Value::Null),
        (Err(error), Some(_)) => {
            return Err(Wrong::of_ours(format!("the event's data cannot be read: {error}")));
        }
    };
    let Payload { tenant, event_type, occurred_at, public_id, .. } = payload;
    let event = EventView { event_type, public_id, occurred_at: *occurred_at, tenant, data: &data };
    match (target.provider(), template) {
        (Some(provider), template) => message::body(provider, template, &event),
        (None, Some(template)) => reshaped(template, &event),
        (None, None) => Ok(payload.body.to_vec()),
    }
}
