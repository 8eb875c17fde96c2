//! How one attempt can end, and the test that an owner asks for.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::receiver::Reply;
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::verify::is_signed_by;
use crate::support::{Receiver, app};

/// What comes of an event that is tried once.
async fn tried_once(tenant: &Tenant, url: &str, settings: Value) -> Value {
    let mut settings = settings;
    settings["maxRetries"] = json!(0);
    let endpoint = tenant.endpoint_with(url, &["order.paid"], &settings).await;
    let event = tenant.publish("order.paid", &json!({})).await;
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    tenant.client.delete(&format!("/webhooks/{}", endpoint.id)).await;
    assert_eq!((&dead["deadReason"], &dead["attemptCount"]), (&json!("exhausted"), &json!(1)));
    assert!(dead["error"].as_str().is_some_and(|error| !error.is_empty()), "{dead:#}");
    dead["attempts"][0].clone()
}

#[tokio::test]
async fn each_end_has_its_name() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    receiver.answer([Reply::from(307).with("location", receiver.url_of("/elsewhere"))]);
    let attempt = tried_once(&tenant, &receiver.url(), json!({})).await;
    assert_eq!((&attempt["outcome"], &attempt["response"]["status"]), (&json!("http_error"), &json!(307)));

    receiver.shut();
    let attempt = tried_once(&tenant, &receiver.url(), json!({"timeoutMs": 100})).await;
    assert_eq!((&attempt["outcome"], &attempt["response"]), (&json!("timeout"), &json!(null)));
    assert!(attempt["durationMs"].as_u64().is_some_and(|ms| ms >= 100), "{attempt:#}");
    receiver.open();

    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let attempt = tried_once(&tenant, &format!("http://{free}/"), json!({})).await;
    assert_eq!(attempt["outcome"], "unreachable");

    let plain = receiver.url().replace("http://", "https://");
    let attempt = tried_once(&tenant, &plain, json!({})).await;
    assert_eq!(attempt["outcome"], "tls_error");

    // It answers with something, but that is no HTTP.
    let rude = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", rude.local_addr().unwrap());
    let (attempt, ()) = tokio::join!(tried_once(&tenant, &url, json!({})), async {
        use tokio::io::AsyncWriteExt as _;
        let (mut stream, _) = rude.accept().await.unwrap();
        stream.write_all(b"220 mail.example ESMTP\r\n").await.unwrap();
        stream.flush().await.unwrap();
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.ok();
    });
    assert_eq!(attempt["outcome"], "protocol_error");
    // The redirect was not followed.
    assert!(receiver.requests().iter().all(|request| request.path == "/hook"));
}

#[tokio::test]
async fn an_address_that_may_not_be_reached_any_more_is_blocked() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let url = receiver.url().replace("http://", "https://");
    let endpoint = tenant.endpoint_with(&url, &["order.paid"], &json!({"maxRetries": 0})).await;
    app.restart_with(&[("HOOKYARD__EGRESS__ALLOW_CIDRS", "[]")]).await;
    let tenant = app.again(&tenant);
    let event = tenant.publish("order.paid", &json!({})).await;
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    let attempt = &dead["attempts"][0];
    assert_eq!((&attempt["outcome"], &attempt["response"]), (&json!("blocked"), &json!(null)));
    let again = tenant.client.post("/webhooks", &json!({"url": url, "events": [">"]})).await;
    assert_eq!(again.problem(), (422, "invalid-request".to_owned(), vec!["/url".to_owned()]));
}

async fn test(tenant: &Tenant, endpoint: &Endpoint) -> Value {
    tenant.client.post(&format!("/webhooks/{}/test", endpoint.id), &json!({})).await.expect(200)
}

