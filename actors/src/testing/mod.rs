//! The world in memory: ports for tests of the actors, on paused time and one seeded source of chance.

mod egress;
mod ledger;
mod observer;
mod queue;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::breaker;
use domain::endpoint::{AutoDisable, Endpoint, RetryPolicy, Status};
use domain::event::{Event, Source};
use domain::id::{EndpointId, EventId};
use domain::signature::Signatures;
use time::OffsetDateTime;
use tokio::time::Instant;

pub use self::egress::MemoryEgress;
pub use self::ledger::MemoryLedger;
pub use self::observer::MemoryObserver;
pub use self::queue::MemoryQueue;
pub use self::world::{Node, SHARDS, Weather, World};
use crate::intake::Incoming;
use crate::ports::{Clock, Limits};
use crate::restarts;

/// Chance from a seed (splitmix64, <https://prng.di.unimi.it/splitmix64.c>).
#[derive(Clone)]
pub struct Dice(Arc<Mutex<u64>>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed)))
    }

    pub fn next(&self) -> u64 {
        let mut state = lock(&self.0);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// True so many times out of a hundred.
    pub fn percent(&self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub async fn pause(&self, at_most_ms: u64) {
        tokio::time::sleep(Duration::from_millis(self.below(at_most_ms + 1))).await;
    }
}

/// Wall time that follows tokio's paused clock, but for how far it was set.
pub struct PausedClock {
    origin: Instant,
    dice: Dice,
    set: Mutex<time::Duration>,
}

const EPOCH: OffsetDateTime = time::macros::datetime!(2026-01-01 00:00 UTC);

impl PausedClock {
    pub fn new(dice: Dice) -> Self {
        Self { origin: Instant::now(), dice, set: Mutex::default() }
    }

    /// Sets the wall's clock so far ahead, or behind.
    pub fn set(&self, ahead: time::Duration) {
        *lock(&self.set) = ahead;
    }
}

impl Clock for PausedClock {
    fn now(&self) -> OffsetDateTime {
        EPOCH + self.origin.elapsed() + *lock(&self.set)
    }

    fn uptime(&self) -> Duration {
        self.origin.elapsed()
    }

    fn random(&self) -> f64 {
        self.dice.below(1 << 20) as f64 / f64::from(1 << 20)
    }
}

pub fn limits() -> Limits {
    Limits {
        intake_batch_events: 100,
        intake_batch_deliveries: 1000,
        intake_pause: Duration::from_millis(5),
        fanout_max: 1000,
        pull_batch: 20,
        retries_at_once: 4,
        hand_extra: 2,
        record_batch: 50,
        record_pause: Duration::from_millis(10),
        owed_batch: 5,
        supervision: restarts::Limits {
            restarts_max: 5,
            window: Duration::from_mins(1),
            backoff_first: Duration::from_millis(100),
            backoff_longest: Duration::from_secs(5),
            rest: Duration::from_secs(30),
        },
        idle_stop: Duration::from_mins(1),
        error_wait: Duration::from_secs(1),
        breaker: breaker::Limits {
            failures: 5,
            deliveries: 2,
            pause_first: Duration::from_secs(5),
            pause_longest: Duration::from_mins(5),
        },
        wait_in_hand: Duration::from_secs(2),
    }
}

pub fn endpoint(number: u128, max_in_flight: u32) -> Endpoint {
    let schedule = serde_json::from_str(r#"["0s","1s","10s","30s"]"#).unwrap();
    Endpoint {
        id: EndpointId(uuid::Uuid::from_u128(number)),
        tenant: "demo".parse().unwrap(),
        url: domain::address::EndpointUrl::from_ledger("https://example.com/").unwrap(),
        status: Status::Active,
        patterns: vec![">".parse().unwrap()],
        kind: domain::endpoint::Kind::Http,
        sealed_url: None,
        format: domain::format::Format::default(),
        templates: std::sync::Arc::default(),
        channels: domain::channels::Channels::default(),
        wants: domain::filter::Wants::All,
        custom_headers: Vec::new(),
        header_prefix: domain::headers::HeaderPrefix::default(),
        max_in_flight,
        rate_limit: None,
        tenant_limit: None,
        ordered: false,
        timeout: Duration::from_secs(15),
        retry: RetryPolicy { schedule, max_retries: 3 },
        auto_disable: AutoDisable { after: None, min_duration: Duration::ZERO },
        changed_at: EPOCH - Duration::from_hours(1),
        signatures: Signatures::default(),
        auth: None,
        secrets: Vec::new(),
    }
}

/// An event that every endpoint subscribed to.
pub fn event(id: EventId) -> Incoming {
    let event = Event {
        id,
        tenant: "demo".parse().unwrap(),
        key: None,
        event_type: "a.b".parse().unwrap(),
        channels: domain::channels::Channels::default(),
        occurred_at: OffsetDateTime::UNIX_EPOCH,
        expires_at: None,
        source: Source::Http,
        data: serde_json::value::RawValue::from_string("{}".to_owned()).unwrap(),
        inbound: None,
        cloud_event: None,
        trace: None,
    };
    Incoming::new(event, None)
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
