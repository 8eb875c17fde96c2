//! Clients that publish one event after another, and go on with what was refused until it is taken: under the same id.
//!
//! Promises: once `stop` ended, every number that `Numbers` gave out was answered 202, once; whatever was refused was a 503
//! that says when to come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::tenant::Tenant;
use super::wait::PATIENCE;

/// Between two tries of what was refused.
const AGAIN: Duration = Duration::from_millis(20);

/// What numbers the events have.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Arc<AtomicUsize>);

impl Numbers {
    fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// What became of a load so far.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub accepted: usize,
    pub refused: usize,
    /// How long each 202 took.
    pub took: Vec<Duration>,
}

/// So long did one in a hundred take, or longer.
pub fn p99(took: &[Duration]) -> Duration {
    let mut took = took.to_vec();
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

/// What an event of a load is like.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Between the beginnings of two publishes of one client.
    pub pace: Duration,
    /// Of filling besides the number.
    pub bytes: usize,
}

pub struct Load {
    clients: JoinSet<()>,
    stop: Arc<watch::Sender<bool>>,
    seen: Arc<watch::Sender<Seen>>,
}

/// `{"event", "eventId", "data": {"n"}}`.
fn event(number: usize, bytes: usize) -> Value {
    let data = json!({"n": number, "filling": "x".repeat(bytes)});
    json!({"event": "order.paid", "eventId": format!("order-{number}"), "data": data})
}

/// Publishes so many events in one batch: as often as it takes, and it is taken once.
pub async fn publish(tenant: &Tenant, numbers: &Numbers, count: usize) {
    let batch: Vec<Value> = (0..count).map(|_| event(numbers.next(), 0)).collect();
    until_taken(tenant, "/events/batch", &json!(batch), &watch::Sender::default()).await;
}

/// Asks until it is taken; answers with how long the last time took.
async fn until_taken(tenant: &Tenant, path: &str, body: &Value, seen: &watch::Sender<Seen>) -> Duration {
    let deadline = Instant::now() + 2 * PATIENCE;
    loop {
        let asked = Instant::now();
        let answer = tenant.client.post(path, body).await;
        if answer.status == 202 {
            return asked.elapsed();
        }
        assert_eq!(answer.problem().0, 503, "{}", answer.text());
        let again =
            answer.headers.get("retry-after").and_then(|after| after.to_str().ok()?.parse::<u64>().ok());
        assert!(again.is_some_and(|seconds| seconds >= 1), "{:?}", answer.headers);
        assert!(Instant::now() < deadline, "refused for too long: {}", answer.text());
        seen.send_modify(|seen| seen.refused += 1);
        tokio::time::sleep(AGAIN).await;
    }
}

impl Load {
    pub fn start(tenant: &Tenant, numbers: &Numbers, clients: usize, shape: &Shape) -> Self {
        let (stop, seen) = (Arc::new(watch::Sender::new(false)), Arc::new(watch::Sender::default()));
        let mut publishing = JoinSet::new();
        for _ in 0..clients {
            let (tenant, numbers, shape) = (tenant.clone(), numbers.clone(), shape.clone());
            let (stop, seen) = (stop.subscribe(), Arc::clone(&seen));
            publishing.spawn(async move {
                let mut ticks = tokio::time::interval(shape.pace);
                ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                while !*stop.borrow() {
                    ticks.tick().await;
                    let event = event(numbers.next(), shape.bytes);
                    let took = until_taken(&tenant, "/events", &event, &seen).await;
                    seen.send_modify(|seen| {
                        seen.accepted += 1;
                        seen.took.push(took);
                    });
                }
            });
        }
        Self { clients: publishing, stop, seen }
    }

    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    async fn until(&self, what: &str, is_there: impl FnMut(&Seen) -> bool) {
        let mut seen = self.seen.subscribe();
        let there = timeout(PATIENCE, seen.wait_for(is_there)).await;
        assert!(there.is_ok(), "waited {PATIENCE:?} for {what}");
    }

    /// Until so many more were taken.
    pub async fn until_accepted(&self, more: usize) {
        let before = self.seen.borrow().accepted;
        self.until(&format!("{more} to be taken"), |seen| seen.accepted >= before + more).await;
    }

    /// Until so many more were refused.
    pub async fn until_refused(&self, more: usize) {
        let before = self.seen.borrow().refused;
        self.until(&format!("{more} to be refused"), |seen| seen.refused >= before + more).await;
    }

    /// Ends when every client's last event is taken.
    pub async fn stop(mut self) -> Seen {
        self.stop.send_replace(true);
        while let Some(ended) = self.clients.join_next().await {
            ended.expect("a client that met nothing else");
        }
        self.seen()
    }
}
