//! The part of the walk that is about numbers, and about what is gone.

use serde_json::json;
use sqlx::PgPool;

use super::Walk;

impl Walk {
    pub(super) async fn statistics(&mut self) {
        let client = self.tenant.client.clone();
        self.seen.done(&client.get(&format!("/webhooks/{}/stats?window=1h30m", self.endpoint)).await);
        self.seen.done(&client.get(&format!("/webhooks/{}/state", self.endpoint)).await);
        for of in
            ["stats?window=1h", "webhooks?stats=7d", "dead-letters/groups", "webhooks/defaults", "whoami"]
        {
            self.seen.done(&client.get(&format!("/{of}")).await);
        }
        for by in ["failures", "latency", "backlog"] {
            self.seen.done(&client.get(&format!("/webhooks/top?by={by}&window=30d&limit=50")).await);
        }
    }

    /// As retention does when it is time.
    pub(super) async fn lose_payload(&mut self, event: &str, retry: &str) {
        let id = event.parse::<domain::id::EventId>().unwrap();
        let pool = PgPool::connect(&self.app.postgres.url()).await.unwrap();
        sqlx::query("update events set data = null where id = $1").bind(id.0).execute(&pool).await.unwrap();
        self.seen.refused(&self.tenant.client.post(retry, &json!({})).await, "payload-expired");
    }
}
