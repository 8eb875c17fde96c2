//! Events from NATS: whatever is published to `events.<tenant>.<event type>`, by JetStream producers and core
//! publishers alike, goes through intake and is acknowledged when the ledger has it. So does what comes by `[[sources]]`.
//!
//! Promises: a message is taken once, though it comes twice; messages go into the ledger in the order of the stream,
//! also where the ledger is away for a while; one that cannot be mapped is kept with its reason. Leaves out: the order of what was under way when this node or the connection ended.

use std::sync::Arc;
use std::time::Duration;

use actors::directory::Directory;
use actors::intake::{Handle, Incoming, Refusal};
use actors::ports::{Clock, Ledger, LedgerError};
use async_nats::Message;
use async_trait::async_trait;
use domain::cloudevents::Named;
use domain::event::{Event, EventKey, Source, dedupe_hash, instant};
use domain::id::EventId;
use domain::mapping::{Mapped, Mapping, Received};
use domain::tenant::TenantId;
use serde_json::value::RawValue;
use tracing::field::display;

use super::Bus;
use super::asked::{Asked, header};
use super::cloud::{cloud_event, trace};
use crate::metrics;

pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// Keeps what could not be mapped.
#[async_trait]
pub trait Unmapped: Send + Sync + 'static {
    async fn keep(
        &self,
        subject: &str,
        tenant: Option<&str>,
        reason: &str,
        payload: &[u8],
    ) -> Result<(), LedgerError>;
}

/// Brings EVENTS to intake, batch by batch.
pub struct Events {
    pub bus: Bus,
    pub intake: Handle,
    pub directory: Arc<Directory>,
    pub ledger: Arc<dyn Ledger>,
    pub unmapped: Arc<dyn Unmapped>,
    pub clock: Arc<dyn Clock>,
    /// Of one event.
    pub payload_max_bytes: usize,
    /// How far ahead an event may be scheduled.
    pub deliver_at_max: Duration,
}

/// A stream that events are read from.
#[derive(Clone, Copy)]
pub(super) struct Inlet<'a> {
    pub stream: &'a str,
    /// Of somebody else's stream.
    pub source: Option<&'a Arc<Mapping>>,
    /// When the stream was made, in nanoseconds since the Unix epoch.
    pub made_at: i128,
}

/// How many messages from the front are done, and why the next one has to wait.
type Taken = (usize, Option<String>);

/// Why a message stands for no event.
enum Unmappable {
    /// It never will.
    Wrong(String),
    /// The ledger could not say yet.
    Unknown(LedgerError),
}

impl From<String> for Unmappable {
    fn from(reason: String) -> Self {
        Self::Wrong(reason)
    }
}

impl Events {
    /// Hands messages over, one before the other: where one has to wait, all behind it wait with it.
    pub(super) async fn hand_over(&self, messages: &[Message], inlet: Inlet<'_>) {
        let stream = inlet.stream;
        let mut waiting = messages;
        let mut said = false;
        loop {
            let (done, why) = self.take(waiting, inlet).await;
            self.answer(&waiting[..done], "+ACK").await;
            waiting = &waiting[done..];
            let Some(why) = why else { break };
            if !said {
                tracing::warn!(stream, why, "events from nats wait");
                said = true;
            }
            // They are held, not lost: the server is to hand them to nobody else.
            self.answer(waiting, "+WPI").await;
            tokio::time::sleep(PAUSE).await;
        }
        if said {
            tracing::info!(stream, "events from nats go on");
        }
    }

    async fn answer(&self, messages: &[Message], word: &'static str) {
        for reply in messages.iter().filter_map(|message| message.reply.clone()) {
            let _ = self.bus.client.publish(reply, word.into()).await;
        }
    }

