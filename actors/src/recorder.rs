//! The recorder: the one way back into the ledger. Outcomes wait for the running commit to end, and for a moment after it
//! began, and go in with the next: nobody waits for them but an ordered endpoint, which is not kept waiting. Then retries are scheduled, the queue is acknowledged, and the actors are told.
//!
//! Promises: nothing is acknowledged before it is committed, and nothing is let go before it is confirmed. The
//! outcomes themselves are kept in the registry, so that none is lost with a recorder. Leaves out: judging (the
//! endpoint's actor).

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::delivery::Reason;
use domain::event::rfc3339_millis;
use domain::id::EndpointId;
use domain::lease::Lease;
use domain::verdict::{Disable, Verdict};
use ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tracing::field::display;

use crate::alarm::Alarm;
use crate::chaos::OnPurpose;
use crate::directory::Directory;
use crate::endpoint;
use crate::feeder::{Feeders, Waiting};
use crate::leases::Leases;
use crate::metrics;
use crate::ports::{Close, LedgerError, Limits, Ports, Receipt, Record, Reference};
use crate::registry::Registry;
use crate::supervisor;

/// A record, and what acknowledges its delivery to the queue.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub record: Record,
    pub receipt: Option<Receipt>,
    /// Under which it was attempted: when that is over, it is not written.
    pub lease: Lease,
    /// Its endpoint waits for retries by itself, reading them from the ledger.
    pub in_order: bool,
}

pub enum Message {
    /// The registry keeps outcomes of this endpoint that are not recorded.
    Record(EndpointId),
    /// The running batch is through.
    Committed,
    /// The next one may go.
    Due,
    /// The running batch panicked: its outcomes are kept, and found by the next recorder.
    Broken,
    Panic(OnPurpose),
}

pub struct Recorder;

#[derive(Clone)]
pub struct Arguments {
    pub ports: Ports,
    pub limits: Arc<Limits>,
    pub directory: Arc<Directory>,
    pub registry: Arc<Registry>,
    pub feeders: Feeders,
    pub leases: Leases,
    /// Held by the running commit: that of a dead recorder has ended before the next one's begins.
    pub committing: Arc<Mutex<()>>,
}

pub struct Running {
    arguments: Arguments,
    /// Endpoints with outcomes, each once.
    waiting: VecDeque<EndpointId>,
    known: HashSet<EndpointId>,
    committing: bool,
    /// When the last commit began.
    began: Option<Duration>,
    /// The next one is waited for.
    is_awaited: bool,
    /// Somebody waits for the next one.
    is_urgent: bool,
    /// Aborted when this state is dropped.
    commit: JoinSet<()>,
}

impl Actor for Recorder {
    type Msg = Message;
    type State = Running;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        _myself: ActorRef<Message>,
        arguments: Arguments,
    ) -> Result<Running, ActorProcessingErr> {
        Ok(Running {
            arguments,
            waiting: VecDeque::new(),
            known: HashSet::new(),
            committing: false,
            began: None,
            is_awaited: false,
            is_urgent: false,
            commit: JoinSet::new(),
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Message>,
        message: Message,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Record(endpoint) => running.note(endpoint),
            Message::Committed => running.committing = false,
            Message::Due => running.is_awaited = false,
            Message::Broken => return Err("commit panicked".into()),
            Message::Panic(order) => order.carry_out("recorder"),
        }
        running.commit_next(&myself);
        Ok(())
    }
}

impl Running {
    fn note(&mut self, endpoint: EndpointId) {
        if self.known.insert(endpoint) {
            self.waiting.push_back(endpoint);
            // Its next delivery waits for this outcome.
            self.is_urgent |= !self.arguments.directory.ordered_among([endpoint]).is_empty();
        }
    }

    /// How long the next commit waits for more.
    fn pause(&self) -> Option<Duration> {
        let Arguments { ports, limits, .. } = &self.arguments;
        let due = self.began? + limits.record_pause;
        due.checked_sub(ports.clock.uptime()).filter(|pause| !self.is_urgent && !pause.is_zero())
    }

