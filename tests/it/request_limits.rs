//! A key makes as many requests as it may: what is past that is told when to come back, and nothing of it is done.

use serde_json::json;

use crate::support::app_with;
use crate::support::client::Answer;

/// The seconds that it says to wait.
fn wait(answer: &Answer) -> u64 {
    answer.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds")
}

#[tokio::test]
async fn a_key_that_asks_too_often_waits_and_no_other_does() {
    let app = app_with(&[("HOOKYARD__LIMITS__REQUESTS_PER_MINUTE", "4")]).await;
    let tenant = app.tenant("acme").await;
    let client = app.client().with_key(&app.key(&tenant.id, "editor").await);
    for left in (0..4).rev() {
        let answer = client.get("/webhooks").await;
        assert_eq!(answer.header("ratelimit-policy"), Some(r#""requests";q=4;w=60"#));
        let standing = answer.header("ratelimit").expect("where it stands").to_owned();
        assert!(standing.starts_with(&format!(r#""requests";r={left};t="#)), "{standing}");
        answer.expect(200);
    }
    let refused = client.post("/webhooks", &json!({})).await;
    assert_eq!(
        refused.problem(),
        (429, "rate-limited".to_owned(), Vec::new()),
        "before anything else is looked at"
    );
    assert!((1..=15).contains(&wait(&refused)), "{}", wait(&refused));
    let published = client.post("/events", &json!({"event": "order.paid", "data": {}})).await;
    assert_eq!(published.header("ratelimit"), None, "publishing is not limited");
    published.expect(202);
    app.client().with_key(&app.key(&tenant.id, "editor").await).get("/webhooks").await.expect(200);
}

#[tokio::test]
async fn publishing_has_a_limit_of_its_own() {
    let app = app_with(&[("HOOKYARD__LIMITS__PUBLISHES_PER_MINUTE", "2")]).await;
    let tenant = app.tenant("acme").await;
    let client = app.client().with_key(&app.key(&tenant.id, "editor").await);
    let event = json!({"event": "order.paid", "data": {}});
    client.post("/events", &event).await.expect(202);
    client.post("/events/batch", &json!([event])).await.expect(202);
    let refused = client.post("/events", &event).await;
    assert_eq!(refused.problem().1, "rate-limited");
    assert_eq!(refused.header("ratelimit-policy"), Some(r#""publishes";q=2;w=60"#));
    assert!((1..=30).contains(&wait(&refused)), "{}", wait(&refused));
    let events = client.get("/events").await.expect(200);
    assert_eq!(events["items"].as_array().map(Vec::len), Some(2), "what was refused was not taken: {events}");
}