    async fn take(&self, messages: &[Message], inlet: Inlet<'_>) -> Taken {
        let mut done = 0;
        let mut run = Vec::new();
        for message in messages {
            let (unmappable, count) = match self.map(message, inlet).await {
                Ok(incoming) => {
                    run.push(incoming);
                    continue;
                }
                Err(unmappable) => (unmappable, run.len()),
            };
            let (published, why) =
                self.publish(inlet, &messages[done..done + count], std::mem::take(&mut run)).await;
            done += published;
            if why.is_some() {
                return (done, why);
            }
            match unmappable {
                Unmappable::Unknown(error) => return (done, Some(error.to_string())),
                Unmappable::Wrong(reason) => match self.keep(inlet, message, &reason).await {
                    Ok(()) => done += 1,
                    Err(error) => return (done, Some(error.to_string())),
                },
            }
        }
        let (published, why) = self.publish(inlet, &messages[done..], run).await;
        (done + published, why)
    }

    /// Publishes a run of events at once. One that intake refuses is found by halves, so that it harms no other.
    async fn publish(&self, inlet: Inlet<'_>, messages: &[Message], run: Vec<Incoming>) -> Taken {
        let mut done = 0;
        // The first part is the last here.
        let mut parts = vec![run];
        while let Some(mut part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.intake.publish(part.clone()).await {
                Ok(_) => done += part.len(),
                Err(refusal @ (Refusal::Overloaded | Refusal::Unavailable(_))) => {
                    return (done, Some(refusal.to_string()));
                }
                Err(Refusal::FanOut { .. } | Refusal::Choosing | Refusal::Refused(_)) if part.len() > 1 => {
                    let behind = part.split_off(part.len() / 2);
                    parts.extend([behind, part]);
                }
                Err(refusal @ (Refusal::FanOut { .. } | Refusal::Choosing | Refusal::Refused(_))) => {
                    match self.keep(inlet, &messages[done], &refusal.to_string()).await {
                        Ok(()) => done += 1,
                        Err(error) => return (done, Some(error.to_string())),
                    }
                }
            }
        }
        (done, None)
    }