    fn commit_next(&mut self, myself: &ActorRef<Message>) {
        if self.committing || self.is_awaited && !self.is_urgent {
            return;
        }
        if let Some(pause) = self.pause().filter(|_| !self.waiting.is_empty()) {
            self.is_awaited = true;
            let recorder = myself.clone();
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                let _ = recorder.cast(Message::Due);
            });
            return;
        }
        while self.commit.try_join_next().is_some() {}
        let batch = self.next_batch();
        if batch.is_empty() {
            return;
        }
        self.committing = true;
        self.began = Some(self.arguments.ports.clock.uptime());
        let (arguments, recorder) = (self.arguments.clone(), myself.clone());
        let supervisor = myself.get_cell().try_get_supervisor();
        let alarm = Alarm::new(myself, || Message::Broken);
        self.commit.spawn(async move {
            let _alarm = alarm;
            let _one = arguments.committing.lock().await;
            for lease in arguments.commit(batch).await {
                lost(supervisor.as_ref(), lease);
            }
            let _ = recorder.cast(Message::Committed);
        });
    }

    /// What is kept, endpoint by endpoint: no commit runs, so none of it is being written.
    fn next_batch(&mut self) -> Vec<Arc<Outcome>> {
        let mut batch = Vec::new();
        self.is_urgent = false;
        while let Some(endpoint) = self.waiting.pop_front() {
            self.known.remove(&endpoint);
            let room = self.arguments.limits.record_batch - batch.len();
            let Some(entry) = self.arguments.registry.find(endpoint) else { continue };
            batch.extend(entry.kept(room));
            if batch.len() >= self.arguments.limits.record_batch {
                // It may have more.
                self.note(endpoint);
                self.is_urgent = true;
                break;
            }
        }
        batch
    }
}

impl Arguments {
    /// Answers with the leases that do not hold any more. What was attempted under them is another node's to do again:
    /// nothing of it is let go here.
    async fn commit(&self, batch: Vec<Arc<Outcome>>) -> BTreeSet<Lease> {
        let records: Vec<Record> = batch.iter().map(|outcome| outcome.record.clone()).collect();
        let leases: BTreeSet<Lease> = batch.iter().map(|outcome| outcome.lease).collect();
        let parts: Vec<Vec<Arc<Outcome>>> = match self.write(&records, &leases).await {
            Ok(()) => {
                self.confirm(batch).await;
                return BTreeSet::new();
            }
            Err(LedgerError::Fenced) if leases.len() == 1 => return leases,
            // One lease is at fault: find it, so that it harms no other.
            Err(LedgerError::Fenced) => {
                let of =
                    |lease| batch.iter().filter(move |outcome| outcome.lease == lease).cloned().collect();
                leases.into_iter().map(of).collect()
            }
            Err(error) if batch.len() == 1 => return self.give_up(&batch[0], &error).await,
            // One record is.
            Err(_) => batch.into_iter().map(|outcome| vec![outcome]).collect(),
        };
        let mut lost = BTreeSet::new();
        for part in parts {
            lost.extend(Box::pin(self.commit(part)).await);
        }
        lost
    }

    /// The ledger refuses an outcome. Left unwritten, its delivery would be owed and sent again, over and over.
    async fn give_up(&self, outcome: &Outcome, error: &LedgerError) -> BTreeSet<Lease> {
        let delivery = outcome.record.delivery;
        let (event, endpoint) = (delivery.event, delivery.endpoint);
        let tenant = self.directory.tenant_of(endpoint);
        tracing::error!(%delivery, %event, %endpoint, tenant, %error, "outcome is refused: its delivery is given up");
        let close = Close::Ended(Reason::Poison);
        let record = Record { report: None, close, disable: None, ..outcome.record.clone() };
        let lease = BTreeSet::from([outcome.lease]);
        match self.write(std::slice::from_ref(&record), &lease).await {
            Ok(()) => {
                let given_up = Outcome { record, ..outcome.clone() };
                self.confirm(vec![Arc::new(given_up)]).await;
            }
            Err(LedgerError::Fenced) => return lease,
            Err(error) => {
                // Not acknowledged: it comes again after `ack_wait`, and is checked against the ledger.
                tracing::error!(%delivery, %event, %endpoint, tenant, %error, "delivery cannot be given up either");
                self.tell(&outcome.record);
            }
        }
        BTreeSet::new()
    }

