//! A tenant with the key of its admin: what a user of the service does, in the words of the journeys.

use std::ops::Range;

use bytes::Bytes;
use domain::id::{EndpointId, Shard};
use reqwest::Method;
use serde_json::{Value, json};

use super::app::SHARDS;
use super::client::{Answer, Client};
use super::wait;

#[derive(Clone, Debug)]
pub struct Tenant {
    pub id: String,
    pub client: Client,
}

/// An endpoint as its creation answered.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub id: String,
    pub secret: String,
}

impl Endpoint {
    /// The shard that its deliveries go through.
    pub fn shard(&self) -> Shard {
        Shard::of(self.id.parse::<EndpointId>().expect("an endpoint's id"), SHARDS)
    }
}

/// What an endpoint of the journeys asks for where it does not say otherwise: no retry that a test would wait for.
fn defaults(url: &str, events: &[&str]) -> Value {
    json!({"url": url, "events": events, "maxRetries": 2, "retrySchedule": ["0s", "100ms", "200ms"]})
}

impl Tenant {
    pub async fn endpoint(&self, url: &str, events: &[&str]) -> Endpoint {
        self.endpoint_with(url, events, &json!({})).await
    }

    /// An endpoint with `settings` besides.
    pub async fn endpoint_with(&self, url: &str, events: &[&str], settings: &Value) -> Endpoint {
        let mut body = defaults(url, events);
        for (name, value) in settings.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let made = self.client.post("/webhooks", &body).await.expect(201);
        Endpoint { id: text(&made["id"]), secret: text(&made["secret"]) }
    }

    /// An endpoint that shares its shard with another.
    pub async fn neighbour(&self, of: &Endpoint, url: &str, events: &[&str]) -> Endpoint {
        loop {
            let made = self.endpoint(url, events).await;
            if made.shard() == of.shard() {
                return made;
            }
            self.client.delete(&format!("/webhooks/{}", made.id)).await.expect(204);
        }
    }

    pub async fn show(&self, endpoint: &Endpoint) -> Value {
        self.client.get(&format!("/webhooks/{}", endpoint.id)).await.expect(200)
    }

    pub async fn change(&self, endpoint: &Endpoint, change: &Value) -> Value {
        self.client.patch(&format!("/webhooks/{}", endpoint.id), change).await.expect(200)
    }

    /// Publishes an event whose payload is sent as these very bytes.
    pub async fn publish_raw(&self, event: &str, data: &str) -> Answer {
        let body = format!("{{\"event\":\"{event}\",\"data\":{data}}}");
        self.client.send(Method::POST, "/events", Some(("application/json", Bytes::from(body)))).await
    }

    /// Publishes an event and answers with its id.
    pub async fn publish(&self, event: &str, data: &Value) -> String {
        let receipt = self.publish_raw(event, &data.to_string()).await.expect(202);
        assert_eq!(receipt["duplicate"], false);
        text(&receipt["eventId"])
    }

    /// Publishes `count` events in one batch, with `{"n": 0}`, `{"n": 1}`, … in them.
    pub async fn publish_many(&self, event: &str, count: usize) {
        self.publish_numbers(event, 0..count).await;
    }

    /// The same with these numbers.
    pub async fn publish_numbers(&self, event: &str, numbers: Range<usize>) {
        let count = numbers.len();
        let events: Vec<Value> = numbers.map(|n| json!({"event": event, "data": {"n": n}})).collect();
        let receipts = self.client.post("/events/batch", &json!(events)).await.expect(202);
        assert_eq!(receipts["items"].as_array().map(Vec::len), Some(count));
    }

    /// The deliveries that a query finds, of all pages.
    pub async fn deliveries(&self, query: &str) -> Vec<Value> {
        self.list(&format!("/deliveries?limit=250&{query}")).await
    }

    pub async fn dead_letters(&self) -> Vec<Value> {
        self.list("/dead-letters?limit=250").await
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.client.get(&format!("{path}&cursor={cursor}")).await.expect(200);
            found.extend(page["items"].as_array().cloned().unwrap_or_default());
            let Some(next) = page["nextCursor"].as_str() else { return found };
            next.clone_into(&mut cursor);
        }
    }

    /// A replay, as soon as it is over.
    pub async fn replay_over(&self, id: &str) -> Value {
        let path = format!("/replays/{id}");
        let look = async || self.client.get(&path).await.expect(200);
        wait::until("the replay to end", look, |replay| replay["finishedAt"].is_string()).await
    }

    /// A delivery with its attempts.
    pub async fn delivery(&self, id: &str) -> Value {
        self.client.get(&format!("/deliveries/{id}")).await.expect(200)
    }

    /// The delivery of an event to an endpoint, as soon as its status is this.
    pub async fn delivery_when(&self, event: &str, endpoint: &Endpoint, status: &str) -> Value {
        let what = format!("delivery of {event} to {} to be {status}", endpoint.id);
        let look = async || self.delivery_of(event, endpoint).await;
        wait::until(&what, look, |delivery| delivery["status"] == status).await
    }

    /// The delivery of an event to an endpoint, with its attempts.
    pub async fn delivery_of(&self, event: &str, endpoint: &Endpoint) -> Value {
        let event = self.client.get(&format!("/events/{event}")).await.expect(200);
        let found = event["deliveries"].as_array().and_then(|deliveries| {
            deliveries.iter().find(|delivery| delivery["webhookId"] == endpoint.id.as_str())
        });
        match found {
            Some(delivery) => self.delivery(&text(&delivery["id"])).await,
            None => panic!("{} is not owed {event}", endpoint.id),
        }
    }

    /// Until so many deliveries of an endpoint have this status.
    pub async fn until_count(&self, endpoint: &Endpoint, status: &str, count: usize) -> Vec<Value> {
        let what = format!("{count} deliveries of {} to be {status}", endpoint.id);
        let query = format!("webhookId={}&status={status}", endpoint.id);
        wait::until(&what, async || self.deliveries(&query).await, |found| found.len() == count).await
    }

    /// Until an endpoint's status is this.
    pub async fn until_status(&self, endpoint: &Endpoint, status: &str) -> Value {
        let what = format!("{} to be {status}", endpoint.id);
        wait::until(&what, async || self.show(endpoint).await, |shown| shown["status"] == status).await
    }
}

/// A text that has to be there.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
