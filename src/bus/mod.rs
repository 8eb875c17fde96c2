//! The bus: NATS JetStream, the queue between the ledger and the endpoints' actors, and a way in for producers.
//!
//! ```text
//! EVENTS            events.>                      what producers published, until intake took it
//! DELIVERIES_<s>    deliver.<s>.<endpoint>        what is to be delivered now, a reference each
//!                   retry.<s>.<endpoint>.<dlv>    what is to be delivered later: a schedule of the server's
//! ```
//!
//! Promises: what is reported as taken was acknowledged by the server; a schedule replaces the earlier one of
//! its delivery; streams and consumers that vanish are made anew. Leaves out: keeping anything for ever. The
//! queue can be rebuilt from the ledger at any time.

mod events;
mod publish;
mod puller;
mod reference;
mod streams;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actors::ports::{self, Pulled, QueueError, Receipt, Reference};
use async_nats::ServerAddr;
use async_nats::jetstream::{self, context::ContextBuilder};
use async_trait::async_trait;
use domain::id::Shard;
use time::OffsetDateTime;
use tokio::sync::{Mutex, watch};

pub use self::events::{Events, Unmapped};
use self::puller::Puller;
use crate::config::{self, NatsLogin};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("nats address is not one: {0}")]
    Address(String),
    #[error("nats credentials {0} could not be read")]
    Credentials(String),
    #[error("nats could not be reached: {0}")]
    Connect(#[from] async_nats::ConnectError),
    #[error("nats refused {what}: {why}")]
    Refused { what: String, why: String },
    #[error("nats-server {0} is too old: 2.12 or later is needed, for scheduled messages")]
    TooOld(String),
    #[error("nats does not answer: {0}")]
    Silent(String),
}

/// The numbers of the queue, from configuration.
#[derive(Debug, Clone)]
pub struct Options {
    pub shards: u16,
    pub replicas: usize,
    pub max_ack_pending: u32,
    pub ack_wait: Duration,
    pub dedupe_window: Duration,
}

#[derive(Clone)]
pub struct Bus {
    client: async_nats::Client,
    jetstream: jetstream::Context,
    options: Options,
    epochs: Arc<HashMap<Shard, i64>>,
    pullers: Arc<HashMap<Shard, Mutex<Puller>>>,
    /// Raised by every reconnection: a pull that was open then is not answered.
    connections: watch::Receiver<u64>,
}

/// Publishes whose acknowledgement is awaited at a time.
const ACKS_AWAITED: usize = 4096;
const ACK_TIMEOUT: Duration = Duration::from_secs(5);
/// For telling the server what was done with a batch.
const ANSWER: Duration = Duration::from_secs(1);

/// Connects, or goes on trying in the background: NATS away at start is no reason not to start.
pub async fn connect(config: &config::Nats) -> Result<(async_nats::Client, watch::Receiver<u64>), Error> {
    let (raise, connections) = watch::channel(0);
    let mut options = async_nats::ConnectOptions::new()
        .name("hookyard")
        .retry_on_initial_connect()
        .max_reconnects(None)
        .reconnect_delay_callback(|attempts| Duration::from_millis((50 << attempts.min(6)).min(2000) as u64))
        .event_callback(move |event| {
            match &event {
                async_nats::Event::Connected => {
                    tracing::info!("connected to nats");
                    raise.send_modify(|count| *count += 1);
                }
                async_nats::Event::Disconnected => {
                    tracing::warn!("lost nats: deliveries go on from the ledger");
                }
                async_nats::Event::Draining | async_nats::Event::Closed => tracing::debug!(%event, "nats"),
                async_nats::Event::LameDuckMode
                | async_nats::Event::SlowConsumer(_)
                | async_nats::Event::ServerError(_)
                | async_nats::Event::ClientError(_) => tracing::warn!(%event, "nats"),
            }
            std::future::ready(())
        });
    if let Some(ca) = &config.tls_ca_file {
        options = options.add_root_certificates(ca.clone()).require_tls(true);
    }
    options = match &config.login {
        NatsLogin::Url => options,
        NatsLogin::Password { user, password } => {
            options.user_and_password(user.clone(), password.expose().to_owned())
        }
        NatsLogin::NkeySeed(seed) => options.nkey(seed.expose().to_owned()),
        NatsLogin::CredsFile(file) => options
            .credentials_file(file)
            .await
            .map_err(|_| Error::Credentials(file.display().to_string()))?,
    };
    let url = config.url.expose();
    let addresses: Vec<ServerAddr> = url
        .split(',')
        .map(|address| address.trim().parse().map_err(|_| Error::Address(address.to_owned())))
        .collect::<Result<_, _>>()?;
    Ok((options.connect(addresses).await?, connections))
}

impl Bus {
    pub fn new(
        client: async_nats::Client,
        connections: watch::Receiver<u64>,
        options: Options,
        epochs: Arc<HashMap<Shard, i64>>,
    ) -> Self {
        let jetstream = ContextBuilder::new()
            .timeout(ACK_TIMEOUT)
            .ack_timeout(ACK_TIMEOUT)
            .max_ack_inflight(ACKS_AWAITED)
            .build(client.clone());
        let pullers = epochs.keys().map(|&shard| (shard, Mutex::default())).collect();
        Self { client, jetstream, options, epochs, pullers: Arc::new(pullers), connections }
    }

    /// Answers the server. What it does not hear is a redelivery, which is checked against the ledger: so
    /// nobody waits for a server that is away.
    async fn answer(&self, receipts: &[Receipt], word: &str) {
        let said = async {
            for receipt in receipts {
                if !self.is_connected() {
                    return;
                }
                let _ = self.client.publish(receipt.0.to_string(), word.to_owned().into()).await;
            }
        };
        let _ = tokio::time::timeout(ANSWER, said).await;
    }

    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
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
        self.answer(receipts, "+ACK").await;
    }

    async fn postpone(&self, receipts: &[Receipt], wait: Duration) {
        self.answer(receipts, &format!("-NAK {{\"delay\":{}}}", wait.as_nanos())).await;
    }

    async fn pull(&self, shard: Shard, limit: usize) -> Result<Vec<Pulled>, QueueError> {
        let puller = self.pullers.get(&shard).ok_or_else(|| QueueError("shard is not owned".to_owned()))?;
        let mut puller = puller.lock().await;
        if !puller.is_open() {
            let consumer = self.consumer(shard).await.map_err(|error| QueueError(error.to_string()))?;
            puller.fresh_above = self.last_sequence(shard).await?;
            puller.open(&self.client, consumer, self.connections.clone()).await?;
        }
        let messages = puller.pull(&self.client, limit).await?;
        let fresh_above = puller.fresh_above;
        Ok(messages.into_iter().filter_map(|message| self.read(message, fresh_above)).collect())
    }

    async fn last_sequence(&self, shard: Shard) -> Result<u64, QueueError> {
        let stream = self.delivery_stream(shard).await.map_err(|error| QueueError(error.to_string()))?;
        Ok(stream.cached_info().state.last_sequence)
    }
}
