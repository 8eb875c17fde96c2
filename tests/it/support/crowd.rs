//! Endpoints that hold many requests open at once, and the account of what they were sent at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::load::{self, Load, Numbers, Shape};
use super::receiver::{Receiver, Request};
use super::tenant::{Endpoint, Tenant, text};
use super::wait;

const ENDPOINTS: usize = 4;
const IN_FLIGHT: usize = 16;
/// What fills every hand, and leaves some waiting.
const BATCH: usize = IN_FLIGHT + 8;
/// Of a request: longer than a test holds it.
const TIMEOUT: Duration = Duration::from_secs(10);
/// No kill is worth much with fewer under way.
const _: () = assert!(ENDPOINTS * IN_FLIGHT >= 50);

/// What a service needs for a crowd: requests of that length, and what nobody acknowledged comes again within the
/// patience of a test.
pub const SETTINGS: [(&str, &str); 5] = [
    ("HOOKYARD__CHAOS__ENABLED", "true"),
    ("HOOKYARD__QUEUE__ACK_WAIT", "15s"),
    ("HOOKYARD__EGRESS__TIMEOUT_MS_MAX", "10000"),
    ("HOOKYARD__DELIVERY__TIMEOUT_MS", "10000"),
    ("HOOKYARD__AUDIT__GRACE", "1s"),
];

/// Endpoints of one receiver, each subscribed to all orders.
pub struct Crowd {
    pub receiver: Receiver,
    pub tenant: Tenant,
    pub endpoints: Vec<Endpoint>,
    pub numbers: Numbers,
    /// Requests that were cut off: the ids and the numbers of their attempts.
    cut_off: Vec<(String, u64)>,
    /// Requests that are answered with a failure, and tried again.
    failures: usize,
}

/// The delivery and the number of an attempt.
fn attempt(request: &Request) -> (String, u64) {
    let number = request.header("x-webhook-attempt").parse().expect("a number");
    (request.header("webhook-id").to_owned(), number)
}

impl Crowd {
    pub async fn new(tenant: Tenant, waits: &[&str]) -> Self {
        let receiver = Receiver::start().await;
        let schedule: Vec<&str> = ["0s"].iter().chain(waits).copied().collect();
        let settings = json!({"maxInFlight": IN_FLIGHT, "timeoutMs": TIMEOUT.as_millis() as u64, "maxRetries": waits.len(),
            "retrySchedule": schedule});
        let mut endpoints = Vec::new();
        for at in 0..ENDPOINTS {
            let url = receiver.url_of(&format!("/{at}"));
            endpoints.push(tenant.endpoint_with(&url, &["order.>"], &settings).await);
        }
        Self { receiver, tenant, endpoints, numbers: Numbers::default(), cut_off: Vec::new(), failures: 0 }
    }

    pub async fn publish(&self, count: usize) {
        load::publish(&self.tenant, &self.numbers, count).await;
    }

    /// Clients that publish until they are stopped, each at this pace.
    pub fn load(&self, clients: usize, pace: Duration) -> Load {
        self.load_of(clients, &Shape { pace, bytes: 0 })
    }

    pub fn load_of(&self, clients: usize, shape: &Shape) -> Load {
        Load::start(&self.tenant, &self.numbers, clients, shape)
    }

    /// Shuts the gate and publishes until every hand is full: answers with what is held open from now on.
    pub async fn hold(&self) -> Vec<Request> {
        self.receiver.shut();
        self.publish(BATCH).await;
        self.held().await
    }

    /// The next requests are answered with a failure.
    pub fn fail_next(&mut self, count: usize) {
        self.failures += count;
        self.receiver.answer(vec![500; count]);
    }

    /// What is held open, as soon as every hand is full.
    pub async fn held(&self) -> Vec<Request> {
        let look = async || self.receiver.under_way();
        wait::until("every hand to be full", look, |held| held.len() == ENDPOINTS * IN_FLIGHT).await
    }

    /// The same, where an endpoint's actor was struck at this instant: the former requests are hung up on at once, long
    /// before their time is over, and others are in their place.
    pub async fn held_anew(&self, endpoint: &Endpoint, since: Instant) -> Vec<Request> {
        let path = self.path_of(endpoint);
        let look = async || {
            let mut under_way = self.receiver.under_way();
            under_way.retain(|request| request.path == path);
            let former = under_way.iter().filter(|request| request.at <= since).count();
            (former, under_way.len() - former)
        };
        wait::until("the hand to be filled anew", look, |(former, anew)| *former == 0 && *anew == IN_FLIGHT)
            .await;
        assert!(since.elapsed() < TIMEOUT / 2, "{:?}", since.elapsed());
        self.held().await
    }

