//! Actors that die on command.

use serde_json::json;

use super::app::TestApp;
use super::tenant::{Endpoint, text};
use super::wait;

/// The settings under which operators may have actors killed.
pub const CHAOS: [(&str, &str); 4] = [
    ("HOOKYARD__CHAOS__ENABLED", "true"),
    // What nobody acknowledged comes again within the patience of a test.
    ("HOOKYARD__QUEUE__ACK_WAIT", "10s"),
    ("HOOKYARD__EGRESS__TIMEOUT_MS_MAX", "5000"),
    ("HOOKYARD__DELIVERY__TIMEOUT_MS", "5000"),
];

/// How an actor may die.
pub const DEATHS: [&str; 2] = ["kill", "panic"];

/// Strikes as soon as there is such an actor: answers with who was hit, which may be `random`.
pub async fn strike(app: &TestApp, actor: &str, how: &str) -> String {
    let body = json!({"actor": actor, "how": how});
    let look = async || app.operator().post("/chaos/kill", &body).await;
    let what = format!("{actor} to be alive");
    let answer = wait::until(&what, look, |answer| answer.status == 200).await.json();
    let hit = text(&answer["actor"]);
    assert!(answer["how"] == how && (hit == actor || actor == "random"), "{answer}");
    hit
}

pub fn actor_of(endpoint: &Endpoint) -> String {
    format!("endpoint:{}", endpoint.id)
}
