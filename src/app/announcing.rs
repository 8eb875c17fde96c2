//! Accepted events on their way to the bus, where `bus.publish_accepted` asks for it.
//!
//! Who acts: intake tells, after its commit, and each node publishes at once what it took in; the leading node goes along the
//! ledger behind it, and publishes all of it again, which the stream knows by its id. Promises: nothing is there that is not
//! committed; what a node that ended or a NATS that was away left out comes later. Leaves out: order.

use std::time::Duration;

use actors::answering::Answering;
use domain::event::{Announcement, Event};
use tokio::sync::mpsc;

use super::house::House;
use crate::ledger::accepted;

/// Events that wait to be published. One more is left to the look along the ledger.
const WAITING_MAX: usize = 10_000;
/// Published at a time.
const BATCH: usize = 256;
/// Between two looks, and after an error.
const PAUSE: Duration = Duration::from_secs(5);
/// An event may be committed so long after it got its id. Far less than the stream remembers ids.
const SETTLED: Duration = Duration::from_mins(1);

/// Where intake's words go.
#[derive(Clone)]
pub struct Announcing(Option<mpsc::Sender<Announcement>>);

pub struct Waiting(Option<mpsc::Receiver<Announcement>>);

impl Announcing {
    pub fn new(is_on: bool) -> (Self, Waiting) {
        let (sender, receiver) = is_on.then(|| mpsc::channel(WAITING_MAX)).unzip();
        (Self(sender), Waiting(receiver))
    }

    pub fn accepted(&self, event: &Event) {
        // A full channel is a bus that is away.
        if let Some(permit) = self.0.as_ref().and_then(|sender| sender.try_reserve().ok()) {
            permit.send(Announcement::from(event));
        }
    }
}

impl Waiting {
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Publishes what was accepted here, until nobody tells any more.
    pub async fn publish(self, house: House) {
        let Some(mut waiting) = self.0 else { return };
        let mut batch = Vec::new();
        while waiting.recv_many(&mut batch, BATCH).await > 0 {
            if let Err(error) = house.bus.announce(&batch).await {
                tracing::debug!(%error, events = batch.len(), "accepted events are published later");
            }
            batch.clear();
        }
    }
}

/// Goes along the ledger, for ever.
pub async fn catch_up(house: House) {
    let mut answering = Answering::default();
    loop {
        let looked = look(&house).await;
        if let Some(Err(error)) = answering.news(&looked) {
            tracing::warn!(%error, "accepted events wait to be published");
        }
        if !matches!(looked, Ok(BATCH)) {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The next piece. Answers with how much it was.
async fn look(house: &House) -> anyhow::Result<usize> {
    let House { ledger, bus, clock, .. } = house;
    let now = clock.now();
    let after = ledger.await_call(accepted::published(&ledger.pool, now)).await?;
    let events = ledger.await_call(accepted::behind(&ledger.pool, after, now - SETTLED, BATCH)).await?;
    if let Some(last) = events.last() {
        bus.announce(&events).await?;
        ledger.await_call(accepted::note(&ledger.pool, last.id.0)).await?;
    }
    Ok(events.len())
}
