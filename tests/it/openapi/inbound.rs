//! The part of the walk that is about sources, and about what is sent to them.

use bytes::Bytes;
use serde_json::json;

use super::Walk;
use crate::support::app::TestApp;
use crate::support::inbound::Github;
use crate::support::tenant::text;

pub(super) const SECRET: &str = "the secret that GitHub has";
pub(super) const PER_MINUTE: &str = "20";

pub(super) fn of_configuration(app: &TestApp) -> Github {
    let (path, secret) = ("/webhooks/github".to_owned(), SECRET.to_owned());
    Github { client: app.client(), path, secret }
}

impl Walk {
    pub(super) async fn sources(&mut self) {
        let client = self.tenant.client.clone();
        let wanted =
            json!({"kind": "generic-hmac", "name": "Shop", "hmac": {"header": "X-Sig", "fallbackType": "a"}});
        let made = self.seen.done(&client.post("/sources", &wanted).await);
        self.seen
            .done(&client.post("/sources", &json!({"kind": "github", "name": "G", "perMinute": 20})).await);
        self.seen.refused(&client.post("/sources", &wanted).await, "source-limit-reached");
        let path = format!("/sources/{}", text(&made["id"]));
        self.seen.done(&client.get("/sources?limit=1").await);
        self.seen.done(&client.get(&path).await);
        self.seen.done(&client.patch(&path, &json!({"name": "The shop", "perMinute": 7})).await);
        self.seen.done(&client.post(&format!("{path}/rotate-secret"), &json!({"overlap": "1h"})).await);
        let late = client.with_header("if-match", "\"0\"".to_owned());
        self.seen.refused(&late.patch(&path, &json!({})).await, "precondition-failed");
        self.seen.refused(&late.delete(&path).await, "precondition-failed");
        self.seen.done(&client.delete(&path).await);
    }

    pub(super) async fn inbound(&mut self) {
        let (anyone, tenant) = (self.app.client(), self.tenant.clone());
        let (of_tenant, _) = Github::of(&tenant, &anyone, &json!({"perMinute": 20})).await;
        let gone = Github { path: "/inbound/src_01h455vb4pex5vsknk084sn02q".to_owned(), ..of_tenant.clone() };
        self.seen.refused(&gone.send("push", "d-1", "{}").await, "not-found");
        for _ in 0..4 {
            tenant.endpoint(&self.receiver.url(), &["github.push"]).await;
        }
        for github in [of_configuration(&self.app), of_tenant] {
            self.seen.done(&github.send("ping", "d-1", "{}").await);
            self.seen.done(&github.send("fork", &github.path.replace('/', "."), "{}").await);
            self.seen.refused(&github.send("push", "d-2", "{\"wide\":1}").await, "fan-out-too-large");
            self.seen.refused(&github.send("a.b", "d-3", "{}").await, "invalid-request");
            self.seen.refused(&github.send("fork", "d-4", "{").await, "malformed-json");
            let stranger = Github { secret: "another secret altogether".to_owned(), ..github.clone() };
            self.seen.refused(&stranger.send("fork", "d-5", "{}").await, "signature-wrong");
            let text = ("text/plain", Bytes::from("{}"));
            self.seen.refused(&github.send_signed("fork", "d-6", text, "").await, "unsupported-media-type");
            let large = " ".repeat(25 * 1024 * 1024 + 1);
            self.seen.refused(&github.send("fork", "d-7", &large).await, "body-too-large");
            let limit: usize = PER_MINUTE.parse().expect("a number");
            for n in 0..limit {
                github.send("ping", "d-8", &format!("{{\"n\":{n}}}")).await;
            }
            self.seen.refused(&github.send("ping", "d-8", "{}").await, "source-rate-limited");
        }
    }
}
