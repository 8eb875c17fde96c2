//! The feeder: one for each shard that this node owns. It pulls references from the shard's durable consumer
//! and hands each to its endpoint's actor, which it finds or has spawned; what an endpoint cannot take now
//! it leaves in the ledger.
//!
//! Promises: nobody waits for a neighbour; a reference is acknowledged only when it is recorded, or when the
//! ledger says durably that its endpoint reads it by itself. It alone writes `spill_from`, one thing after
//! the other, so that the durable state never lags behind an acknowledgement. Leaves out: when to send.

mod feeders;
mod hand;
mod standings;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::id::{DeliveryId, EndpointId};
use domain::lease::Lease;
use ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, MessagingErr};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use self::feeders::Feeders;
use self::hand::{Given, Hand};
use self::standings::{Fate, Standings};
use crate::alarm::Alarm;
use crate::chaos::OnPurpose;
use crate::endpoint::{self, Surroundings};
use crate::metrics::{self, Dropped};
use crate::ports::{LedgerError, Line, Pulled, Receipt, Standing};
use crate::registry::Registry;
use crate::retrying::Retrying;

/// Deliveries that the ledger is asked about at a time. After a takeover that is all that comes, and it comes in groups.
const CHECKED_MAX: usize = 2_000;

pub enum Message {
    /// References from the queue. The sender goes on when the receiver is told.
    Batch(Vec<Pulled>, oneshot::Sender<()>),
    /// These wait in the ledger.
    Spill(Vec<Waiting>),
    /// What an actor put down of its endpoint; acknowledged when it waits durably.
    PutDown(Waiting, Vec<Receipt>),
    /// An actor found nothing left to read, at this spill count.
    Unspill {
        endpoint: EndpointId,
        count: u64,
    },
    /// The pull loop panicked: nothing would be pulled any more.
    Broken,
    Panic(OnPurpose),
}

/// What of an endpoint waits in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub endpoint: EndpointId,
    /// The lowest position of what was never tried, or `None` for retries alone.
    pub lowest: Option<i64>,
    /// How many deliveries it is; `None` where only the ledger knows.
    pub deliveries: Option<usize>,
}

impl Waiting {
    pub fn one(endpoint: EndpointId, position: Option<i64>) -> Self {
        Self { endpoint, lowest: position, deliveries: Some(1) }
    }

    pub fn uncounted(endpoint: EndpointId, lowest: Option<i64>) -> Self {
        Self { endpoint, lowest, deliveries: None }
    }
}

pub struct Feeder;

pub struct Arguments {
    pub lease: Lease,
    pub registry: Arc<Registry>,
    pub surroundings: Surroundings,
    /// Endpoint actors answer to the supervisor: they outlive their feeder.
    pub supervisor: ActorCell,
}

pub struct Running {
    lease: Lease,
    hand: Hand,
    surroundings: Surroundings,
    /// One of each line.
    pulling: [JoinHandle<()>; 2],
}

impl Drop for Running {
    fn drop(&mut self) {
        for pulling in &self.pulling {
            pulling.abort();
        }
    }
}

impl Actor for Feeder {
    type Msg = Message;
    type State = Running;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Message>,
        arguments: Arguments,
    ) -> Result<Running, ActorProcessingErr> {
        let Arguments { lease, registry, surroundings, supervisor } = arguments;
        let pulling =
            Line::ALL.map(|line| tokio::spawn(pull(myself.clone(), lease, line, surroundings.clone())));
        let hand = Hand { lease, registry, surroundings: surroundings.clone(), supervisor };
        Ok(Running { lease, hand, surroundings, pulling })
    }

    async fn handle(
        &self,
        _myself: ActorRef<Message>,
        message: Message,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Batch(pulled, done) => {
                running.feed(pulled).await?;
                let _ = done.send(());
                Ok(())
            }
            Message::Spill(waiting) => running.spill(waiting).await,
            Message::PutDown(waiting, receipts) => {
                running.spill(vec![waiting]).await?;
                running.ack(&receipts).await;
                Ok(())
            }
            Message::Unspill { endpoint, count } => running.unspill(endpoint, count).await,
            Message::Broken => Err("pull loop panicked".into()),
            Message::Panic(order) => order.carry_out("feeder"),
        }
    }
}

/// Asks the queue for the next of a line when the feeder is done with the last.
async fn pull(feeder: ActorRef<Message>, lease: Lease, line: Line, surroundings: Surroundings) {
    let Surroundings { ports, limits, draining, leases, retrying, .. } = surroundings;
    let (_alarm, shard) = (Alarm::new(&feeder, || Message::Broken), lease.shard);
    let batch = match line {
        Line::Fresh => limits.pull_batch,
        Line::Retries => limits.pull_batch.min(limits.retries_at_once),
    };
    while !draining.is_on() {
        if !leases.may_send(lease, ports.clock.uptime()) {
            // Renewed late, or soon another's.
            tokio::time::sleep(limits.error_wait).await;
            continue;
        }
        match ports.queue.pull(lease, line, batch).await {
            Ok(pulled) => {
                let fed = match line {
                    Line::Fresh => feed(&feeder, pulled).await,
                    Line::Retries => feed_in_slots(&feeder, pulled, &retrying).await,
                };
                if fed.is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%shard, %error, "queue gave nothing: pulling again");
                tokio::time::sleep(limits.error_wait).await;
            }
        }
    }
}

