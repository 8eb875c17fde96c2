//! Intake: the one way into the ledger. Whatever came by HTTP, from a stream or inbound waits here for the
//! running commit to end, and for a moment more where many come (`rhythm`), and goes in with the next: a batch is what
//! arrived meanwhile.
//!
//! Promises: an event answered `Accepted` is committed with everything it owes; a batch that the ledger
//! refuses is split, so that one bad event harms no other. Leaves out: parsing, authorising.

mod choosing;
mod incoming;
mod queueing;
mod rhythm;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::event::{Event, Source};
use domain::filter::Effort;
use domain::id::EndpointId;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::field::display;

use self::choosing::{Choices, Choosing};
pub use self::incoming::Incoming;
pub use self::queueing::Queueing;
use self::rhythm::Rhythm;
use crate::address::Address;
use crate::chaos::OnPurpose;
use crate::directory::Directory;
use crate::feeder::Feeders;
use crate::metrics;
use crate::ports::{LedgerError, Limits, Ports, Posted, Posting, Reference};

/// Of the payloads in one ledger transaction, which is several times in memory: a batch stops growing there.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The producer's own id, or ours.
    pub event_id: String,
    pub duplicate: bool,
}

/// Nothing of the request was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("more events are waiting than may wait")]
    Overloaded,
    #[error("ledger is unavailable: {0}")]
    Unavailable(String),
    #[error("events match {matched} endpoints, more than {max}")]
    FanOut { matched: usize, max: usize },
    #[error("the filters of the endpoints that may want it have more to look at than they may")]
    Choosing,
    #[error("ledger refused: {0}")]
    Refused(String),
}

/// How the rest of the service speaks to intake.
#[derive(Clone)]
pub struct Handle {
    actor: Address<Message>,
    /// One permit an event that waits: the bound of the mailbox.
    room: Arc<Semaphore>,
    choosing: Choosing,
    timeout: Duration,
}

impl Handle {
    pub fn new(
        actor: Address<Message>,
        directory: Arc<Directory>,
        pending_max: usize,
        timeout: Duration,
    ) -> Self {
        let (room, choosing) = (Arc::new(Semaphore::new(pending_max)), Choosing::new(directory));
        Self { actor, room, choosing, timeout }
    }

    /// Takes all of these events or none, in one transaction.
    pub async fn publish(&self, events: Vec<Incoming>) -> Result<Vec<Accepted>, Refusal> {
        let permits = u32::try_from(events.len()).map_err(|_| Refusal::Overloaded)?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(permits).map_err(|_| Refusal::Overloaded)?;
        let (reply, answer) = oneshot::channel();
        let (events, choices) = self.choosing.ask(events).await?;
        self.actor
            .cast(Message::Publish(Group { events, choices, reply, _room: room }))
            .map_err(|_| Refusal::Unavailable("intake is down".to_owned()))?;
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Refusal::Unavailable("intake was restarted".to_owned())),
            Err(_) => Err(Refusal::Unavailable("ledger did not commit in time".to_owned())),
        }
    }
}

/// What one request brings: in whole or not at all.
pub struct Group {
    events: Vec<Incoming>,
    choices: Choices,
    reply: oneshot::Sender<Result<Vec<Accepted>, Refusal>>,
    _room: OwnedSemaphorePermit,
}

pub enum Message {
    Publish(Group),
    /// The running batch is through.
    Committed,
    /// The next one may go.
    Due,
    Panic(OnPurpose),
}

pub struct Intake;

#[derive(Clone)]
pub struct Arguments {
    pub ports: Ports,
    pub limits: Arc<Limits>,
    pub directory: Arc<Directory>,
    pub feeders: Feeders,
    pub queueing: Queueing,
}

pub struct Running {
    arguments: Arguments,
    waiting: VecDeque<Group>,
    committing: bool,
    rhythm: Rhythm,
    /// The next one is waited for.
    is_awaited: bool,
}

impl Actor for Intake {
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
            committing: false,
            rhythm: Rhythm::default(),
            is_awaited: false,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Message>,
        message: Message,
        running: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Publish(group) => running.waiting.push_back(group),
            Message::Committed => running.committing = false,
            Message::Due => running.is_awaited = false,
            Message::Panic(order) => order.carry_out("intake"),
        }
        running.commit_next(&myself);
        Ok(())
    }
}

