//! Endpoints in memory: each request takes a while and ends by chance. Watches what must never happen.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::attempt::AttemptRecord;
use domain::breaker::Limits as BreakerLimits;
use domain::endpoint::{Endpoint, RateLimit};
use domain::id::{DeliveryId, EndpointId};
use domain::outcome::{Ending, Outcome, Sign};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::{Dice, EPOCH, MemoryLedger, Weather, limits, lock};
use crate::ports::{Egress, EgressError, Order, Report};
use crate::tenants::TURN_KEPT;

/// What some ask for that cannot answer now: more than waits in an actor's hand.
const REST: Duration = Duration::from_secs(4);

#[derive(Clone)]
pub struct MemoryEgress(Arc<Inner>);

struct Inner {
    dice: Dice,
    ledger: MemoryLedger,
    weather: Weather,
    slowest_ms: u64,
    seen: Mutex<Seen>,
}

/// What the endpoints saw.
#[derive(Default)]
pub struct Made {
    pub requests: Vec<(DeliveryId, u32)>,
    pub wrongs: Vec<String>,
}

#[derive(Default)]
struct Seen {
    made: Made,
    open: HashSet<DeliveryId>,
    in_flight: HashMap<EndpointId, u32>,
    /// By the definition of the limit, not by our bucket: the starts of the requests.
    started: HashMap<EndpointId, Vec<Instant>>,
    /// The same of the tenant: there is one.
    started_of_tenant: Vec<Instant>,
    down: HashSet<EndpointId>,
    /// Nobody dies and nothing changes: what the breakers see is what is seen here.
    breakers_watched: bool,
    breakers: HashMap<EndpointId, Row>,
}

/// The failures of an endpoint since its last success.
#[derive(Default)]
struct Row {
    failures: u32,
    failed: HashSet<DeliveryId>,
    /// Since the row was long enough, or the last probe failed.
    open_since: Option<Instant>,
    /// Requests under way that started since then.
    probes: u32,
    /// It asked for a rest: when, and until when.
    hold: Option<(Instant, Instant)>,
    /// It has come back since: when it was seen last how, and how many at a time it may be sent.
    coming_back: Option<(Instant, u32)>,
}

/// A request under way; whether it ends or is dropped with its actor, it is over.
struct Open<'a>(&'a Inner, DeliveryId);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let mut seen = lock(&self.0.seen);
        seen.open.remove(&self.1);
        if let Some(count) = seen.in_flight.get_mut(&self.1.endpoint) {
            *count -= 1;
        }
    }
}

impl MemoryEgress {
    pub fn new(dice: Dice, ledger: MemoryLedger, weather: Weather, slowest_ms: u64) -> Self {
        Self(Arc::new(Inner { dice, ledger, weather, slowest_ms, seen: Mutex::default() }))
    }

    pub fn made(&self) -> Made {
        std::mem::take(&mut lock(&self.0.seen).made)
    }

    /// An endpoint fails whatever is sent to it, or no longer.
    pub fn set_down(&self, endpoint: EndpointId, down: bool) {
        let mut seen = lock(&self.0.seen);
        if down {
            seen.down.insert(endpoint);
        } else {
            seen.down.remove(&endpoint);
        }
    }

    pub fn watch_breakers(&self) {
        lock(&self.0.seen).breakers_watched = true;
    }

    fn open(&self, order: &Order) -> Open<'_> {
        let delivery = order.delivery;
        let mut seen = lock(&self.0.seen);
        seen.made.requests.push((delivery, order.number));
        if !seen.open.insert(delivery) {
            seen.made.wrongs.push(format!("two requests at once for {delivery}"));
        }
        let in_flight = seen.in_flight.entry(delivery.endpoint).or_default();
        *in_flight += 1;
        if *in_flight > order.endpoint.max_in_flight {
            seen.made.wrongs.push(format!("more requests at once than slots at {}", delivery.endpoint));
        }
        seen.made.wrongs.extend(self.0.ledger.objection(order));
        seen.count_start(&order.endpoint);
        seen.count_probe(delivery);
        seen.count_held(delivery);
        seen.count_coming_back(delivery);
        Open(&self.0, delivery)
    }
}

impl Seen {
    /// While the breaker is open there is one request at a time, and none before its pause is over. What starts
    /// at the very moment at which it opened was not to know.
    fn count_probe(&mut self, delivery: DeliveryId) {
        let row = self.breakers.entry(delivery.endpoint).or_default();
        let Some(since) = row.open_since.filter(|&since| self.breakers_watched && Instant::now() > since)
        else {
            return;
        };
        row.probes += 1;
        let wrong = match since.elapsed() {
            early if early < limits().breaker.pause_first => format!("a request {early:?} after it opened"),
            _ if row.probes > 1 => "two probes at once".to_owned(),
            _ => return,
        };
        self.made.wrongs.push(format!("breaker of {}: {wrong}", delivery.endpoint));
    }

