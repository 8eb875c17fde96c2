//! What the actors ask of the world, and nothing more. `src` answers with Postgres, NATS and HTTP; tests with
//! memory. Every call has a timeout on the other side; every call may be made twice.

mod close;
mod line;
mod receipt;

use std::collections::HashMap;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::attempt::AttemptRecord;
use domain::breaker;
use domain::delivery::{Progress, Reason, Status};
use domain::endpoint::{Condition, Endpoint};
use domain::event::Event;
use domain::id::{DeliveryId, EndpointId, EventId};
use domain::lease::Lease;
use domain::outcome::Ending;
use domain::pace::Moment;
use domain::tenant::TenantId;
use domain::trace::TraceId;
use domain::verdict::Disable;
use time::OffsetDateTime;

pub use self::close::Close;
pub use self::line::Line;
pub use self::receipt::Receipt;
use crate::restarts;

/// The ledger could not answer. `Unavailable` passes by itself; `Refused` is about what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    #[error("ledger is unavailable: {0}")]
    Unavailable(String),
    #[error("ledger refused: {0}")]
    Refused(String),
    /// Another node owns the shard by now: nothing was written.
    #[error("shard is owned by another node")]
    Fenced,
}

/// The queue could not answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("queue is unavailable: {0}")]
pub struct QueueError(pub String);

/// An event and the endpoints that it is owed to.
#[derive(Debug, Clone)]
pub struct Posting {
    pub event: Event,
    /// Of (tenant, event id), where a repeat must be noticed.
    pub dedupe: Option<u128>,
    /// Of (source, body), where that must be noticed too, for a day.
    pub same_body: Option<u128>,
    /// Its id may be of a later time.
    pub came_at: OffsetDateTime,
    /// Kept until then.
    pub deliver_at: Option<OffsetDateTime>,
    pub endpoints: Vec<EndpointId>,
}

/// What became of a batch of postings.
#[derive(Debug, Clone)]
pub enum Posted {
    /// Committed: what is owed now, and which postings were new, by index. The others were duplicates.
    Committed { owed: Vec<Reference>, fresh: Vec<bool> },
    /// The directory was older than the ledger: nothing was written.
    Stale,
}

/// A delivery as the queue carries it: a reference, not the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    pub delivery: DeliveryId,
    /// Its place in the order of publishing.
    pub position: i64,
    /// The attempt that is due. More than one, and it is a retry.
    pub number: u32,
}

/// A reference pulled from the queue.
#[derive(Debug, Clone)]
pub struct Pulled {
    pub reference: Reference,
    pub receipt: Receipt,
    /// Its message is handed out for the first time, and was stored since this node began to pull.
    pub first: bool,
    /// How often its message was handed out since its consumer was made.
    pub tries: u64,
}

/// A delivery that is owed, with all that is needed to go on with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    pub delivery: DeliveryId,
    pub position: i64,
    pub progress: Progress,
    /// Not before this instant, where it is a retry that was read before its time.
    pub due: Option<OffsetDateTime>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub status: Status,
    pub position: i64,
    pub progress: Progress,
}

/// One page of what an endpoint is owed.
#[derive(Debug, Clone, Default)]
pub struct OwedPage {
    /// Due retries first, then what was never tried, by position.
    pub owed: Vec<Owed>,
    /// From where the next page goes on; `None` when nothing is left.
    pub next: Option<i64>,
}

/// What an endpoint is owed for too long: of each kind as much as tells whether somebody has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    pub endpoint: EndpointId,
    /// The lowest positions of what was never tried, ascending.
    pub untried: Vec<i64>,
    /// The retries that were due first.
    pub retries: Vec<EventId>,
}

impl Overdue {
    /// More of a kind than an endpoint's actor ever holds.
    pub const SHOWN: usize = 512;
}

/// A shard's part of the queue, as a look finds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// What it held may be lost since it was last looked at: why. Said once; it was made good for what comes.
    pub broken: Option<String>,
    pub depth: Depth,
    /// Retries whose time has come stand in line.
    pub retries_wait: bool,
}

/// How many messages a part of the queue holds. What is to be handed out may bring several references each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// To be handed out.
    pub ready: u64,
    /// Handed out and not acknowledged.
    pub in_flight: u64,
    /// Retries whose time has not come.
    pub scheduled: u64,
}

impl AddAssign for Depth {
    fn add_assign(&mut self, other: Self) {
        self.ready += other.ready;
        self.in_flight += other.in_flight;
        self.scheduled += other.scheduled;
    }
}