impl Running {
    fn commit_next(&mut self, myself: &ActorRef<Message>) {
        if self.committing || self.is_awaited || self.waiting.is_empty() {
            return;
        }
        let Arguments { ports, limits, .. } = &self.arguments;
        let uptime = ports.clock.uptime();
        if let Some(wait) = self.rhythm.wait(limits.intake_pause, uptime) {
            self.is_awaited = true;
            let intake = myself.clone();
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                let _ = intake.cast(Message::Due);
            });
            return;
        }
        let mut batch = Vec::new();
        let (mut events, mut bytes) = (0, 0);
        while let Some(group) = self.waiting.front() {
            events += group.events.len();
            bytes += group.events.iter().map(|incoming| incoming.event.data.get().len()).sum::<usize>();
            let is_full = events > self.arguments.limits.intake_batch_events || bytes > BATCH_BYTES;
            if !batch.is_empty() && is_full {
                break;
            }
            batch.extend(self.waiting.pop_front());
        }
        self.committing = true;
        self.rhythm.began(batch.len(), uptime);
        let (arguments, running) = (self.arguments.clone(), Committing(myself.clone()));
        // It outlives this actor: its requests are answered with what the ledger said.
        tokio::spawn(async move {
            let _running = running;
            arguments.commit(batch).await;
        });
    }
}

/// A batch on its way. However it ends, a panic included, the next may go.
struct Committing(ActorRef<Message>);

impl Drop for Committing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("commit panicked: its requests are answered as unavailable");
        }
        let _ = self.0.cast(Message::Committed);
    }
}

/// A batch matched: what goes to the ledger, and what each group has in it.
#[derive(Default)]
struct Matched {
    postings: Vec<Posting>,
    version: i64,
    /// The ordered endpoints among those that are owed something.
    ordered: Vec<EndpointId>,
    /// For each event of each group its posting, or `None` where it repeats another of the same batch.
    places: Vec<(Group, Vec<Option<usize>>)>,
}

impl Arguments {
    async fn commit(&self, batch: Vec<Group>) {
        let mut waiting = VecDeque::from(batch);
        while !waiting.is_empty() {
            let mut matched = self.prepare(&mut waiting);
            let result = loop {
                if matched.postings.is_empty() {
                    break Ok((Vec::new(), Vec::new()));
                }
                let began = self.ports.clock.uptime();
                match self.ports.ledger.post(&matched.postings, &matched.ordered, matched.version).await {
                    Ok(Posted::Committed { owed, fresh }) => {
                        let took = self.ports.clock.uptime().saturating_sub(began);
                        metrics::committed(metrics::Batch::Events, matched.postings.len(), took);
                        break Ok((owed, fresh));
                    }
                    // An endpoint changed since this batch was matched: match it again.
                    Ok(Posted::Stale) => {
                        if let Err(error) = self.directory.refresh(self.ports.ledger.as_ref()).await {
                            break Err(error);
                        }
                        for (group, _) in matched.places.into_iter().rev() {
                            waiting.push_front(group);
                        }
                        matched = self.prepare(&mut waiting);
                    }
                    Err(error) => break Err(error),
                }
            };
            match result {
                Ok((owed, fresh)) => self.accept(matched, owed, &fresh),
                // One request is at fault: each on its own, so that it harms no other.
                Err(LedgerError::Refused(_)) if matched.places.len() > 1 => {
                    for (group, _) in matched.places {
                        Box::pin(self.commit(vec![group])).await;
                    }
                }
                Err(error) => refuse(matched, &error),
            }
        }
    }

    /// Matches groups until the batch owes enough; what fans out too far is answered here.
    fn prepare(&self, waiting: &mut VecDeque<Group>) -> Matched {
        let mut matched = Matched { version: i64::MAX, ..Matched::default() };
        let mut seen = HashSet::new();
        let mut deliveries = 0;
        while deliveries < self.limits.intake_batch_deliveries {
            let Some(group) = waiting.pop_front() else { break };
            let Some((targets, version)) = self.targets(&group) else {
                let why = "endpoints were changed meanwhile".to_owned();
                let _ = group.reply.send(Err(Refusal::Unavailable(why)));
                continue;
            };
            // The oldest look decides: a newer one may have seen more, never less.
            matched.version = matched.version.min(version);
            let fan_out: usize = targets.iter().map(Vec::len).sum();
            if fan_out > self.limits.fanout_max {
                let refusal = Refusal::FanOut { matched: fan_out, max: self.limits.fanout_max };
                let _ = group.reply.send(Err(refusal));
                continue;
            }
            deliveries += fan_out;
            let mut places = Vec::with_capacity(targets.len());
            for (incoming, endpoints) in group.events.iter().zip(targets) {
                if incoming.hashes().any(|hash| seen.contains(&hash)) {
                    places.push(None);
                    continue;
                }
                seen.extend(incoming.hashes());
                places.push(Some(matched.postings.len()));
                let Incoming { event, dedupe, same_body, came_at, deliver_at, .. } = incoming.clone();
                let posting = Posting { event, dedupe, same_body, came_at, deliver_at, endpoints };
                matched.postings.push(posting);
            }
            matched.places.push((group, places));
        }
        let endpoints = matched.postings.iter().flat_map(|posting| posting.endpoints.iter().copied());
        matched.ordered = self.directory.ordered_among(endpoints);
        matched
    }

