//! What attempts came to: of one endpoint by hour, and which endpoints do worst.

use domain::counts::Counts;
use domain::outcome::Outcome;
use hookyard::ledger::hours::{self, Hour};
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::ledger::{now, world};
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::{Receiver, app, wait};

async fn stats_when(tenant: &Tenant, endpoint: &Endpoint, attempts: u64) -> Value {
    let path = format!("/webhooks/{}/stats?window=1h", endpoint.id);
    let look = async || tenant.client.get(&path).await.expect(200);
    wait::until("its attempts to be counted", look, |stats| stats["attempts"] == attempts).await
}

async fn top(tenant: &Tenant, by: &str) -> Vec<(Value, Value)> {
    let top = tenant.client.get(&format!("/webhooks/top?by={by}&window=1h")).await.expect(200);
    let items = top["items"].as_array().cloned().unwrap_or_default();
    items.into_iter().map(|item| (item["webhookId"].clone(), item)).collect()
}

#[tokio::test]
async fn attempts_are_counted_and_endpoints_ranked() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let (tenant, other) = (app.tenant("acme").await, app.tenant("other").await);
    let good = tenant.endpoint(&receiver.url(), &["good"]).await;
    let bad = tenant.endpoint("http://127.0.0.1:9/", &["bad"]).await;
    let paused = tenant.endpoint(&receiver.url(), &["paused"]).await;
    tenant.change(&paused, &json!({"status": "paused"})).await;
    receiver.answer([500, 200]);
    tenant.publish("good", &json!({})).await;
    tenant.publish("bad", &json!({})).await;
    tenant.publish_many("paused", 7).await;
    let of_good = stats_when(&tenant, &good, 2).await;
    assert_eq!(
        (&of_good["outcomes"]["succeeded"], &of_good["outcomes"]["http_error"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(of_good["successRate"], 0.5);
    // Both may have been on both sides of a full hour.
    let hours = of_good["hours"].as_array().unwrap();
    assert_eq!(hours.iter().filter_map(|hour| hour["attempts"].as_u64()).sum::<u64>(), 2);
    let of_bad = stats_when(&tenant, &bad, 3).await;
    assert_eq!((&of_bad["outcomes"]["unreachable"], &of_bad["successRate"]), (&json!(3), &json!(0.0)));
    let failures = top(&tenant, "failures").await;
    let ids = |ranked: &[(Value, Value)]| ranked.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&failures), [json!(bad.id), json!(good.id)]);
    assert_eq!((&failures[0].1["failures"], &failures[1].1["failures"]), (&json!(3), &json!(1)));
    assert_eq!(top(&tenant, "latency").await.len(), 2);
    let backlog = top(&tenant, "backlog").await;
    assert_eq!((ids(&backlog), &backlog[0].1["queued"]), (vec![json!(paused.id)], &json!(7)));
    assert!(top(&other, "failures").await.is_empty() && top(&other, "backlog").await.is_empty());
    assert_eq!(other.client.get(&format!("/webhooks/{}/stats", good.id)).await.status, 404);
    // What was counted last goes to the ledger with the end of the service.
    tenant.publish("good", &json!({})).await;
    receiver.wait_for(3).await;
    app.restart().await;
    let again = app.again(&tenant);
    let seen = again.client.get(&format!("/webhooks/{}/stats", good.id)).await.expect(200);
    assert_eq!(seen["attempts"], 3);
}

#[tokio::test]
async fn nodes_add_to_the_same_hours_and_what_is_gone_is_dropped() {
    let world = world().await;
    let (endpoint, gone) = (world.endpoint("a").await, domain::id::EndpointId(uuid::Uuid::nil()));
    let hour = now().replace_nanosecond(0).unwrap().replace_second(0).unwrap().replace_minute(0).unwrap();
    let mut counts = Counts::default();
    counts.add(Outcome::Succeeded, 10);
    counts.add(Outcome::Timeout, 3000);
    let of = |endpoint, hour| Hour { endpoint, hour, counts: counts.clone() };
    let before = hour - Duration::from_hours(1);
    let batch = [of(endpoint, hour), of(endpoint, before), of(gone, hour)];
    let both = || async { tokio::join!(hours::add(&world.pool, &batch), hours::add(&world.pool, &batch)) };
    for _ in 0..10 {
        let (one, other) = both().await;
        one.and(other).unwrap();
    }
    let found = hookyard::ledger::admin::statistics::by_hour(&world.pool, endpoint, before).await.unwrap();
    let mut expected = Counts::default();
    for _ in 0..20 {
        expected.merge(&counts);
    }
    assert_eq!(found, [(before, expected.clone()), (hour, expected)]);
    let rows =
        sqlx::query_scalar::<_, i64>("select count(*) from endpoint_hours").fetch_one(&world.pool).await;
    assert_eq!(rows.unwrap(), 2);
}
