//! The bus: NATS JetStream, the queue between the ledger and the endpoints' actors, and a way in for producers.
//!
//! ```text
//! ACCEPTED          accepted.<tenant>.<type>      what the ledger has accepted, for others, where that is asked for
//! EVENTS            events.>, and plain sources'  what producers published, until intake took it
//! DELIVERIES_<s>    deliver.<s>.<endpoint>        what is to be delivered now, a reference
//!                   deliver.<s>.group             the same, several references
//! RETRIES           retry.<s>.<endpoint>.<dlv>    what is to be delivered later: a schedule of the server's
//!                   again.<s>.…                   as deliver.<s>.…, what was to be delivered later and is due
//! ```
//!
//! and beside the streams what nodes tell each other in passing (`relay`).
//!
//! Promises: what is reported as taken was acknowledged by the server; a schedule replaces the earlier one of
//! its delivery; streams and consumers that vanish are made anew. Leaves out: keeping anything for ever. The
//! queue can be rebuilt from the ledger at any time.

mod accepted;
mod asked;
pub mod checkup;
mod cloud;
mod connection;
mod continuity;
mod depth;
mod events;
mod group;
mod publish;
mod puller;
mod reading;
mod reference;
mod relay;
mod reluctance;
mod sources;
mod store;
mod streams;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use actors::ports::{self, Line, Look, Pulled, QueueError, Receipt, Reference};
use async_nats::jetstream::{self, context::ContextBuilder};
use async_trait::async_trait;
use domain::id::{EndpointId, Shard};
use domain::lease::Lease;
use time::OffsetDateTime;
use tokio::sync::{Mutex, watch};

pub use self::connection::{Connections, connect};
use self::continuity::Seen;
pub use self::events::{Events, Unmapped};
use self::group::Brought;
pub use self::group::{Group, read as read_group};
use self::puller::Puller;
pub use self::relay::Relay;
use self::reluctance::Reluctance;
pub use self::sources::{Changes, Sources};
use crate::metrics;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("nats address is not one: {0}")]
    Address(String),
    #[error("nats credentials {0} could not be read")]
    Credentials(String),
    #[error("nats could not be reached")]
    Connect(#[from] async_nats::ConnectError),
    #[error("nats refused {what}: {why}")]
    Refused { what: String, why: String },
    #[error("nats is away")]
    Away,
    #[error("nats-server {0} is too old: 2.12 or later is needed, for scheduled messages")]
    TooOld(String),
}

/// The numbers of the queue, from configuration.
#[derive(Debug, Clone)]
pub struct Options {
    pub shards: u16,
    pub replicas: usize,
    pub max_ack_pending: u32,
    pub ack_wait: Duration,
    pub dedupe_window: Duration,
    /// In force from the start.
    pub sources: Sources,
}

#[derive(Clone)]
pub struct Bus {
    client: async_nats::Client,
    jetstream: jetstream::Context,
    options: Options,
    parts: Arc<HashMap<(Shard, Line), Part>>,
    connections: Connections,
    sources: Arc<watch::Sender<Arc<Sources>>>,
}

/// A line of a shard.
#[derive(Default)]
struct Part {
    puller: Mutex<Puller>,
    seen: Mutex<Seen>,
    reluctance: Reluctance,
}

/// Publishes whose acknowledgement is awaited at a time.
const ACKS_AWAITED: usize = 4096;
const ACK_TIMEOUT: Duration = Duration::from_secs(5);
/// For telling the server what was done with a batch.
const ANSWER: Duration = Duration::from_secs(1);

impl Bus {
    pub fn new(client: async_nats::Client, connections: Connections, options: Options) -> Self {
        let jetstream = ContextBuilder::new()
            .timeout(ACK_TIMEOUT)
            .ack_timeout(ACK_TIMEOUT)
            .max_ack_inflight(ACKS_AWAITED)
            .build(client.clone());
        let both = |shard| Line::ALL.map(|line| ((Shard(shard), line), Part::default()));
        let parts = (0..options.shards).flat_map(both).collect();
        let sources = Arc::new(watch::Sender::new(Arc::new(options.sources.clone())));
        Self { client, jetstream, options, parts: Arc::new(parts), connections, sources }
    }

