//! Every actor is killed and panics, by the chaos route, while events flow: each comes back, and nothing is lost.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::chaos::{CHAOS, DEATHS, actor_of, strike};
use crate::support::client::{Answer, Client};
use crate::support::tenant::{Endpoint, Tenant};
use crate::support::wait;
use crate::support::{Receiver, app, app_with};

const PATH: &str = "/chaos/kill";
const RESTARTS: &str = "hookyard_actor_restarts_total";

/// Strikes as soon as there is such an actor, and waits until somebody was started again.
async fn strike_and_wait(app: &TestApp, actor: &str, how: &str) {
    let before = app.counter(RESTARTS).await;
    strike(app, actor, how).await;
    let restarts = async || app.counter(RESTARTS).await;
    wait::until("a restart", restarts, |restarts| *restarts > before).await;
}

/// Published once more where the service could not take it: what was not answered 202 was not taken.
async fn publish(tenant: &Tenant, number: u64) -> Value {
    let body = json!({"event": "order.paid", "eventId": format!("order-{number}"), "data": {"n": number}});
    let look = async || tenant.client.post("/events", &body).await;
    wait::until("the event to be taken", look, |answer| answer.status == 202).await.json()
}

async fn until_all_are_delivered(tenant: &Tenant, endpoint: &Endpoint, count: usize) {
    let delivered = tenant.until_count(endpoint, "success", count).await;
    let owed = tenant.deliveries(&format!("webhookId={}", endpoint.id)).await;
    assert_eq!((delivered.len(), owed.len()), (count, count));
}

#[tokio::test]
async fn whoever_dies_comes_back_and_everything_arrives() {
    let (app, receiver) = (app_with(&CHAOS).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["order.>"]).await;
    let mut published = 0;
    for how in DEATHS {
        let feeders = (0..4).map(|shard| format!("feeder:{shard}"));
        let others = ["recorder", "intake", "auditor"].map(str::to_owned);
        for actor in feeders.chain(others) {
            for _ in 0..5 {
                published += 1;
                publish(&tenant, published).await;
            }
            strike_and_wait(&app, &actor, how).await;
            published += 1;
            publish(&tenant, published).await;
        }
    }
    until_all_are_delivered(&tenant, &endpoint, published as usize).await;
    app.settled(&tenant).await;
}

#[tokio::test]
async fn an_endpoints_actor_that_dies_at_work_is_followed_by_another() {
    let (app, receiver) = (app_with(&CHAOS).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant
        .endpoint_with(&receiver.url(), &["order.>"], &json!({"maxInFlight": 2, "timeoutMs": 5000}))
        .await;
    let actor = actor_of(&endpoint);
    receiver.shut();
    for number in 1..=20 {
        publish(&tenant, number).await;
    }
    // More often than an actor may die by itself: what is asked for does not count.
    for how in ["kill", "panic", "kill", "panic", "kill", "panic", "kill", "panic"] {
        strike_and_wait(&app, &actor, how).await;
    }
    receiver.open();
    until_all_are_delivered(&tenant, &endpoint, 20).await;
    // Not one delivery was held to be poison.
    assert_eq!(tenant.dead_letters().await, Vec::<Value>::new());
    app.settled(&tenant).await;
}

#[tokio::test]
async fn at_random_too_again_and_again() {
    let (app, receiver) = (app_with(&CHAOS).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["order.>"]).await;
    for number in 1..=60 {
        publish(&tenant, number).await;
        let how = if number % 2 == 0 { "kill" } else { "panic" };
        // Where chance falls on one that was struck before and is not dead yet, nobody is hit, and it is asked again.
        strike(&app, "random", how).await;
    }
    until_all_are_delivered(&tenant, &endpoint, 60).await;
    app.settled(&tenant).await;
}

#[tokio::test]
async fn only_operators_may_and_only_what_lives_is_hit() {
    let app = app_with(&CHAOS).await;
    let tenant = app.tenant("acme").await;
    let viewer = app.client().with_key(&app.key("acme", "viewer").await);
    let body = json!({"actor": "intake"});
    for client in [&viewer, &tenant.client] {
        assert_eq!(problem(&client.post(PATH, &body).await), (403, "forbidden".to_owned()));
    }
    assert_eq!(problem(&app.client().post(PATH, &body).await), (401, "unauthorized".to_owned()));
    for absent in ["feeder:4", "endpoint:ep_00000000000000000000000000"] {
        let answer = app.operator().post(PATH, &json!({"actor": absent})).await;
        assert_eq!(problem(&answer), (404, "not-found".to_owned()), "{absent}");
    }
    let operator = app.operator();
    for (wrong, pointer) in [
        (json!({}), "/actor"),
        (json!({"actor": 7}), "/actor"),
        (json!({"actor": "supervisor"}), "/actor"),
        (json!({"actor": "feeder:x"}), "/actor"),
        (json!({"actor": "intake", "how": "stop"}), "/how"),
        (json!({"actor": "intake", "why": "fun"}), "/why"),
    ] {
        let (status, _, pointers) = operator.post(PATH, &wrong).await.problem();
        assert_eq!((status, pointers), (422, vec![pointer.to_owned()]), "{wrong}");
    }
    // To kill is what is done where nothing is said.
    assert_eq!(operator.post(PATH, &body).await.expect(200), json!({"actor": "intake", "how": "kill"}));
}

#[tokio::test]
async fn where_it_is_not_enabled_the_path_leads_nowhere() {
    let app = app().await;
    for client in [app.client(), app.operator()] {
        let answer = client.post(PATH, &json!({"actor": "intake"})).await;
        assert_eq!(problem(&answer), (404, "not-found".to_owned()));
        assert_eq!(answer.json()["detail"], nowhere(&client).await);
    }
}

async fn nowhere(client: &Client) -> Value {
    client.send(Method::POST, "/no/such/path", None).await.json()["detail"].clone()
}

#[track_caller]
fn problem(answer: &Answer) -> (u16, String) {
    let (status, kind, _) = answer.problem();
    (status, kind)
}
