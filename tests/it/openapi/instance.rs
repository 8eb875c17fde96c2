//! The part of the walk that is about the instance.

use serde_json::json;

use super::Walk;

impl Walk {
    pub(super) async fn chaos(&mut self) {
        let fault = json!({"actor": "auditor", "how": "kill"});
        self.seen.done(&self.app.operator().post("/chaos/kill", &fault).await);
    }

    pub(super) async fn configuration(&mut self) {
        let reloaded = self.seen.done(&self.app.operator().post("/config/reload", &json!({})).await);
        let none = json!({"added": [], "removed": [], "changed": [], "unchanged": 0});
        assert_eq!(reloaded, json!({"sources": none, "needRestart": []}));
    }

    pub(super) async fn status(&mut self) {
        let status = self.seen.done(&self.app.operator().get("/status").await);
        assert_eq!(
            (&status["stores"]["ledger"], &status["nodes"][0]["shards"]),
            (&json!("ok"), &json!([0, 1, 2, 3]))
        );
        assert!(status["endpoints"]["active"].as_u64() > Some(0), "{status}");
        self.seen.done(&self.app.operator().get("/doctor").await);
    }

    pub(super) async fn audit_log(&mut self) {
        let which = "action=actor.killed&subject=auditor&since=2026-01-02T03:04:05Z&limit=1";
        let shown = self.seen.done(&self.app.operator().get(&format!("/audit-log?{which}")).await);
        assert_eq!(shown["items"][0]["role"], "operator");
    }
}
