//! Attempts as they end, for those who look on.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::nodes::{Ledger, SETTINGS, SHARDS, endpoint_in_each_shard};
use crate::support::ledger::now;
use crate::support::tenant::text;
use crate::support::{Receiver, app, app_with, process_with};

#[tokio::test]
async fn every_attempt_is_told_to_its_own_tenant_as_it_ends() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let (tenant, other) = (app.tenant("acme").await, app.tenant("other").await);
    let endpoint = tenant.endpoint(&receiver.url(), &["order.>"]).await;
    let beside = tenant.endpoint(&receiver.url(), &["beside"]).await;
    let operator = app.operator().with_header("x-tenant-id", "acme".to_owned());
    let mut streams = [tenant.client.follow("/stream").await, operator.follow("/stream").await];
    let mut of_one = tenant.client.follow(&format!("/stream?webhookId={}", beside.id)).await;
    let mut of_another = other.client.follow("/stream").await;
    receiver.answer([503, 200]);
    let event = tenant.publish("order.paid", &json!({"n": 1})).await;
    let delivery = tenant.delivery_when(&event, &endpoint, "success").await;
    for stream in &mut streams {
        let (first, second) = (stream.attempt().await, stream.attempt().await);
        for (attempt, number) in [(&first, 1), (&second, 2)] {
            assert_eq!(attempt["deliveryId"], delivery["id"]);
            assert_eq!((text(&attempt["eventId"]), &attempt["number"]), (event.clone(), &json!(number)));
            assert_eq!(
                (&attempt["webhookId"], &attempt["event"]),
                (&json!(endpoint.id), &json!("order.paid"))
            );
        }
        let of = |attempt: &Value| {
            ["outcome", "responseStatus", "verdict", "status"].map(|name| attempt[name].clone())
        };
        assert_eq!(of(&first), [json!("http_error"), json!(503), json!("retry"), json!("retrying")]);
        assert!(first["nextAttemptAt"].is_string() && first["error"].is_string(), "{first}");
        assert_eq!(of(&second), [json!("succeeded"), json!(200), json!("delivered"), json!("success")]);
        assert!(second["nextAttemptAt"].is_null() && second["error"].is_null(), "{second}");
        assert!(stream.is_quiet().await);
    }
    assert!(of_another.is_quiet().await);
    tenant.publish("beside", &json!({})).await;
    // Nothing of the other endpoint came before it.
    assert_eq!(of_one.attempt().await["webhookId"], beside.id.as_str());
    assert_eq!(
        tenant.client.get(&format!("/stream?webhookId={}", "ep_01h455vb4pex5vsknk084sn02q")).await.status,
        404
    );
}

#[tokio::test]
async fn a_stream_ends_with_its_key_and_with_the_service_and_not_with_a_request() {
    let settings = [
        ("HOOKYARD__SERVER__REQUEST_TIMEOUT", "6s"),
        ("HOOKYARD__EGRESS__TIMEOUT_MS_MAX", "500"),
        ("HOOKYARD__EGRESS__CONNECT_TIMEOUT", "500ms"),
        ("HOOKYARD__DELIVERY__TIMEOUT_MS", "500"),
    ];
    let (mut app, receiver) = (app_with(&settings).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let wanted = json!({"name": "short", "role": "viewer"});
    let key = tenant.client.post("/keys", &wanted).await.expect(201);
    let mut revoked = app.client().with_key(&text(&key["key"])).follow("/stream").await;
    let soon = now() + Duration::from_secs(2);
    let soon = soon.format(&time::format_description::well_known::Rfc3339).unwrap();
    let wanted = json!({"name": "soon over", "role": "viewer", "expiresAt": soon});
    let expiring = tenant.client.post("/keys", &wanted).await.expect(201);
    let mut expired = app.client().with_key(&text(&expiring["key"])).follow("/stream").await;
    let mut lasting = tenant.client.follow("/stream").await;
    // Longer than a request may take.
    sleep(Duration::from_millis(6500)).await;
    tenant.publish("a", &json!({})).await;
    for stream in [&mut revoked, &mut lasting] {
        assert_eq!(stream.attempt().await["event"], "a");
    }
    tenant.client.delete(&format!("/keys/{}", text(&key["id"]))).await.expect(204);
    assert_eq!(revoked.next().await, None);
    while let Some(event) = expired.next().await {
        assert_eq!(event.name, "attempt");
    }
    tenant.publish("b", &json!({})).await;
    assert_eq!(lasting.attempt().await["event"], "b");
    let began = std::time::Instant::now();
    app.stop().await;
    assert_eq!(lasting.next().await, None);
    assert!(began.elapsed() < Duration::from_secs(3), "the drain waited for a reader");
}

#[tokio::test]
async fn whichever_node_is_asked_it_tells_what_all_of_them_send() {
    let (process, receiver) = (process_with(&SETTINGS).await, Receiver::start().await);
    let (ledger, second) = (Ledger::of(&process).await, process.beside().await);
    ledger.until_shared(&[3, 3]).await;
    let (tenant, other) = (process.tenant("acme").await, process.tenant("other").await);
    let endpoints = endpoint_in_each_shard(&tenant, &receiver, &json!({})).await;
    other.endpoint(&receiver.url(), &["order.>"]).await;
    let on_second = second.again(&tenant);
    let mut streams = [tenant.client.follow("/stream").await, on_second.client.follow("/stream").await];
    let mut of_another = second.again(&other).client.follow("/stream").await;
    let wanted: HashSet<String> = endpoints.iter().map(|endpoint| endpoint.id.clone()).collect();
    for _ in 0..3 {
        let event = tenant.publish("order.paid", &json!({})).await;
        for stream in &mut streams {
            let mut told = HashSet::new();
            for _ in 0..SHARDS {
                let attempt = stream.attempt().await;
                assert_eq!(
                    (text(&attempt["eventId"]), &attempt["event"]),
                    (event.clone(), &json!("order.paid"))
                );
                told.insert(text(&attempt["webhookId"]));
            }
            assert_eq!(told, wanted);
        }
    }
    for stream in streams.iter_mut().chain([&mut of_another]) {
        assert!(stream.is_quiet().await);
    }
    drop(second);
}
