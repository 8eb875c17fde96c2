//! Very many endpoints, nearly all of them idle: they cost no actor.

use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use crate::support::app::TestApp;
use crate::support::{Receiver, app_with, wait};

const IDLE: i32 = 100_000;

/// As `IDLE` calls of the API would have made them, each with a pattern and a secret of its own. Nobody opens the
/// secrets.
async fn register_idle(app: &TestApp, tenant: &str) {
    let mut connection = PgConnection::connect(&app.postgres.url()).await.expect("a connection");
    let written = sqlx::query(
        "with raised as (update subscriptions_version set version = version + 1 returning version),
         made as (
             insert into endpoints (id, tenant, name, url, header_prefix, max_in_flight, timeout_ms, max_retries,
                 retry_schedule, auto_disable_after, auto_disable_min_duration_ms, version)
             select overlay(gen_random_uuid()::text placing '7' from 15)::uuid, $1, 'idle ' || n,
                 'https://example.com/hook/' || n, 'X-Webhook-', 8, 15000, 3, '[\"0s\", \"1m\"]', 20, 3600000,
                 raised.version
             from raised, generate_series(1, $2) n
             returning id, name
         ),
         subscribed as (
             insert into subscriptions (endpoint_id, pattern, ordinal)
             select id, 'order.' || replace(name, ' ', '_') || '.>', 1 from made
         )
         insert into endpoint_secrets (endpoint_id, number, sealed, vault_key, hint)
         select id, 1, decode(repeat('07', 72), 'hex'), 'test', 'dumb' from made",
    )
    .bind(tenant)
    .bind(IDLE)
    .execute(&mut connection)
    .await
    .expect("rows as the schema wants them");
    assert_eq!(written.rows_affected(), u64::from(IDLE.cast_unsigned()));
    // As it was done long ago, where nobody registers so many in a moment.
    sqlx::query("analyze").execute(&mut connection).await.expect("statistics");
    connection.close().await.expect("a clean end");
}

async fn actors(app: &TestApp) -> u64 {
    app.counter("hookyard_endpoint_actors").await
}

#[tokio::test]
async fn a_hundred_thousand_idle_endpoints_cost_no_actor() {
    // An actor lives longer than it is between two rounds of the auditor, who counts them: none is missed.
    let settings = [
        ("HOOKYARD__LIMITS__ENDPOINTS_PER_TENANT", "200000"),
        ("HOOKYARD__AUDIT__GRACE", "1s"),
        ("HOOKYARD__DELIVERY__IDLE_STOP", "5s"),
    ];
    let (mut app, receiver) = (app_with(&settings).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    app.stop().await;
    register_idle(&app, &tenant.id).await;
    app.start().await;
    assert_eq!(actors(&app).await, 0);

    let tenant = app.again(&tenant);
    let endpoint = tenant.endpoint(&receiver.url(), &["order.live"]).await;
    receiver.shut();
    let event = tenant.publish("order.live", &json!({})).await;
    receiver.wait_for(1).await;
    // One has work, and one lives.
    let look = async || {
        let alive = actors(&app).await;
        assert!(alive <= 1, "{alive} live");
        alive
    };
    wait::until("one actor", look, |alive| *alive == 1).await;
    receiver.open();
    tenant.delivery_when(&event, &endpoint, "success").await;
    wait::until("no actor", look, |alive| *alive == 0).await;
    assert_eq!(receiver.requests().len(), 1);
}