    /// Waits for a ledger that is away; answers with what is about the records.
    async fn write(&self, records: &[Record], leases: &BTreeSet<Lease>) -> Result<(), LedgerError> {
        let leases: Vec<Lease> = leases.iter().copied().collect();
        loop {
            let began = self.ports.clock.uptime();
            match self.ports.ledger.record(records, &leases).await {
                Ok(()) => {
                    metrics::committed(
                        metrics::Batch::Outcomes,
                        records.len(),
                        self.ports.clock.uptime().saturating_sub(began),
                    );
                    return Ok(());
                }
                Err(LedgerError::Unavailable(error)) => {
                    tracing::warn!(error, records = records.len(), "recorder waits for the ledger");
                    tokio::time::sleep(self.limits.error_wait).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn confirm(&self, batch: Vec<Arc<Outcome>>) {
        // Once each, however many of its attempts failed together.
        let given_up: BTreeMap<EndpointId, Disable> = batch
            .iter()
            .filter_map(|outcome| Some((outcome.record.delivery.endpoint, outcome.record.disable?)))
            .collect();
        if !given_up.is_empty() {
            for (endpoint, why) in &given_up {
                let tenant = self.directory.tenant_of(*endpoint);
                tracing::warn!(%endpoint, tenant, %why, "endpoint disabled");
            }
            self.refresh().await;
            self.close(given_up.into_keys().collect());
        }
        let mut receipts = Vec::with_capacity(batch.len());
        let queued = batch.iter().filter(|outcome| !outcome.in_order);
        let retries: Vec<_> = queued.filter_map(|outcome| retry(&outcome.record)).collect();
        self.schedule(retries).await;
        let uptime = self.ports.clock.uptime();
        for outcome in batch.iter().filter(|outcome| self.leases.is_good(outcome.lease, uptime)) {
            receipts.extend(outcome.receipt.clone());
        }
        self.ports.queue.ack(&receipts).await;
        for outcome in &batch {
            // Once, however often it was written.
            if self.tell(&outcome.record) {
                metrics::recorded(&outcome.record);
                self.ports.observer.recorded(&outcome.record);
                log(&outcome.record, &self.directory);
            }
        }
    }

    /// A retry that the queue does not take waits in `troubled`: the endpoint is told to read it there.
    async fn schedule(&self, retries: Vec<(Reference, time::OffsetDateTime)>) {
        let queue = &self.ports.queue;
        let unscheduled = queue.schedule(&retries).await;
        if let Some((reference, error)) = unscheduled.first() {
            let (first, count) = (reference.delivery, unscheduled.len());
            tracing::warn!(count, %first, %error, "retries could not be scheduled: they wait in the ledger");
        }
        let one = |(reference, _): (Reference, _)| Waiting::one(reference.delivery.endpoint, None);
        self.feeders.spill(unscheduled.into_iter().map(one));
    }

    /// Closes what the endpoints are owed. It may be much: nothing waits for it, and what a crash leaves is closed
    /// by the endpoint's actor, one by one.
    fn close(&self, endpoints: Vec<EndpointId>) {
        let ledger = Arc::clone(&self.ports.ledger);
        tokio::spawn(async move {
            for endpoint in endpoints {
                match ledger.close(endpoint, Reason::EndpointFailed).await {
                    Ok(closed) => {
                        tracing::info!(%endpoint, closed, "what it was owed is in the dead letters");
                    }
                    Err(error) => tracing::warn!(%endpoint, %error, "what it was owed could not be closed"),
                }
            }
        });
    }

    /// An endpoint was given up: no node may owe it anything new.
    async fn refresh(&self) {
        if let Err(error) = self.directory.refresh(self.ports.ledger.as_ref()).await {
            tracing::warn!(%error, "directory could not be refreshed");
        }
    }

    /// Lets the delivery go: whether it was held with this outcome still.
    fn tell(&self, record: &Record) -> bool {
        let Some(entry) = self.registry.find(record.delivery.endpoint) else { return false };
        let released = entry.release(record.delivery, record.number);
        entry.tell(endpoint::Message::Recorded(record.delivery));
        released
    }
}

/// Has a shard let go that another node owns by now.
fn lost(supervisor: Option<&ActorCell>, lease: Lease) {
    if let Some(supervisor) = supervisor {
        // One that is gone has ended the process.
        let _ = supervisor.send_message(supervisor::Message::Drop(lease, None));
    }
}

fn retry(record: &Record) -> Option<(Reference, time::OffsetDateTime)> {
    let reference =
        Reference { delivery: record.delivery, position: record.position, number: record.number + 1 };
    Some((reference, record.close.retry_at()?))
}

/// One line for each attempt that a person on call may look for.
fn log(record: &Record, directory: &Directory) {
    let delivery = record.delivery;
    let (event, endpoint) = (delivery.event, delivery.endpoint);
    let number = record.number;
    let report = record.report.as_ref();
    let outcome = report.map(|report| report.ending.outcome.as_str());
    let status = report.and_then(|report| report.ending.status);
    let trace_id = report.and_then(|report| report.trace_id).map(display);
    // Looked up where the line is written: those of what succeeded hardly ever are.
    let tenant = || directory.tenant_of(endpoint);
    match record.close {
        Close::Verdict(Verdict::Delivered) => tracing::debug!(
            %delivery, %event, %endpoint, tenant = tenant(), trace_id, number, status,
            "delivered"
        ),
        Close::Verdict(Verdict::Retry { at }) => {
            let at = rfc3339_millis(at);
            tracing::info!(
                %delivery, %event, %endpoint, tenant = tenant(), trace_id, number, outcome, status, at,
                "attempt failed: retrying"
            );
        }
        Close::Verdict(Verdict::DeadLetter(reason)) => tracing::warn!(
            %delivery, %event, %endpoint, tenant = tenant(), trace_id, number, outcome, status, %reason,
            "dead letter"
        ),
        Close::Ended(reason @ (Reason::EndpointDeleted | Reason::Expired | Reason::Cancelled)) => {
            tracing::info!(%delivery, %event, %endpoint, tenant = tenant(), %reason, "skipped");
        }
        Close::Ended(reason) => {
            tracing::warn!(%delivery, %event, %endpoint, tenant = tenant(), %reason, "dead letter");
        }
    }
}
