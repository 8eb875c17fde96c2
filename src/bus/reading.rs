//! What events are read from: EVENTS, and the streams of sources, each by itself.
//!
//! Promises: none waits for another; a source that others take the place of is read to the end of what it has in hand, and one that
//! stays is not disturbed. Leaves out: what becomes of what is read (`events`).

use std::collections::BTreeSet;
use std::sync::Arc;

use actors::ports::QueueError;
use async_nats::Message;
use domain::mapping::Mapping;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::events::{Events, Inlet, PAUSE};
use super::puller::Puller;
use super::streams::EVENTS;

const BATCH: usize = 500;

impl Events {
    /// Runs until it is dropped.
    pub async fn run(self: Arc<Self>) {
        tokio::join!(self.read_own(), self.read_of_others());
    }

    async fn read_own(&self) {
        let mut puller = Puller::default();
        loop {
            let pulled = self.pull(None, &mut puller).await;
            self.bring(pulled, None, &puller).await;
        }
    }

    /// A reader for each source with a stream that is in force.
    async fn read_of_others(&self) {
        let mut sources = self.bus.sources();
        let (mut read, mut readers) = (BTreeSet::new(), FuturesUnordered::new());
        loop {
            for name in sources.borrow_and_update().of_streams() {
                if read.insert(name.clone()) {
                    readers.push(self.read_one(name));
                }
            }
            tokio::select! {
                // The sender is the bus'.
                Ok(()) = sources.changed() => {}
                Some(name) = readers.next() => {
                    read.remove(&name);
                }
            }
        }
    }

    /// Reads a source for as long as there is one of this name, by the rules that it has then.
    async fn read_one(&self, name: String) -> String {
        let mut sources = self.bus.sources();
        let (mut puller, mut read) = (Puller::default(), None::<Arc<Mapping>>);
        loop {
            let Some(source) = sources.borrow_and_update().of_stream(&name) else { return name };
            if read.replace(Arc::clone(&source)).is_some_and(|before| before != source) {
                puller = Puller::default();
            }
            let pulled = tokio::select! {
                pulled = self.pull(Some(&source), &mut puller) => pulled,
                // Nothing is in hand while it waits.
                Ok(()) = sources.changed() => continue,
            };
            self.bring(pulled, Some(&source), &puller).await;
        }
    }

    /// The next messages; empty where none came for a while.
    async fn pull(
        &self,
        source: Option<&Arc<Mapping>>,
        puller: &mut Puller,
    ) -> Result<Vec<Message>, QueueError> {
        let bus = &self.bus;
        if !bus.until_connected().await {
            return Ok(Vec::new());
        }
        if !puller.is_open() {
            let consumer = bus.intake_consumer(source.map(Arc::as_ref)).await;
            let consumer = consumer.map_err(|error| QueueError(error.to_string()))?;
            // Nothing but its own errors makes this consumer another.
            let generation = tokio::sync::watch::channel(0).1;
            puller.open(&bus.client, consumer, bus.connections.clone(), generation).await?;
        }
        puller.pull(&bus.client, BATCH).await
    }

    async fn bring(
        &self,
        pulled: Result<Vec<Message>, QueueError>,
        source: Option<&Arc<Mapping>>,
        puller: &Puller,
    ) {
        let stream = source.and_then(|source| source.stream.as_deref()).unwrap_or(EVENTS);
        match pulled {
            Ok(messages) => {
                let made_at = puller.consumer().map_or(0, |consumer| consumer.stream_made_at);
                self.hand_over(&messages, Inlet { stream, source, made_at }).await;
            }
            Err(error) => {
                tracing::warn!(stream, %error, "events from nats wait");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
