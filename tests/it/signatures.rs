//! Signatures by ed25519, beside those by the secret or alone.

use serde_json::{Value, json};

use crate::support::receiver::Request;
use crate::support::tenant::{Endpoint, Tenant, text};
use crate::support::verify::{is_signed_by, is_signed_by_key};
use crate::support::{Receiver, app};

/// The next request that an event causes.
async fn next(tenant: &Tenant, receiver: &Receiver) -> Request {
    let before = receiver.requests().len();
    tenant.publish("order.paid", &json!({"n": 1})).await;
    receiver.wait_for(before + 1).await.remove(before)
}

fn versions(request: &Request) -> Vec<&str> {
    let signatures = request.header("webhook-signature").split(' ');
    signatures.filter_map(|signature| Some(signature.split_once(',')?.0)).collect()
}

async fn rotate(tenant: &Tenant, endpoint: &Endpoint, overlap: &str) -> Value {
    let path = format!("/webhooks/{}/rotate-secret", endpoint.id);
    tenant.client.post(&path, &json!({"overlap": overlap})).await.expect(200)
}

#[tokio::test]
async fn v1a_is_signed_by_a_key_whose_public_half_is_shown() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"signatures": ["v1a", "v1"]});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    let shown = tenant.show(&endpoint).await;
    assert_eq!(shown["signatures"], json!(["v1", "v1a"]));
    let public_key = text(&shown["publicKey"]);
    let request = next(&tenant, &receiver).await;
    assert_eq!(versions(&request), ["v1", "v1a"]);
    assert!(is_signed_by(&request, &endpoint.secret) && is_signed_by_key(&request, &public_key));

    let shown = tenant.change(&endpoint, &json!({"signatures": ["v1a"]})).await;
    assert_eq!(shown["publicKey"], public_key.as_str());
    let request = next(&tenant, &receiver).await;
    assert_eq!(versions(&request), ["v1a"]);
    assert!(is_signed_by_key(&request, &public_key) && !is_signed_by(&request, &endpoint.secret));

    let shown = tenant.change(&endpoint, &json!({"signatures": ["v1"]})).await;
    assert_eq!(shown["publicKey"], Value::Null);
    assert_eq!(versions(&next(&tenant, &receiver).await), ["v1"]);
}

#[tokio::test]
async fn in_an_overlap_the_keys_of_both_secrets_sign() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"signatures": ["v1", "v1a"]});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    let former = text(&tenant.show(&endpoint).await["publicKey"]);
    let rotated = rotate(&tenant, &endpoint, "1h").await;
    let newest = text(&rotated["publicKey"]);
    assert_ne!(former, newest);
    let request = next(&tenant, &receiver).await;
    assert_eq!(versions(&request), ["v1", "v1a", "v1", "v1a"]);
    assert!(is_signed_by_key(&request, &former) && is_signed_by_key(&request, &newest));
    assert!(is_signed_by(&request, &endpoint.secret) && is_signed_by(&request, &text(&rotated["secret"])));

    let rotated = rotate(&tenant, &endpoint, "0s").await;
    let request = next(&tenant, &receiver).await;
    assert!(is_signed_by_key(&request, &text(&rotated["publicKey"])));
    assert!(!is_signed_by_key(&request, &former) && !is_signed_by_key(&request, &newest));
}

/// As every secret was that is older than `v1a`.
#[tokio::test]
async fn a_secret_without_a_key_gets_one_when_v1a_is_asked_for() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["order.paid"]).await;
    rotate(&tenant, &endpoint, "1h").await;
    let pool = app.pool().await;
    let forget = "update endpoint_secrets set key_sealed = null, key_vault_key = null, public_key = null";
    assert_eq!(sqlx::query(forget).execute(&pool).await.unwrap().rows_affected(), 2);
    let shown = tenant.change(&endpoint, &json!({"signatures": ["v1a"]})).await;
    let request = next(&tenant, &receiver).await;
    assert_eq!(versions(&request), ["v1a", "v1a"]);
    assert!(is_signed_by_key(&request, &text(&shown["publicKey"])));
}