    /// Keeps what stands for no event, with the reason. What the ledger refuses even so is ended, with words: it
    /// would come again for ever.
    async fn keep(&self, inlet: Inlet<'_>, message: &Message, reason: &str) -> Result<(), LedgerError> {
        let subject = message.subject.as_str();
        let sequence = self.place(message).map(|(sequence, _)| sequence);
        let tenant = match self.source_of(inlet, subject) {
            Some(source) => source.tenant_of(&received(message, &|name| header(message, name))),
            None => subject.split('.').nth(1).and_then(|tenant| tenant.parse().ok()),
        };
        let tenant = tenant.filter(|tenant| self.directory.has_tenant(tenant));
        let tenant = tenant.as_ref().map(TenantId::as_str);
        let trace_id = trace(message).map(|trace| display(trace.trace_id()));
        match self.unmapped.keep(subject, tenant, reason, &message.payload).await {
            Ok(()) => {
                metrics::unroutable();
                tracing::warn!(
                    subject,
                    sequence,
                    tenant,
                    trace_id,
                    reason,
                    "event from nats could not be mapped: kept as unroutable"
                );
            }
            Err(LedgerError::Refused(why)) => {
                tracing::error!(
                    subject,
                    sequence,
                    tenant,
                    trace_id,
                    reason,
                    why,
                    "message from nats cannot be kept: it is ended"
                );
                // The acknowledgement behind it changes nothing.
                self.answer(std::slice::from_ref(message), "+TERM").await;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Whose rules hold for a subject; `None`: our own.
    fn source_of(&self, inlet: Inlet<'_>, subject: &str) -> Option<Arc<Mapping>> {
        inlet.source.cloned().or_else(|| self.bus.sources().borrow().of_subject(subject))
    }

    /// The event that a message stands for, or why it stands for none.
    async fn map(&self, message: &Message, inlet: Inlet<'_>) -> Result<Incoming, Unmappable> {
        let (bytes, max) = (message.payload.len(), self.payload_max_bytes);
        if bytes > max {
            return Err(format!("the payload has {bytes} bytes, and may have {max}").into());
        }
        let mapped = match self.source_of(inlet, &message.subject) {
            Some(source) => source.map(&received(message, &|name| header(message, name))),
            None => own(message),
        };
        let Mapped { tenant, event_type, key, occurred_at } = mapped?;
        if !self.knows(&tenant).await.map_err(Unmappable::Unknown)? {
            return Err(format!("no tenant {tenant}").into());
        }
        let now = self.clock.now();
        let Asked { channels, deliver_at, expires_at } = Asked::of(message, now, self.deliver_at_max)?;
        let id = EventId::new(deliver_at.unwrap_or(now), crate::chance::bytes());
        let trace = trace(message).map(Arc::new);
        let named = Named { event_type: Some(event_type.clone()), key: key.clone(), occurred_at };
        if let Some(cloud) = cloud_event(message, named)? {
            let dedupe = Some(cloud.dedupe(&tenant));
            let trace = trace.or_else(|| cloud.attributes.trace().map(Arc::new));
            let event = Event {
                id,
                tenant,
                key: Some(cloud.key),
                event_type,
                occurred_at: cloud.occurred_at.unwrap_or(now),
                expires_at,
                source: Source::Nats,
                data: cloud.data,
                inbound: None,
                channels,
                cloud_event: Some(Box::new(cloud.attributes)),
                trace,
            };
            return Ok(Incoming { came_at: now, deliver_at, ..Incoming::new(event, dedupe) });
        }
        let occurred_at = occurred_at.unwrap_or(now);
        let text =
            std::str::from_utf8(&message.payload).map_err(|_| "the payload is not UTF-8".to_owned())?;
        let data: Box<RawValue> =
            serde_json::from_str(text).map_err(|error| format!("the payload is not JSON: {error}"))?;
        // A message without an id of the producer's is told from its copies by its place in the stream, and when it
        // was stored: a stream that has gone back gives the same place again.
        let (sequence, stored_at) = self.place(message).unwrap_or_default();
        let Inlet { stream, made_at, .. } = inlet;
        let place = || format!("\u{1}{stream}:{made_at}:{sequence}:{stored_at}");
        let dedupe = dedupe_hash(&tenant, &key.as_ref().map_or_else(place, |key| key.as_str().to_owned()));
        let event = Event {
            id,
            tenant,
            key,
            event_type,
            channels,
            occurred_at,
            expires_at,
            source: Source::Nats,
            data,
            inbound: None,
            cloud_event: None,
            trace,
        };
        Ok(Incoming { came_at: now, deliver_at, ..Incoming::new(event, Some(dedupe)) })
    }

    async fn knows(&self, tenant: &TenantId) -> Result<bool, LedgerError> {
        if self.directory.has_tenant(tenant) {
            return Ok(true);
        }
        // It may have been made a moment ago.
        self.directory.refresh(self.ledger.as_ref()).await?;
        Ok(self.directory.has_tenant(tenant))
    }

    fn place(&self, message: &Message) -> Option<(u64, i128)> {
        let context = self.bus.jetstream.clone();
        let message = async_nats::jetstream::Message { message: message.clone(), context };
        message.info().ok().map(|info| (info.stream_sequence, info.published.unix_timestamp_nanos()))
    }
}

/// What a message of `events.<tenant>.<event type>` says.
fn own(message: &Message) -> Result<Mapped, String> {
    let mut tokens = message.subject.splitn(3, '.').skip(1);
    let (Some(tenant), Some(event_type)) = (tokens.next(), tokens.next()) else {
        return Err("the subject is not events.<tenant>.<event type>".to_owned());
    };
    let tenant: TenantId = tenant.parse().map_err(|error| format!("{error}"))?;
    let event_type = event_type.parse().map_err(|error| format!("{error}"))?;
    let key = header(message, "Hookyard-Event-Id").map(|key| EventKey::parse(&key)).transpose();
    let key = key.map_err(|error| format!("Hookyard-Event-Id: {error}"))?;
    let at = header(message, "Hookyard-Timestamp").map(|at| instant(&at)).transpose();
    let occurred_at = at.map_err(|error| format!("Hookyard-Timestamp {error}"))?;
    Ok(Mapped { tenant, event_type, key, occurred_at })
}

fn received<'a>(message: &'a Message, header: &'a dyn Fn(&str) -> Option<String>) -> Received<'a> {
    Received { subject: &message.subject, header, payload: &message.payload }
}
