//! Endpoints in memory: each request takes a while and ends by chance. Watches what must never happen.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::attempt::AttemptRecord;
use domain::id::{DeliveryId, EndpointId};
use domain::outcome::{Ending, Outcome};
use time::OffsetDateTime;

use super::{Dice, EPOCH, lock};
use crate::ports::{Egress, EgressError, Order, Report};

#[derive(Clone)]
pub struct MemoryEgress(Arc<Inner>);

struct Inner {
    dice: Dice,
    /// Requests that fail, out of a hundred.
    failing: u64,
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
    pub fn new(dice: Dice, failing: u64, slowest_ms: u64) -> Self {
        Self(Arc::new(Inner { dice, failing, slowest_ms, seen: Mutex::default() }))
    }

    pub fn made(&self) -> Made {
        std::mem::take(&mut lock(&self.0.seen).made)
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
        Open(&self.0, delivery)
    }
}

#[async_trait]
impl Egress for MemoryEgress {
    async fn attempt(&self, order: Order) -> Result<Report, EgressError> {
        let _open = self.open(&order);
        self.0.dice.pause(self.0.slowest_ms).await;
        let fails = self.0.dice.percent(self.0.failing);
        let (outcome, status) = if fails { (Outcome::HttpError, 500) } else { (Outcome::Succeeded, 200) };
        let attempt = AttemptRecord {
            number: order.number,
            started_at: OffsetDateTime::UNIX_EPOCH.max(EPOCH),
            duration_ms: 1,
            outcome,
            url: String::new(),
            request_headers: Vec::new(),
            response: None,
            error: fails.then(|| "the endpoint answered 500".to_owned()),
        };
        let ending = Ending { outcome, status: Some(status), retry_after: None };
        Ok(Report { attempt, ending })
    }
}
