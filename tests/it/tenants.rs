//! What an operator sets of a tenant holds: a rate for all its endpoints together, a pause, how many endpoints there may
//! be; and what is deleted is gone.

use std::time::Duration;

use futures_util::future::join_all;
use hookyard::ledger::purge::{self, Purged};
use serde_json::{Value, json};
use sqlx::Row as _;

use crate::support::app::TestApp;
use crate::support::ledger::now;
use crate::support::tenant::Tenant;
use crate::support::window::assert_never_more;
use crate::support::{Receiver, app};

async fn set(app: &TestApp, tenant: &Tenant, change: &Value) -> Value {
    app.operator().patch(&format!("/tenants/{}", tenant.id), change).await.expect(200)
}

#[tokio::test]
async fn a_rate_holds_for_all_endpoints_of_a_tenant_together_and_for_nobody_else() {
    const PER_SECOND: u32 = 40;
    const EVENTS: usize = 150;
    let (app, other) = (app().await, Receiver::start().await);
    let (tenant, beside) = (app.tenant("acme").await, app.tenant("beside").await);
    beside.endpoint(&other.url(), &[">"]).await;
    let mut receivers = Vec::new();
    for _ in 0..3 {
        let receiver = Receiver::start().await;
        tenant.endpoint(&receiver.url(), &[">"]).await;
        receivers.push(receiver);
    }
    let shown = set(&app, &tenant, &json!({"maxDeliveriesPerSecond": PER_SECOND})).await;
    assert_eq!(shown["maxDeliveriesPerSecond"], PER_SECOND);
    tenant.publish_many("order.paid", EVENTS).await;
    // The neighbour is not held up: all of its own come while the tenant's are far from done.
    beside.publish_many("order.paid", EVENTS).await;
    other.wait_for(EVENTS).await;
    assert!(receivers.iter().map(Receiver::count).sum::<usize>() < 3 * EVENTS);
    for receiver in &receivers {
        receiver.wait_for(EVENTS).await;
    }
    let mut times: Vec<_> = receivers.iter().flat_map(Receiver::arrivals).collect();
    times.sort_unstable();
    let took = (times[times.len() - 1] - times[0]).as_secs_f64();
    let least = (3 * EVENTS) as f64 / f64::from(PER_SECOND);
    assert!((least * 0.95..least * 1.05 + 0.5).contains(&took), "{took} s for {least}");
    // A turn may be used up to a second after it came.
    assert_never_more(&times, PER_SECOND * 60, 2, Duration::from_millis(1200));
    // Each had its share all along.
    let half = times[times.len() / 2];
    for receiver in &receivers {
        let early = receiver.arrivals().iter().filter(|at| **at <= half).count();
        assert!((EVENTS / 3..=2 * EVENTS / 3).contains(&early), "{early} of {EVENTS} in the first half");
    }
    set(&app, &tenant, &json!({"maxDeliveriesPerSecond": null})).await;
    tenant.publish_many("order.paid", EVENTS).await;
    app.settled(&tenant).await;
    assert_eq!(receivers.iter().map(Receiver::count).sum::<usize>(), 6 * EVENTS);
}

#[tokio::test]
async fn a_paused_tenant_is_sent_nothing_and_then_everything() {
    let (app, held, other) = (app().await, Receiver::start().await, Receiver::start().await);
    let (tenant, beside) = (app.tenant("acme").await, app.tenant("beside").await);
    let endpoint = tenant.endpoint(&held.url(), &[">"]).await;
    beside.neighbour(&endpoint, &other.url(), &[">"]).await;
    assert_eq!(set(&app, &tenant, &json!({"paused": true})).await["paused"], true);
    tenant.publish_many("order.paid", 30).await;
    beside.publish_many("order.paid", 30).await;
    other.wait_for(30).await;
    assert_eq!(held.count(), 0);
    // It is its tenant that is held: what its owner set is shown as it is.
    assert_eq!(tenant.show(&endpoint).await["status"], "active");
    set(&app, &tenant, &json!({"paused": false})).await;
    held.wait_for(30).await;
    app.settled(&tenant).await;
    assert_eq!(held.count(), 30);
}

#[tokio::test]
async fn endpoints_are_counted_exactly_under_fifty_creations_at_once() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    set(&app, &tenant, &json!({"maxEndpoints": 7, "maxEndpointsPerUser": 3})).await;
    let create = async |n: usize, user: Option<&str>| {
        let body = json!({"url": format!("https://example.com/{n}"), "events": ["a"], "userId": user});
        let answer = tenant.client.post("/webhooks", &body).await;
        if answer.status != 201 {
            assert_eq!(answer.problem().1, "endpoint-limit-reached");
        }
        answer.status
    };
    let made = join_all((0..50).map(|n| create(n, Some("u_1")))).await;
    assert_eq!(made.iter().filter(|&&status| status == 201).count(), 3);
    let made = join_all((0..50).map(|n| create(n, None))).await;
    assert_eq!(made.iter().filter(|&&status| status == 201).count(), 4);
    assert_eq!(tenant.client.get("/webhooks").await.expect(200)["items"].as_array().map(Vec::len), Some(7));
    // What is not its own is the configuration's: five for a user.
    set(&app, &tenant, &json!({"maxEndpoints": null, "maxEndpointsPerUser": null})).await;
    let made = join_all((0..50).map(|n| create(n, Some("u_1")))).await;
    assert_eq!(made.iter().filter(|&&status| status == 201).count(), 2);
}

#[tokio::test]
async fn nothing_is_left_of_a_deleted_tenant() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let (tenant, beside) = (app.tenant("acme").await, app.tenant("beside").await);
    receiver.answer([500]);
    let settings = json!({"maxRetries": 0});
    let endpoint = tenant.endpoint_with(&receiver.url(), &[">"], &settings).await;
    beside.endpoint(&receiver.url(), &[">"]).await;
    let event = tenant.publish("order.paid", &json!({})).await;
    tenant.delivery_when(&event, &endpoint, "dead").await;
    tenant.publish_many("order.paid", 700).await;
    beside.publish_many("order.paid", 3).await;
    app.settled(&tenant).await;
    app.settled(&beside).await;

    app.operator().delete("/tenants/acme").await.expect(204);
    assert_eq!(tenant.client.get("/webhooks").await.status, 401);
    let pool = app.pool().await;
    let of = async |query: &'static str| -> i64 { sqlx::query(query).fetch_one(&pool).await.unwrap().get(0) };
    assert_eq!(of("select count(*) from endpoint_secrets").await, 1);
    assert_eq!(purge::tenants(&pool, now() - Duration::from_mins(1)).await.unwrap(), Purged::Nothing);
    let mut pieces = 0;
    while purge::tenants(&pool, now() + Duration::from_secs(1)).await.unwrap() == Purged::More {
        pieces += 1;
    }
    assert!(pieces > 1, "{pieces}");
    assert_eq!(of("select count(*) from events").await, 3);
    assert_eq!(of("select count(*) from deliveries").await, 3);
    assert_eq!(of("select count(*) from troubled").await, 0);
    assert_eq!(of("select count(*) from endpoints").await, 1);
    assert_eq!(beside.deliveries("status=success").await.len(), 3);
    // Its id is never another's.
    let again = app.operator().post("/tenants", &json!({"id": "acme", "name": "Acme"})).await;
    assert_eq!(again.problem().1, "tenant-exists");
}