#[tokio::test]
async fn a_test_is_sent_at_once_and_counts_for_nothing() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"autoDisableAfter": 1, "autoDisableMinDuration": "0s"});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    receiver.answer([Reply::from(200).saying("hello"), Reply::from(500)]);
    let attempt = test(&tenant, &endpoint).await;
    assert_eq!((&attempt["outcome"], &attempt["response"]["status"]), (&json!("succeeded"), &json!(200)));
    assert_eq!(attempt["response"]["body"], "hello");
    let request = receiver.wait_for(1).await.remove(0);
    assert!(is_signed_by(&request, &endpoint.secret));
    assert_eq!(
        (request.header("x-webhook-event"), &request.json()["event"]),
        ("webhook.test", &json!("webhook.test"))
    );
    assert_eq!(attempt["request"]["body"].as_str().map(str::as_bytes), Some(&request.body[..]));

    // One failure would disable it, were this one.
    assert_eq!(test(&tenant, &endpoint).await["outcome"], "http_error");
    let shown = tenant.show(&endpoint).await;
    assert_eq!((&shown["status"], &shown["consecutiveFailures"]), (&json!("active"), &json!(0)));
    tenant.change(&endpoint, &json!({"status": "paused"})).await;
    assert_eq!(test(&tenant, &endpoint).await["outcome"], "succeeded");
    let shown = tenant.show(&endpoint).await;
    assert_eq!((&shown["successCount"], &shown["failureCount"]), (&json!(0), &json!(0)));
    assert_eq!(shown["status"], "paused");
    assert_eq!(tenant.deliveries("").await, Vec::<Value>::new());
    assert_eq!(receiver.requests().len(), 3);
    let unknown = tenant.client.post("/webhooks/ep_00000000000000000000000000/test", &json!({})).await;
    assert_eq!(unknown.problem().0, 404);
}

#[tokio::test]
async fn a_test_may_be_of_an_event_type_with_its_example() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let (tenant, rival) = (app.tenant("acme").await, app.tenant("rival").await);
    let endpoint = tenant.endpoint(&receiver.url(), &["member.created"]).await;
    let path = format!("/webhooks/{}/test", endpoint.id);
    let described = async |tenant: &Tenant, example: &str| {
        let body = ("application/json", format!(r#"{{"example":{example}}}"#).into());
        let put = tenant.client.send(reqwest::Method::PUT, "/event-types/order.paid", Some(body));
        put.await.expect(200);
    };
    // What others say of the type is none of its business.
    described(&rival, "7").await;
    let of_type = json!({"event": "order.paid"});
    let refused = tenant.client.post(&path, &of_type).await;
    assert!(refused.text().contains("PUT /api/v1/event-types/order.paid"), "{}", refused.text());
    assert_eq!(refused.problem(), (422, "invalid-request".to_owned(), vec!["/event".to_owned()]));
    let example = r#"{"order":{"id":18446744073709551616},"amount":12.50}"#;
    described(&tenant, example).await;
    let attempt = tenant.client.post(&path, &of_type).await.expect(200);
    assert_eq!(attempt["outcome"], "succeeded");
    let given = json!({"event": "order.lost", "data": null});
    tenant.client.post(&path, &given).await.expect(200);
    tenant.client.post(&path, &json!({"data": [1]})).await.expect(200);
    let requests = receiver.wait_for(3).await;
    let first = String::from_utf8_lossy(&requests[0].body).into_owned();
    assert!(first.contains(&format!(r#""data":{example}"#)), "{first}");
    assert_eq!(attempt["request"]["body"], first);
    let got =
        requests.iter().map(|request| (request.json()["event"].clone(), request.json()["data"].clone()));
    let expected = [("order.lost", Value::Null), ("webhook.test", json!([1]))];
    assert_eq!(got.skip(1).collect::<Vec<_>>(), expected.map(|(event, data)| (json!(event), data)));
    assert_eq!(tenant.deliveries("").await, Vec::<Value>::new());
}

/// A NUL, which neither Postgres nor every reader of JSON takes for text.
#[tokio::test]
async fn an_answer_that_is_no_text_is_kept_as_base64() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"customHeaders": {"X-Api-Key": "s3cr3t", "X-Env": "prod"}});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    receiver.answer([Reply::from(200).saying("a\0b"), Reply::from(200).saying("grüße")]);
    for (body, encoding) in [("YQBi", "base64"), ("grüße", "utf8")] {
        let event = tenant.publish("order.paid", &json!({})).await;
        let delivery = tenant.delivery_when(&event, &endpoint, "success").await;
        let (request, response) = (&delivery["attempts"][0]["request"], &delivery["attempts"][0]["response"]);
        assert_eq!((&response["body"], &response["bodyEncoding"]), (&json!(body), &json!(encoding)));
        let headers = &request["headers"];
        assert_eq!((&headers["X-Api-Key"], &headers["X-Env"]), (&json!("***"), &json!("prod")));
    }
}