    fn part(&self, shard: Shard, line: Line) -> Result<&Part, QueueError> {
        self.parts.get(&(shard, line)).ok_or_else(|| QueueError("there is no such shard".to_owned()))
    }

    /// Answers the server. What it does not hear is a redelivery, which is checked against the ledger: so
    /// nobody waits for a server that is away.
    async fn answer(&self, messages: impl IntoIterator<Item = &str>, word: &str) {
        let said = async {
            for message in messages {
                if !self.is_connected() {
                    return;
                }
                let _ = self.client.publish(message.to_owned(), word.to_owned().into()).await;
            }
        };
        let _ = tokio::time::timeout(ANSWER, said).await;
    }

    pub fn shard_of(&self, endpoint: EndpointId) -> Shard {
        Shard::of(endpoint, self.options.shards)
    }

    /// A message as the feeder wants it. What nobody can read of it is left out, with words: the ledger has what it
    /// stood for, if it stood for anything.
    fn read(&self, message: async_nats::Message, fresh_above: u64) -> Vec<Pulled> {
        let message = jetstream::Message { message, context: self.jetstream.clone() };
        let (Some(reply), Ok(info)) = (message.reply.as_ref(), message.info()) else { return Vec::new() };
        let (sequence, tries) = (info.stream_sequence, info.delivered.unsigned_abs());
        let first = tries == 1 && sequence > fresh_above;
        let Brought { references, unreadable } = group::read(&message.subject, &message.payload);
        if unreadable > 0 {
            let (subject, readable) = (&message.subject, references.len());
            tracing::error!(%subject, sequence, unreadable, readable, "unreadable in the queue: dropped");
            metrics::dropped(unreadable as u64);
        }
        if references.is_empty() {
            let (client, reply) = (self.client.clone(), reply.clone());
            tokio::spawn(async move { client.publish(reply, "+TERM".into()).await });
        }
        let receipts = Receipt::of(reply, references.len());
        let pulled = references.into_iter().zip(receipts);
        pulled.map(|(reference, receipt)| Pulled { reference, receipt, first, tries }).collect()
    }
}

#[async_trait]
impl ports::Queue for Bus {
    async fn enqueue(&self, references: &[Reference]) -> Vec<Reference> {
        self.publish_all(references).await
    }

    async fn schedule(&self, retries: &[(Reference, OffsetDateTime)]) -> Vec<(Reference, QueueError)> {
        self.schedule_all(retries).await
    }

    async fn ack(&self, receipts: &[Receipt]) {
        // Done is what is done, whether or not the server hears of it.
        let messages: Vec<&str> = receipts.iter().filter_map(Receipt::done).collect();
        self.answer(messages, "+ACK").await;
    }

    async fn postpone(&self, receipts: &[Receipt], wait: Duration) {
        let messages: BTreeSet<&str> = receipts.iter().map(Receipt::message).collect();
        self.answer(messages, &format!("-NAK {{\"delay\":{}}}", wait.as_nanos())).await;
    }

    async fn pull(&self, lease: Lease, line: Line, limit: usize) -> Result<Vec<Pulled>, QueueError> {
        let (shard, part) = (lease.shard, self.part(lease.shard, line)?);
        let mut puller = part.puller.lock().await;
        puller.begin(lease.epoch);
        if !self.until_connected().await {
            return Ok(Vec::new());
        }
        let mut broken = None;
        loop {
            if !puller.is_open() {
                let (consumer, fresh_above) = self.look(lease, line).await?;
                let generation = part.seen.lock().await.generation();
                puller.fresh_above = fresh_above;
                puller.open(&self.client, consumer, self.connections.clone(), generation).await?;
            }
            match puller.pull(&self.client, limit).await {
                Ok(messages) => {
                    let fresh_above = puller.fresh_above;
                    let read = |message| self.read(message, fresh_above);
                    return Ok(messages.into_iter().flat_map(read).collect());
                }
                // At once, but not over and over.
                Err(error) if broken.is_none() => {
                    tracing::info!(%shard, ?line, %error, "pulling anew");
                    broken = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn check(&self, lease: Lease) -> Result<Look, QueueError> {
        self.check_shard(lease).await
    }
}