/// Waits until the feeder is done with these.
async fn feed(feeder: &ActorRef<Message>, pulled: Vec<Pulled>) -> Result<(), MessagingErr<Message>> {
    if pulled.is_empty() {
        return Ok(());
    }
    let (done, fed) = oneshot::channel();
    feeder.cast(Message::Batch(pulled, done))?;
    let _ = fed.await;
    Ok(())
}

/// Each of these waits for a slot.
async fn feed_in_slots(
    feeder: &ActorRef<Message>,
    pulled: Vec<Pulled>,
    retrying: &Retrying,
) -> Result<(), MessagingErr<Message>> {
    let mut pulled = pulled.into_iter();
    while pulled.len() > 0 {
        let slots = retrying.slots(pulled.len()).await;
        let in_slots = |(slot, pulled): (_, Pulled)| Pulled { receipt: pulled.receipt.with(slot), ..pulled };
        feed(feeder, slots.into_iter().zip(pulled.by_ref()).map(in_slots).collect()).await?;
    }
    Ok(())
}

impl Running {
    async fn feed(&mut self, pulled: Vec<Pulled>) -> Result<(), ActorProcessingErr> {
        let endpoints = || pulled.iter().map(|pulled| pulled.reference.delivery.endpoint);
        self.get_to_know(endpoints()).await?;
        self.settle(endpoints()).await?;
        let (fresh, stale): (Vec<_>, Vec<_>) =
            pulled.into_iter().partition(|pulled| self.hand.is_fresh(pulled));
        let checked: Vec<_> = stale.iter().map(|pulled| pulled.reference.delivery).collect();
        self.hand.watch(&checked, true);
        let seen_at = self.surroundings.directory.version();
        let standings = self.standings(&checked).await?;
        let mut done = Vec::new();
        let mut again = Vec::new();
        let mut spilled = Vec::new();
        let fresh = fresh.into_iter().map(|pulled| (pulled, None));
        let mut dropped = Vec::new();
        let stale = stale.into_iter().filter_map(|pulled| match standings.of(&pulled) {
            Fate::Due(standing) => Some((pulled, Some(standing))),
            Fate::Again => {
                again.push(pulled.receipt);
                None
            }
            Fate::Done(amiss) => {
                dropped.extend(amiss.map(|why| (pulled.reference.delivery, why)));
                done.push(pulled.receipt);
                None
            }
        });
        let due = fresh.chain(stale).collect::<Vec<_>>();
        self.say_of_dropped(&dropped);
        for (pulled, known) in due {
            let endpoint = pulled.reference.delivery.endpoint;
            let receipt = pulled.receipt.clone();
            match self.hand.give(pulled, known, seen_at) {
                Given::Handed => {}
                Given::Held => again.push(receipt),
                Given::Spilled(position) => {
                    spilled.push((endpoint, position));
                    done.push(receipt);
                }
                Given::Covered => done.push(receipt),
            }
        }
        self.hand.watch(&checked, false);
        self.write(spilled).await?;
        self.ack(&done).await;
        let queue = &self.surroundings.ports.queue;
        if !again.is_empty() {
            queue.postpone(&again, self.surroundings.limits.error_wait).await;
        }
        Ok(())
    }

    fn say_of_dropped(&self, dropped: &[(DeliveryId, Dropped)]) {
        for reason in Dropped::ALL {
            let mut deliveries =
                dropped.iter().filter(|(_, why)| *why == reason).map(|(delivery, _)| delivery);
            let Some(first) = deliveries.next() else { continue };
            let (shard, count) = (self.lease.shard, 1 + deliveries.count());
            tracing::warn!(%shard, count, reason = reason.as_str(), %first, "deliveries dropped from the queue");
            metrics::dropped(reason, count);
        }
    }

    /// Acknowledges to the queue what this node is still to answer for.
    async fn ack(&self, receipts: &[Receipt]) {
        let Surroundings { ports, leases, .. } = &self.surroundings;
        if leases.is_good(self.lease, ports.clock.uptime()) {
            ports.queue.ack(receipts).await;
        }
    }

    /// Another node may have made or resumed an endpoint a moment ago: whoever sees it as deleted or given up would close
    /// what it is owed.
    async fn get_to_know(&self, endpoints: impl IntoIterator<Item = EndpointId>) -> Result<(), LedgerError> {
        let Surroundings { ports, directory, .. } = &self.surroundings;
        let is_owed = |id| directory.endpoint(id).is_some_and(|endpoint| endpoint.status.is_owed());
        if endpoints.into_iter().all(is_owed) {
            return Ok(());
        }
        self.until_answered(|| directory.refresh(ports.ledger.as_ref())).await
    }