/// An attempt, judged, on its way into the ledger; or a delivery closed without one.
#[derive(Debug, Clone)]
pub struct Record {
    pub delivery: DeliveryId,
    pub position: i64,
    /// Of the attempt. What is closed without one leaves the count as it was.
    pub number: u32,
    pub report: Option<Report>,
    pub close: Close,
    /// The endpoint's, this attempt included.
    pub condition: Condition,
    /// The endpoint is given up with this attempt.
    pub disable: Option<Disable>,
    pub at: OffsetDateTime,
}

/// Everything of the directory above a version.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub version: i64,
    pub tenants: Vec<(TenantId, bool)>,
    pub endpoints: Vec<(Endpoint, bool)>,
}

#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Writes events and what they owe in one transaction, if the directory's `version` is still the ledger's.
    /// What the `ordered` endpoints among them are owed becomes visible in the order of positions.
    async fn post(
        &self,
        postings: &[Posting],
        ordered: &[EndpointId],
        version: i64,
    ) -> Result<Posted, LedgerError>;
    /// Writes attempts and states in one transaction, if all of `leases` still hold. A number already written is a
    /// no-op.
    async fn record(&self, records: &[Record], leases: &[Lease]) -> Result<(), LedgerError>;
    /// Where these deliveries stand; one that is unknown is absent.
    async fn standing(&self, deliveries: &[DeliveryId])
    -> Result<HashMap<DeliveryId, Standing>, LedgerError>;
    /// What an endpoint is owed: retries due at `now`, then what was never tried from `from` on.
    async fn owed(
        &self,
        endpoint: EndpointId,
        from: i64,
        now: OffsetDateTime,
        limit: u32,
    ) -> Result<OwedPage, LedgerError>;
    /// What an ordered endpoint is owed, by position: what was never tried from `from` on, and every retry,
    /// due or not. `next` is above every position of the page.
    async fn owed_in_order(
        &self,
        endpoint: EndpointId,
        from: i64,
        limit: u32,
    ) -> Result<OwedPage, LedgerError>;
    /// Of each of these endpoints the position below which everything was tried once, where something was not:
    /// its `spill_from`, or the lowest of what was never tried.
    async fn lowest_pending(&self, endpoints: &[EndpointId])
    -> Result<HashMap<EndpointId, i64>, LedgerError>;
    /// How much each of these endpoints is owed: what was never tried from its position on, and retries due at `now`.
    /// Costs a look at each delivery that it counts: for the first look of an owner alone.
    async fn count_owed(
        &self,
        from: &[(EndpointId, i64)],
        now: OffsetDateTime,
    ) -> Result<HashMap<EndpointId, u64>, LedgerError>;
    /// Lowers each endpoint's durable `spill_from` to a position, if `lease` still holds.
    async fn spill(&self, from: &[(EndpointId, i64)], lease: Lease) -> Result<(), LedgerError>;
    /// Ends an endpoint's spilling, if `lease` still holds.
    async fn unspill(&self, endpoint: EndpointId, lease: Lease) -> Result<(), LedgerError>;
    /// The endpoints whose spilling is durable, and from where.
    async fn spilling(&self) -> Result<Vec<(EndpointId, i64)>, LedgerError>;
    /// What is owed that no queue may know of: events from before `made` that were never tried, and retries
    /// due before `due`. All of it in the shards of `leases`, and maybe some in others. An endpoint may come more than
    /// once.
    async fn overdue(
        &self,
        made: OffsetDateTime,
        due: OffsetDateTime,
        leases: &[Lease],
    ) -> Result<Vec<Overdue>, LedgerError>;
    /// Ends everything an endpoint is owed, piece by piece. Answers with how much it was.
    async fn close(&self, endpoint: EndpointId, reason: Reason) -> Result<u64, LedgerError>;
    /// How endpoints stood when something of them was recorded last, of all shards; one that stood well is absent.
    async fn conditions(&self) -> Result<Vec<(EndpointId, Condition)>, LedgerError>;
    async fn changes_since(&self, version: i64) -> Result<Changes, LedgerError>;
    /// Takes a stretch of so long of each tenant's line of turns. Answers how long it is until each begins, from a moment
    /// between the asking and the answer.
    async fn take_turns(
        &self,
        stretches: &[(TenantId, Duration)],
    ) -> Result<HashMap<TenantId, Duration>, LedgerError>;
}

