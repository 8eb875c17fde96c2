//! Keys end when they should, on every node: deleted, changed, expired, or with their tenant.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::ledger::now;
use crate::support::site::{OPERATOR, Site, site};
use crate::support::tenant::text;
use crate::support::wait;

async fn make(site: &Site, role: &str) -> (String, String) {
    let asked = json!({"name": role, "role": role, "tenantId": "acme"});
    let (status, made) = site.call(OPERATOR, "POST /keys", asked).await;
    assert_eq!(status, 201, "{made}");
    (text(&made["key"]), format!("/keys/{}", text(&made["id"])))
}

async fn opens(site: &Site, key: &str) -> u16 {
    site.call(key, "GET /webhooks", Value::Null).await.0
}

#[tokio::test]
async fn a_key_that_is_deleted_or_changed_on_one_node_is_so_on_the_other() {
    let here = site().await;
    let there = here.beside();
    let (deleted, its) = make(&here, "admin").await;
    let (changed, path) = make(&here, "viewer").await;
    let (last, _) = make(&here, "viewer").await;
    for site in [&here, &there] {
        for key in [&deleted, &changed, &last] {
            assert_eq!(opens(site, key).await, 200);
        }
    }
    assert_eq!(there.call(&deleted, &format!("DELETE {its}"), Value::Null).await.0, 204);
    assert_eq!(opens(&there, &deleted).await, 401);
    here.look().await;
    assert_eq!(opens(&here, &deleted).await, 401);
    for site in [&here, &there] {
        assert_eq!(opens(site, &changed).await, 200);
    }
    assert_eq!(here.call(OPERATOR, &format!("PATCH {path}"), json!({"role": "producer"})).await.0, 200);
    assert_eq!(opens(&here, &changed).await, 403);
    there.look().await;
    assert_eq!(opens(&there, &changed).await, 403);
    assert_eq!(opens(&there, &last).await, 200);
    assert_eq!(here.call(OPERATOR, "DELETE /tenants/acme", Value::Null).await.0, 204);
    there.look().await;
    for site in [&here, &there] {
        assert_eq!(opens(site, &last).await, 401);
    }
}

#[tokio::test]
async fn a_key_seen_lately_is_not_looked_up_again() {
    let site = site().await;
    let (key, _) = make(&site, "viewer").await;
    assert_eq!(opens(&site, &key).await, 200);
    // Behind the service's back: nothing says that there was a change.
    sqlx::query("delete from keys where role = 4").execute(&site.world.pool).await.unwrap();
    assert_eq!(opens(&site, &key).await, 200);
    // Any change at all, and it is.
    site.world.endpoint("a").await;
    site.look().await;
    assert_eq!(opens(&site, &key).await, 401);
}

#[tokio::test]
async fn a_key_expires_while_it_is_in_use() {
    let site = site().await;
    let (key, path) = make(&site, "viewer").await;
    assert_eq!(opens(&site, &key).await, 200);
    let end = domain::event::rfc3339_millis(now() + Duration::from_secs(1));
    let (status, changed) = site.call(OPERATOR, &format!("PATCH {path}"), json!({"expiresAt": end})).await;
    assert_eq!((status, &changed["expiresAt"]), (200, &json!(end)));
    assert_eq!(opens(&site, &key).await, 200);
    wait::until("the key to expire", async || opens(&site, &key).await, |status| *status == 401).await;
    let (_, shown) = site.call(OPERATOR, &format!("GET {path}"), Value::Null).await;
    assert!(key.starts_with(&text(&shown["prefix"])) && shown["lastUsedAt"].is_string(), "{shown}");
}
