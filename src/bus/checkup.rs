//! What a NATS is like, for whoever asks whether it suits. Nothing is made or changed.

use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream;
use futures_util::TryStreamExt as _;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::{Instant, sleep, timeout};

use super::{Error, connect, streams};
use crate::config;

/// To be connected, and to answer.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);

#[derive(Debug, Clone)]
pub struct Checkup {
    pub version: String,
    pub max_payload_bytes: u64,
    /// The name of its cluster, if it is of one.
    pub cluster: Option<String>,
    /// None: JetStream is off, or not for this account.
    pub account: Option<Account>,
    /// Our streams that there are already, with how many copies they have.
    pub streams: Vec<(String, usize)>,
}

/// `None` is no limit.
#[derive(Debug, Clone)]
pub struct Account {
    pub storage_bytes: u64,
    pub storage_bytes_max: Option<u64>,
    pub streams: usize,
    pub streams_max: Option<u64>,
    pub consumers: usize,
    pub consumers_max: Option<u64>,
}

/// One that was connected to, to be asked.
pub struct Patient {
    client: Client,
    jetstream: jetstream::Context,
}

impl Patient {
    /// The reason why it cannot be connected to is in the log.
    pub async fn connect(nats: &config::Nats) -> Result<Self, Error> {
        let (client, _) = connect(nats).await?;
        let deadline = Instant::now() + PATIENCE;
        // What the server calls itself, the client knows a moment after it is connected.
        while client.connection_state() != State::Connected || client.server_info().version.is_empty() {
            if Instant::now() >= deadline {
                return Err(Error::Away);
            }
            sleep(LOOK).await;
        }
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(PATIENCE);
        Ok(Self { client, jetstream })
    }

    pub async fn checkup(&self) -> Checkup {
        let info = self.client.server_info();
        let account = self.jetstream.query_account().await.ok().map(|account| {
            let limit = |limit: Option<i64>| limit.map(i64::unsigned_abs);
            Account {
                storage_bytes: account.storage,
                storage_bytes_max: limit(account.limits.max_storage),
                streams: account.streams,
                streams_max: limit(account.limits.max_streams),
                consumers: account.consumers,
                consumers_max: limit(account.limits.max_consumers),
            }
        });
        // An account without JetStream has none.
        let streams = if account.is_some() { self.streams().await } else { Vec::new() };
        Checkup {
            version: info.version,
            max_payload_bytes: info.max_payload as u64,
            cluster: info.cluster.filter(|cluster| !cluster.is_empty()),
            account,
            streams,
        }
    }

    async fn streams(&self) -> Vec<(String, usize)> {
        let ours = self.jetstream.streams().try_filter_map(async |stream| {
            Ok(streams::is_ours(&stream.config.name)
                .then_some((stream.config.name, stream.config.num_replicas)))
        });
        timeout(PATIENCE, ours.try_collect()).await.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// What time it is there, which only the answer to a question about a stream says.
    pub async fn now(&self, stream: &str) -> Option<OffsetDateTime> {
        let info: Value = self.jetstream.request(format!("STREAM.INFO.{stream}"), "").await.ok()?;
        OffsetDateTime::parse(info["ts"].as_str()?, &Rfc3339).ok()
    }
}
