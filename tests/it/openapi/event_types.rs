//! The part of the walk that is about the catalogue of event types.

use bytes::Bytes;
use reqwest::Method;
use serde_json::json;

use super::{JSON, Walk};

impl Walk {
    pub(super) async fn event_types(&mut self) {
        let client = self.tenant.client.clone();
        let words = Bytes::from(json!({"description": "Somebody paid", "example": {"id": 1}}).to_string());
        let path = "/event-types/order.paid";
        self.seen.done(&client.send(Method::PUT, path, Some((JSON, words))).await);
        self.seen.done(&client.get(path).await);
        self.seen.done(&client.get("/event-types?limit=1").await);
        self.seen.done(&client.delete(path).await);
    }
}