#[async_trait]
pub trait Queue: Send + Sync + 'static {
    /// Puts references into the queue, several in a message where they go one way. Answers with those it did not take.
    async fn enqueue(&self, references: &[Reference]) -> Vec<Reference>;
    /// Puts each reference into the queue at its time, in place of an earlier schedule of the same delivery.
    /// Answers with those it did not take.
    async fn schedule(&self, retries: &[(Reference, OffsetDateTime)]) -> Vec<(Reference, QueueError)>;
    /// These are done: a message of which the last is done is not handed out again.
    async fn ack(&self, receipts: &[Receipt]);
    /// Hands out again after a wait what these came in, all of it.
    async fn postpone(&self, receipts: &[Receipt], wait: Duration);
    /// Waits for the next references in a line of a lease's shard, of at most `limit` messages. Empty when none came for a
    /// while. What an earlier owner of the shard did not acknowledge comes again; once a later one pulls, nothing comes.
    async fn pull(&self, lease: Lease, line: Line, limit: usize) -> Result<Vec<Pulled>, QueueError>;
    /// Whether a shard's part of the queue is still what it was; makes good what is gone.
    async fn check(&self, lease: Lease) -> Result<Look, QueueError>;
}

/// One request to be made.
#[derive(Debug, Clone)]
pub struct Order {
    pub delivery: DeliveryId,
    pub number: u32,
    pub endpoint: Arc<Endpoint>,
    /// Not sent once this does not hold any more.
    pub lease: Lease,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Report {
    /// Shared: it is written, counted and told of, and never changed.
    pub attempt: Arc<AttemptRecord>,
    pub ending: Ending,
    /// Of the event, where it came in one.
    pub trace_id: Option<TraceId>,
}

/// An attempt could not be made for a reason of ours: it never counts against the endpoint.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EgressError {
    #[error("event {0} is not in the ledger")]
    UnknownEvent(EventId),
    /// Its producer wants it sent no more.
    #[error("event {0} has expired")]
    Expired(EventId),
    #[error("event could not be read: {0}")]
    Ledger(#[from] LedgerError),
    #[error("signing secret could not be opened: {0}")]
    Secret(String),
    /// Another node may send it by now.
    #[error("lease of its shard has run out")]
    Lapsed,
}

#[async_trait]
pub trait Egress: Send + Sync + 'static {
    /// Makes one attempt: it ends within the endpoint's timeout, whatever the endpoint does.
    async fn attempt(&self, order: Order) -> Result<Report, EgressError>;
}

/// Told of what is accepted and what becomes of attempts, for those who look on.
pub trait Observer: Send + Sync + 'static {
    /// A record is committed: told once, however often it was written, and before its endpoint's next of the same
    /// delivery. The recorder waits for it: it must not wait itself. A process that dies may leave some untold.
    fn recorded(&self, record: &Record);
    /// An event was accepted, for the first time, and is committed. Intake waits for it: it must not wait itself.
    fn accepted(&self, event: &Event);
}

/// Time and chance, as arguments for what is decided.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> OffsetDateTime;
    /// Since some origin; never goes back, whatever is done to the wall's clock.
    fn uptime(&self) -> Duration;
    /// In `[0, 1)`.
    fn random(&self) -> f64;

    fn moment(&self) -> Moment {
        Moment { now: self.now(), uptime: self.uptime() }
    }
}

/// The ports together, as every actor carries them.
#[derive(Clone)]
pub struct Ports {
    pub ledger: Arc<dyn Ledger>,
    pub queue: Arc<dyn Queue>,
    pub egress: Arc<dyn Egress>,
    pub observer: Arc<dyn Observer>,
    pub clock: Arc<dyn Clock>,
}

/// The numbers of the actors, from configuration.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Events in one ledger transaction.
    pub intake_batch_events: usize,
    /// Deliveries in one ledger transaction: a batch stops growing there.
    pub intake_batch_deliveries: usize,
    /// From the beginning of a commit that several requests shared to that of the next.
    pub intake_pause: Duration,
    /// Deliveries one request may fan out to.
    pub fanout_max: usize,
    /// Messages asked of the queue at a time.
    pub pull_batch: usize,
    /// Retries from the queue that are under way at a time.
    pub retries_at_once: usize,
    /// What an endpoint's actor holds beyond its slots.
    pub hand_extra: u32,
    /// Attempts in one ledger transaction.
    pub record_batch: usize,
    /// From the beginning of one to that of the next.
    pub record_pause: Duration,
    /// Rows read from the ledger at a time while spilling.
    pub owed_batch: u32,
    /// An endpoint's actor stops after so long without work.
    pub idle_stop: Duration,
    pub breaker: breaker::Limits,
    /// What its endpoint makes wait for longer waits in the ledger, not in the actor's hand.
    pub wait_in_hand: Duration,
    pub supervision: restarts::Limits,
    /// The wait after an error of ours.
    pub error_wait: Duration,
}
