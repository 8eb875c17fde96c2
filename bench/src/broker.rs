//! Events by NATS: published to JetStream as a producer does it who does not wait for each acknowledgement.
//!
//! Promised: accepted is what the EVENTS stream acknowledged; so many at most wait for that at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actors::ports::Clock;
use anyhow::Context as _;
use async_nats::jetstream;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hookyard::bench::{EVENT_TYPE, Published, Stamp, micros};
use hookyard::clock::SystemClock;

/// Publishes that wait for their acknowledgement.
const WINDOW: usize = 1_000;

pub struct Broker {
    pub url: String,
    pub tenant: String,
    pub events: u32,
    pub data_bytes: usize,
}

impl Broker {
    pub async fn publish(self, accepted: Arc<AtomicU64>) -> anyhow::Result<Published> {
        let clock = SystemClock;
        let now = || micros(clock.now());
        let client = async_nats::connect(&self.url).await.context("connect to nats-server")?;
        let stream = jetstream::new(client);
        let subject = format!("events.{}.{EVENT_TYPE}", self.tenant);
        let mut published = Published { began_micros: now(), ..Published::default() };
        let mut waiting = FuturesUnordered::new();
        for n in 0..self.events {
            let data = Stamp { n, at: now() }.data(self.data_bytes);
            let sent =
                stream.publish(subject.clone(), data.into()).await.context("publish to nats-server")?;
            waiting.push(sent.into_future());
            if waiting.len() >= WINDOW {
                count(&mut published, &accepted, waiting.next().await);
            }
        }
        while let Some(acknowledged) = waiting.next().await {
            count(&mut published, &accepted, Some(acknowledged));
        }
        published.ended_micros = now();
        Ok(published)
    }
}

fn count<T, E: std::fmt::Display>(
    published: &mut Published,
    accepted: &AtomicU64,
    acknowledged: Option<Result<T, E>>,
) {
    match acknowledged {
        Some(Ok(_)) => {
            published.accepted += 1;
            accepted.fetch_add(1, Ordering::Relaxed);
        }
        Some(Err(error)) => {
            published.unanswered += 1;
            published.why.get_or_insert_with(|| error.to_string());
        }
        None => {}
    }
}