    /// Until what was answered so far is on disk. A delivered outcome is committed without waiting for that: one that is
    /// lost with Postgres costs a repeat.
    pub async fn on_disk(&self, load: &Load) {
        for endpoint in &self.endpoints {
            let path = self.path_of(endpoint);
            let of_endpoint =
                |requests: Vec<Request>| requests.iter().filter(|request| request.path == path).count();
            let query = format!("webhookId={}&status=success", endpoint.id);
            let look = async || {
                let answered = of_endpoint(self.receiver.requests()) - of_endpoint(self.receiver.under_way());
                (self.tenant.deliveries(&query).await.len(), answered)
            };
            wait::until("the log to know of all that was answered", look, |(log, sent)| log == sent).await;
        }
        // A commit that is waited for takes all before it along; more than one for each client, so that one began now.
        load.until_accepted(4).await;
    }

    fn path_of(&self, endpoint: &Endpoint) -> String {
        let at = self.endpoints.iter().position(|one| one.id == endpoint.id).expect("one of the crowd");
        format!("/{at}")
    }

    /// Those of the held that are an endpoint's were cut off: they are to come again.
    pub fn cut_off(&mut self, held: &[Request], endpoint: &Endpoint) {
        let path = self.path_of(endpoint);
        let before = self.cut_off.len();
        self.cut_off.extend(held.iter().filter(|request| request.path == path).map(attempt));
        assert_eq!(self.cut_off.len(), before + IN_FLIGHT);
    }

    /// Nothing was published that is not delivered to everyone, and nothing was sent but what the log knows of, and
    /// once more what was cut off. `settled` waits until nothing is on its way any more.
    pub async fn account(&self, settled: impl Future<Output = ()>) {
        let published = self.numbers.count();
        let attempts = published * ENDPOINTS + self.failures;
        self.receiver.wait_for(attempts + self.cut_off.len()).await;
        settled.await;
        let requests = self.receiver.requests();
        let (mut expected, mut looked_at) = (self.cut_off.clone(), BTreeSet::new());
        looked_at.extend(self.cut_off.iter().map(|(id, _)| id.clone()));
        for endpoint in &self.endpoints {
            let owed = self.tenant.deliveries(&format!("webhookId={}", endpoint.id)).await;
            let delivered = owed.iter().filter(|delivery| delivery["status"] == "success").count();
            assert_eq!((delivered, owed.len()), (published, published), "{}", endpoint.id);
            for delivery in &owed {
                let (id, count) =
                    (text(&delivery["id"]), delivery["attemptCount"].as_u64().expect("a count"));
                expected.extend((1..=count).map(|number| (id.clone(), number)));
                if count > 1 {
                    looked_at.insert(id);
                }
            }
        }
        // None was tried again that had not failed, whatever the log says.
        assert_eq!(expected.len(), attempts + self.cut_off.len(), "attempts that nobody asked for");
        self.assert_everyone_got_all(&requests, published);
        assert_same(requests.iter().map(attempt), expected);
        for id in looked_at {
            assert_numbered(&self.tenant.delivery(&id).await);
        }
    }

    fn assert_everyone_got_all(&self, requests: &[Request], published: usize) {
        let mut got: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for request in requests {
            let number = request.json()["data"]["n"].as_u64().expect("a number");
            got.entry(&request.path).or_default().insert(number);
        }
        assert_eq!(got.len(), self.endpoints.len());
        for (path, numbers) in got {
            assert!(numbers.into_iter().eq(0..published as u64), "{path} did not get all");
        }
    }
}

/// The same attempts, each as often.
#[track_caller]
fn assert_same(sent: impl IntoIterator<Item = (String, u64)>, expected: Vec<(String, u64)>) {
    let mut surplus: BTreeMap<(String, u64), i64> = BTreeMap::new();
    for attempt in sent {
        *surplus.entry(attempt).or_default() += 1;
    }
    for attempt in expected {
        *surplus.entry(attempt).or_default() -= 1;
    }
    surplus.retain(|_, surplus| *surplus != 0);
    assert!(surplus.is_empty(), "sent more often than it was to be, or less often: {surplus:#?}");
}

/// Its attempts are numbered from 1, each number once.
#[track_caller]
fn assert_numbered(delivery: &Value) {
    let attempts = delivery["attempts"].as_array().cloned().unwrap_or_default();
    let mut numbers: Vec<u64> = attempts.iter().filter_map(|attempt| attempt["number"].as_u64()).collect();
    numbers.sort_unstable();
    let count = delivery["attemptCount"].as_u64().expect("a count");
    assert_eq!(numbers, (1..=count).collect::<Vec<_>>(), "{delivery:#}");
}
