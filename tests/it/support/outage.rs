//! An endpoint whose deliveries go through whatever happens to the stores: what the journeys of outages have in common.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::stream::Stream;
use domain::id::Shard;
use futures_util::TryStreamExt as _;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::app::{TestApp, app_with};
use super::ledger::now;
use super::receiver::Receiver;
use super::tenant::{Endpoint, Tenant, text};
use super::wait;

pub struct Journey {
    pub app: TestApp,
    pub receiver: Receiver,
    pub tenant: Tenant,
    pub endpoint: Endpoint,
    pub shard: Shard,
}

/// One endpoint of everything below `order`, at a service that audits with this grace.
pub async fn journey(grace: &str, settings: &Value) -> Journey {
    journey_at(app_with(&[("HOOKYARD__AUDIT__GRACE", grace)]).await, settings).await
}

pub async fn journey_at(app: TestApp, settings: &Value) -> Journey {
    let receiver = Receiver::start().await;
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], settings).await;
    let shard = endpoint.shard();
    Journey { app, receiver, tenant, endpoint, shard }
}

pub fn retrying_after(waits: &[&str]) -> Value {
    let schedule: Vec<&str> = ["0s"].iter().chain(waits).copied().collect();
    json!({"maxRetries": waits.len(), "retrySchedule": schedule, "timeoutMs": 30_000})
}

impl Journey {
    pub async fn publish(&self) -> String {
        self.tenant.publish("order.paid", &json!({})).await
    }

    /// An event whose first attempt failed, and whose retry waits as a schedule of the server.
    pub async fn scheduled(&self) -> String {
        self.receiver.answer([500]);
        let event = self.publish().await;
        self.tenant.delivery_when(&event, &self.endpoint, "retrying").await;
        wait::until("a schedule", async || self.schedules().await, |found| *found > 0).await;
        event
    }

    /// Publishes what fails once, until a retry of it waits in the queue. Answers with how many it took.
    pub async fn until_taken_again(&self) -> usize {
        let deadline = Instant::now() + wait::PATIENCE;
        let before = self.schedules().await;
        for published in 1.. {
            self.receiver.answer([500]);
            let event = self.publish().await;
            self.tenant.delivery_when(&event, &self.endpoint, "retrying").await;
            if self.schedules().await > before {
                return published;
            }
            assert!(Instant::now() < deadline, "the queue takes nothing");
            self.tenant.delivery_when(&event, &self.endpoint, "success").await;
        }
        unreachable!("numbers do not end")
    }

    /// Retries that wait in the queue.
    pub async fn schedules(&self) -> usize {
        let filter = format!("retry.{}.{}.>", self.shard, self.endpoint.id);
        let retries = self.app.jetstream().get_stream("RETRIES").await.unwrap();
        let subjects = retries.info_with_subjects(&filter).await.unwrap();
        subjects.try_collect::<Vec<_>>().await.unwrap().len()
    }

    pub async fn stream(&self) -> Stream {
        self.app.jetstream().get_stream(format!("DELIVERIES_{}", self.shard)).await.unwrap()
    }

    pub async fn consumer(&self) -> String {
        let names: Vec<String> = self.stream().await.consumer_names().try_collect().await.unwrap();
        assert_eq!(names.len(), 1, "{names:?}");
        names.into_iter().next().unwrap()
    }

    /// The last message that was handed out.
    pub async fn handed_out_to(&self) -> u64 {
        let info = self.stream().await.consumer_info(self.consumer().await).await.unwrap();
        info.delivered.stream_sequence
    }

    /// One request under way and not answered, and so many deliveries in the stream, a message each, that nobody pulls.
    pub async fn stuck_in_the_stream(&self, count: usize) {
        self.receiver.shut();
        let before = self.receiver.requests().len();
        self.publish().await;
        self.receiver.wait_for(before + 1).await;
        let (stream, consumer) = (self.stream().await, self.consumer().await);
        let until = now() + Duration::from_mins(1);
        stream.pause_consumer(&consumer, until).await.unwrap();
        let stored = stream.get_info().await.unwrap().state.messages;
        for _ in 0..count {
            self.publish().await;
        }
        let look = async || stream.get_info().await.unwrap().state.messages;
        wait::until("the messages", look, |messages| *messages == stored + count as u64).await;
        assert_eq!(self.receiver.requests().len(), before + 1);
    }

    /// Everything that was published is delivered, and each request is an attempt in the log.
    pub async fn delivered(&self, count: usize) {
        let found = self.tenant.until_count(&self.endpoint, "success", count).await;
        self.app.settled(&self.tenant).await;
        let mut sent: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for request in self.receiver.requests() {
            let number = request.header("x-webhook-attempt").parse().unwrap();
            sent.entry(request.header("webhook-id").to_owned()).or_default().push(number);
        }
        let recorded = found.iter().map(|delivery| {
            let attempts = delivery["attemptCount"].as_u64().unwrap();
            (text(&delivery["id"]), (1..=attempts).collect())
        });
        for numbers in sent.values_mut() {
            numbers.sort_unstable();
        }
        assert_eq!(sent, recorded.collect());
    }

    pub fn signal(&self, signal: Signal) {
        let pid = self.app.nats.pid().and_then(|pid| Pid::from_raw(pid.cast_signed())).unwrap();
        kill_process(pid, signal).unwrap();
    }
}
