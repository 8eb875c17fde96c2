//! The load: publishers, each on a connection of its own that it keeps, who publish by HTTP as producers do.
//!
//! Promised: an event is published once, whatever becomes of it, and what became of it is counted. At a steady rate
//! an event carries the instant it was due at, not the one at which a publisher got round to it: what is slow to take
//! events shows in the lag. Left out: asking again, which would hide what was refused.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use actors::ports::Clock;
use http::Method;
use http::header::HeaderMap;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::Error;
use super::stamp::{EVENT_TYPE, Stamp, event_type, micros};
use super::wire::{Answer, Connection};

/// For connecting, and for each answer: more than the service itself takes before it gives up.
const PATIENCE: Duration = Duration::from_secs(40);
const ACCEPTED: u16 = 202;
/// Of an answer that is quoted.
const QUOTE_CHARS: usize = 400;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Each publisher sends its next event when the last is answered.
    FlatOut,
    /// So many events a second, all publishers together.
    PerSecond(f64),
}

/// Whom events are for.
#[derive(Clone)]
pub enum Spread {
    /// They have the same type, and go to whoever wants it.
    Alike,
    /// Each goes to one endpoint: the number of an event leads to the endpoint's, which its type is made of.
    Apart(Arc<dyn Fn(u32) -> u32 + Send + Sync>),
}

pub struct Load {
    pub to: SocketAddr,
    /// Who publishes, and for whom: one a tenant. Endpoints go round the tenants by their numbers; all events of one
    /// request are for the tenant of the first.
    pub headers: Vec<HeaderMap>,
    pub spread: Spread,
    pub events: u32,
    /// Events in one request.
    pub batch: u32,
    /// Of one event's data.
    pub data_bytes: usize,
    pub connections: usize,
    pub pace: Pace,
    pub clock: Arc<dyn Clock>,
}

/// What became of the events.
#[derive(Debug, Default)]
pub struct Published {
    pub accepted: u64,
    pub refused: u64,
    /// Nobody knows of these whether they were taken.
    pub unanswered: u64,
    /// What was said to one that was not accepted.
    pub why: Option<String>,
    /// When the first was sent and the last answered: microseconds since 1970.
    pub began_micros: u64,
    pub ended_micros: u64,
}

impl Spread {
    pub fn event_type(&self, event: u32) -> Cow<'static, str> {
        match self {
            Self::Alike => EVENT_TYPE.into(),
            Self::Apart(_) => event_type(self.endpoint(event)).into(),
        }
    }

    fn endpoint(&self, event: u32) -> u32 {
        match self {
            Self::Alike => 0,
            Self::Apart(to) => to(event),
        }
    }
}

impl Load {
    /// Publishes all of it; `accepted` goes up meanwhile.
    pub async fn publish(self, accepted: Arc<AtomicU64>) -> Result<Published, Error> {
        let connections = self.connections;
        let began_micros = micros(self.clock.now());
        let shared = Arc::new(Shared {
            load: self,
            next: AtomicU32::new(0),
            accepted,
            began: Instant::now(),
            began_micros,
        });
        let mut publishers = JoinSet::new();
        for _ in 0..connections {
            publishers.spawn(Arc::clone(&shared).publish());
        }
        let mut all = Published { began_micros, ..Published::default() };
        while let Some(one) = publishers.join_next().await {
            all.add(one??);
        }
        all.ended_micros = micros(shared.load.clock.now());
        Ok(all)
    }
}

impl Published {
    fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.why = self.why.take().or(other.why);
    }
}

struct Shared {
    load: Load,
    /// The number of the next event that nobody has taken on.
    next: AtomicU32,
    accepted: Arc<AtomicU64>,
    began: Instant,
    began_micros: u64,
}

impl Shared {
    async fn publish(self: Arc<Self>) -> Result<Published, Error> {
        let Load { to, headers, events, batch, .. } = &self.load;
        let path = if *batch == 1 { "/api/v1/events" } else { "/api/v1/events/batch" };
        let mut connection = Connection::open(*to, PATIENCE).await?;
        let mut published = Published::default();
        loop {
            let first = self.next.fetch_add(*batch, Ordering::Relaxed);
            if first >= *events {
                return Ok(published);
            }
            let numbers = first..(first + batch).min(*events);
            let count = numbers.len() as u64;
            let at = self.due(first).await;
            let body = self.body(numbers, at);
            let Some(headers) = headers.get(self.load.spread.endpoint(first) as usize % headers.len().max(1))
            else {
                return Err(Error::Nobody);
            };
            match connection.ask(Method::POST, path, headers, body.into()).await {
                Ok(Answer { status: ACCEPTED, .. }) => {
                    published.accepted += count;
                    self.accepted.fetch_add(count, Ordering::Relaxed);
                }
                Ok(Answer { status, body }) => {
                    published.refused += count;
                    let quote: String = String::from_utf8_lossy(&body).chars().take(QUOTE_CHARS).collect();
                    published.why.get_or_insert_with(|| format!("{status}: {quote}"));
                }
                Err(error) => {
                    published.unanswered += count;
                    published.why.get_or_insert_with(|| error.to_string());
                    connection = Connection::open(*to, PATIENCE).await?;
                }
            }
        }
    }

    /// Waits until this event is due; answers with the instant that its lag counts from.
    async fn due(&self, event: u32) -> u64 {
        match self.load.pace {
            Pace::FlatOut => micros(self.load.clock.now()),
            Pace::PerSecond(rate) => {
                let after = Duration::from_secs_f64(f64::from(event) / rate);
                sleep_until(self.began + after).await;
                self.began_micros + after.as_micros() as u64
            }
        }
    }

    fn body(&self, numbers: std::ops::Range<u32>, at: u64) -> String {
        let one = |n| {
            let data = Stamp { n, at }.data(self.load.data_bytes);
            let event = self.load.spread.event_type(n);
            format!(r#"{{"event":"{event}","data":{data}}}"#)
        };
        if self.load.batch == 1 {
            return numbers.map(one).collect();
        }
        format!("[{}]", numbers.map(one).collect::<Vec<_>>().join(","))
    }
}