    /// Where these deliveries stand, asked for so many at a time.
    async fn standings(&self, deliveries: &[DeliveryId]) -> Result<Standings, LedgerError> {
        let mut all = Standings::default();
        for part in deliveries.chunks(CHECKED_MAX) {
            all.add(self.standing(part).await?);
        }
        Ok(all)
    }

    /// Where these deliveries stand. What the ledger cannot tell of one is absent, and refused.
    async fn standing(&self, deliveries: &[DeliveryId]) -> Result<Standings, LedgerError> {
        let ledger = &self.surroundings.ports.ledger;
        match self.until_answered(|| ledger.standing(deliveries)).await {
            Ok(known) => Ok(Standings { known, refused: HashSet::new() }),
            Err(LedgerError::Refused(_)) if deliveries.len() > 1 => {
                // One is at fault: it is looked for by halves.
                let (left, right) = deliveries.split_at(deliveries.len() / 2);
                let mut both = Box::pin(self.standing(left)).await?;
                both.add(Box::pin(self.standing(right)).await?);
                Ok(both)
            }
            Err(LedgerError::Refused(why)) => {
                for delivery in deliveries {
                    let (event, endpoint) = (delivery.event, delivery.endpoint);
                    tracing::error!(%delivery, %event, %endpoint, why, "where a delivery stands cannot be read");
                }
                Ok(Standings { known: HashMap::new(), refused: deliveries.iter().copied().collect() })
            }
            Err(error) => Err(error),
        }
    }

    /// Writes down from where each endpoint reads, before anything of it is acknowledged. An endpoint may be named
    /// many times: the lowest counts.
    async fn write(
        &self,
        spilled: impl IntoIterator<Item = (EndpointId, i64)>,
    ) -> Result<(), ActorProcessingErr> {
        let mut lowest: HashMap<EndpointId, i64> = HashMap::new();
        for (endpoint, position) in spilled {
            lowest.entry(endpoint).and_modify(|known| *known = position.min(*known)).or_insert(position);
        }
        if lowest.is_empty() {
            return Ok(());
        }
        let from = &lowest.into_iter().collect::<Vec<_>>();
        let ledger = &self.surroundings.ports.ledger;
        self.until_answered(|| ledger.spill(from, self.lease)).await?;
        for &(endpoint, position) in from {
            self.hand.written(endpoint, position);
        }
        Ok(())
    }

    /// Asks the ledger where ordered endpoints begin, of whom this owner has not seen anything yet.
    async fn settle(&self, endpoints: impl IntoIterator<Item = EndpointId>) -> Result<(), LedgerError> {
        let unsettled = self.hand.unsettled(endpoints);
        if unsettled.is_empty() {
            return Ok(());
        }
        let ledger = &self.surroundings.ports.ledger;
        let lowest = self.until_answered(|| ledger.lowest_pending(&unsettled)).await?;
        for endpoint in unsettled {
            self.hand.settle(endpoint, lowest.get(&endpoint).copied());
        }
        Ok(())
    }

    async fn spill(&self, waiting: Vec<Waiting>) -> Result<(), ActorProcessingErr> {
        self.get_to_know(waiting.iter().map(|waiting| waiting.endpoint)).await?;
        self.settle(waiting.iter().map(|waiting| waiting.endpoint)).await?;
        let left = |waiting: Waiting| Some((waiting.endpoint, self.hand.leave(waiting)?));
        self.write(waiting.into_iter().filter_map(left)).await
    }

    async fn unspill(&self, endpoint: EndpointId, count: u64) -> Result<(), ActorProcessingErr> {
        if !self.hand.may_unspill(endpoint, count) {
            return Ok(());
        }
        let ledger = &self.surroundings.ports.ledger;
        self.until_answered(|| ledger.unspill(endpoint, self.lease)).await?;
        self.hand.unspilled(endpoint, count);
        Ok(())
    }

    /// Asks a ledger that is away until it answers.
    async fn until_answered<T, F>(&self, ask: impl Fn() -> F) -> Result<T, LedgerError>
    where
        F: Future<Output = Result<T, LedgerError>>,
    {
        loop {
            match ask().await {
                Err(error @ LedgerError::Unavailable(_)) => {
                    tracing::warn!(shard = %self.lease.shard, %error, "feeder waits for the ledger");
                    tokio::time::sleep(self.surroundings.limits.error_wait).await;
                }
                answer => return answer,
            }
        }
    }
}

impl endpoint::Message {
    pub(crate) fn handed(pulled: Pulled, standing: Option<Standing>) -> Self {
        let progress = standing.map_or_else(Default::default, |standing| standing.progress);
        let owed = crate::ports::Owed {
            delivery: pulled.reference.delivery,
            position: pulled.reference.position,
            progress,
            due: None,
        };
        Self::Hand(endpoint::Held { owed, receipt: Some(pulled.receipt) })
    }
}