    /// Whom each event of a group is owed to, and the version that says so. `None`: so much of it changed since its
    /// filters were asked that to ask again would hold up the others.
    fn targets(&self, group: &Group) -> Option<(Vec<Vec<EndpointId>>, i64)> {
        let mut targets = Vec::with_capacity(group.events.len());
        let (mut version, mut to_ask) = (i64::MAX, Vec::new());
        let mut effort = Effort::new(choosing::EVENT_STEPS);
        for (at, Incoming { event, about, deliver_at, .. }) in group.events.iter().enumerate() {
            let mut endpoints = Vec::new();
            if deliver_at.is_some() {
                version = version.min(self.directory.version());
                targets.push(endpoints);
                continue;
            }
            let seen = self.directory.matches(event, &mut endpoints, &mut to_ask);
            version = version.min(seen);
            if event.source == Source::Hookyard {
                endpoints.retain(|endpoint| {
                    Some(*endpoint) != *about && self.directory.wants_notice(*endpoint, &event.event_type)
                });
            }
            group.choices.keep_wanting(at, event, &mut endpoints, &to_ask, &mut effort).ok()?;
            targets.push(endpoints);
        }
        Some((targets, version))
    }

    fn accept(&self, matched: Matched, owed: Vec<Reference>, fresh: &[bool]) {
        // What is kept until later counts when its time has come.
        let is_now = |posting: &Posting, fresh: bool| fresh && posting.deliver_at.is_none();
        for (posting, _) in
            matched.postings.iter().zip(fresh).filter(|(posting, fresh)| is_now(posting, **fresh))
        {
            self.ports.observer.accepted(&posting.event);
            log(posting);
        }
        let is_fresh = |place: Option<usize>| place.is_some_and(|place| fresh.get(place) == Some(&true));
        for source in Source::ALL {
            let of_source = || {
                let postings = matched.postings.iter().zip(fresh);
                postings.filter(|(posting, fresh)| posting.event.source == source && is_now(posting, **fresh))
            };
            let accepted = of_source().count() as u64;
            let unmatched = of_source().filter(|(posting, _)| posting.endpoints.is_empty()).count();
            if accepted > 0 {
                metrics::accepted(source.as_str(), accepted, unmatched as u64);
            }
        }
        for (group, places) in matched.places {
            let answer = group.events.iter().zip(places).map(|(incoming, place)| {
                let duplicate = !is_fresh(place);
                if duplicate {
                    metrics::duplicate();
                }
                Accepted { event_id: incoming.event.public_id(), duplicate }
            });
            let _ = group.reply.send(Ok(answer.collect()));
        }
        self.queueing.enqueue(owed, &self.ports, &self.feeders);
    }
}

fn refuse(matched: Matched, error: &LedgerError) {
    let refusal = match error {
        LedgerError::Refused(why) => Refusal::Refused(why.clone()),
        LedgerError::Unavailable(_) | LedgerError::Fenced => Refusal::Unavailable(error.to_string()),
    };
    for (group, _) in matched.places {
        let _ = group.reply.send(Err(refusal.clone()));
    }
}

fn log(Posting { event, endpoints, .. }: &Posting) {
    let Event { id, tenant, event_type, source, trace, .. } = event;
    let trace_id = trace.as_ref().map(|trace| display(trace.trace_id()));
    let (source, deliveries) = (source.as_str(), endpoints.len());
    tracing::debug!(event = %id, %tenant, %event_type, source, trace_id, deliveries, "event accepted");
}