    /// What has just come back gets no more at a time than one more with each success.
    fn count_coming_back(&mut self, delivery: DeliveryId) {
        let row = self.breakers.get(&delivery.endpoint);
        let Some((since, slots)) = row.and_then(|row| row.coming_back) else { return };
        let in_flight = self.in_flight.get(&delivery.endpoint).copied().unwrap_or_default();
        if self.breakers_watched && Instant::now() > since && in_flight > slots {
            let wrong =
                format!("{} has come back and is sent {in_flight} at once, not {slots}", delivery.endpoint);
            self.made.wrongs.push(wrong);
        }
    }

    fn count_held(&mut self, delivery: DeliveryId) {
        let now = Instant::now();
        let hold = self.breakers.get(&delivery.endpoint).and_then(|row| row.hold);
        if self.breakers_watched && hold.is_some_and(|(from, until)| from < now && now < until) {
            self.made.wrongs.push(format!("{} had asked for a rest", delivery.endpoint));
        }
    }

    fn count_end(&mut self, delivery: DeliveryId, started: Instant, how: &Ending) {
        let row = self.breakers.entry(delivery.endpoint).or_default();
        let probed = row.open_since.is_some_and(|since| started > since);
        let now = Instant::now();
        if how.outcome == Outcome::Succeeded {
            let slots = row.coming_back.map(|(_, slots)| slots + 1).or(row.open_since.map(|_| 2));
            *row = Row { hold: row.hold, coming_back: slots.map(|slots| (now, slots)), ..Row::default() };
            return;
        }
        row.probes = row.probes.saturating_sub(u32::from(probed));
        if let Some(rest) = how.retry_after {
            // No sign of trouble.
            let until = row.hold.map_or(now + rest, |(_, until)| until.max(now + rest));
            row.hold = Some((now, until));
            return;
        }
        let BreakerLimits { failures, deliveries, .. } = limits().breaker;
        row.failures += 1;
        row.failed.insert(delivery);
        row.coming_back = row.coming_back.map(|_| (now, 1));
        let long = row.failures >= failures && row.failed.len() >= deliveries as usize;
        if probed || (long && row.open_since.is_none()) {
            row.open_since = Some(now);
            row.coming_back = None;
        }
    }

    fn count_start(&mut self, endpoint: &Endpoint) {
        let started = self.started.entry(endpoint.id).or_default();
        let over = endpoint.rate_limit.and_then(|limit| count_within(started, limit, Duration::ZERO));
        self.made.wrongs.extend(over.map(|over| format!("{over} at {}", endpoint.id)));
        // A turn may be used a little after it came.
        let started = &mut self.started_of_tenant;
        let over = endpoint.tenant_limit.and_then(|limit| count_within(started, limit, TURN_KEPT));
        self.made.wrongs.extend(over.map(|over| format!("{over} at the tenant")));
    }
}

/// In any window of length w no more than burst + rate × w: here of every window that ends now, and is `longer`.
fn count_within(started: &mut Vec<Instant>, limit: RateLimit, longer: Duration) -> Option<String> {
    let now = Instant::now();
    started.push(now);
    (1_u32..).zip(started.iter().rev()).find_map(|(count, from)| {
        let window = now - *from + longer;
        let rate = f64::from(limit.per_minute.get()) / 60.0;
        let most = f64::from(limit.burst.get()) + rate * window.as_secs_f64() + 1e-6;
        (f64::from(count) > most).then(|| format!("{count} requests within {window:?}"))
    })
}

#[async_trait]
impl Egress for MemoryEgress {
    async fn attempt(&self, order: Order) -> Result<Report, EgressError> {
        if self.0.dice.percent(self.0.weather.events_expiring) {
            self.0.dice.pause(10).await;
            return Err(EgressError::Expired(order.delivery.event));
        }
        let _open = self.open(&order);
        let started = Instant::now();
        self.0.dice.pause(self.0.slowest_ms).await;
        let mut seen = lock(&self.0.seen);
        let down = seen.down.contains(&order.delivery.endpoint);
        let fails = self.0.dice.percent(self.0.weather.endpoints_failing) || down;
        let (outcome, status) = match fails {
            false => (Outcome::Succeeded, 200),
            true if self.0.dice.percent(20) => (Outcome::HttpError, 503),
            true => (Outcome::HttpError, 500),
        };
        let retry_after = (status == 503).then_some(REST);
        let ending = Ending { outcome, status: Some(status), retry_after, sign: Sign::None };
        seen.count_end(order.delivery, started, &ending);
        drop(seen);
        let attempt = AttemptRecord {
            number: order.number,
            started_at: OffsetDateTime::UNIX_EPOCH.max(EPOCH),
            duration_ms: 1,
            outcome,
            url: String::new(),
            request_headers: Vec::new(),
            request_body: None,
            response: None,
            error: fails.then(|| "the endpoint answered 500".to_owned()),
        };
        Ok(Report { attempt: Arc::new(attempt), ending, trace_id: None })
    }
}
