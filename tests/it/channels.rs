//! Channels: names that producers give their events, and by which endpoints choose.

use serde_json::{Value, json};

use crate::support::app::publish;
use crate::support::receiver::Request;
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app};

async fn send(tenant: &Tenant, n: usize, channels: &[&str]) -> String {
    let event = json!({"event": "a.b", "channels": channels, "data": {"n": n}});
    text(&tenant.client.post("/events", &event).await.expect(202)["eventId"])
}

fn numbers(receiver: &Receiver) -> Vec<usize> {
    let mut numbers = receiver.look(|requests| requests.iter().map(Request::number).collect::<Vec<_>>());
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn an_endpoint_with_channels_gets_only_events_of_one_of_them() {
    let app = app().await;
    let (all, some) = (Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&all.url(), &[">"]).await;
    let choosy = tenant.endpoint_with(&some.url(), &["a.>"], &json!({"channels": ["emea", "vip"]})).await;
    assert_eq!(tenant.show(&choosy).await["channels"], json!(["emea", "vip"]));
    send(&tenant, 0, &[]).await;
    send(&tenant, 1, &["apac", "EMEA"]).await;
    let sent = send(&tenant, 2, &["apac", "vip"]).await;
    let headers = [("Hookyard-Channels", "apac, emea")];
    publish(&app, "events.acme.a.c", &headers, r#"{"n": 3}"#).await;
    publish(&app, "events.acme.a.c", &[("Hookyard-Channels", "apac")], r#"{"n": 4}"#).await;
    all.wait_for(5).await;
    app.settled(&tenant).await;
    assert_eq!((numbers(&all), numbers(&some)), (vec![0, 1, 2, 3, 4], vec![2, 3]));
    let shown = tenant.client.get(&format!("/events/{sent}")).await.expect(200);
    assert_eq!(shown["channels"], json!(["apac", "vip"]));
    let listed = tenant.client.get("/events?event=a.b").await.expect(200);
    let listed: Vec<&Value> =
        listed["items"].as_array().unwrap().iter().map(|event| &event["channels"]).collect();
    assert_eq!(listed, [&json!(["apac", "vip"]), &json!(["apac", "EMEA"]), &json!([])]);

    // At once, and on what is published next alone; what was kept away before, a backfill brings.
    tenant.change(&choosy, &json!({"channels": ["apac"]})).await;
    send(&tenant, 5, &["vip"]).await;
    send(&tenant, 6, &["apac"]).await;
    app.settled(&tenant).await;
    assert_eq!(numbers(&some), [2, 3, 6]);
    let replay = json!({"status": ["unsent"]});
    tenant.client.post(&format!("/webhooks/{}/replay", choosy.id), &replay).await.expect(202);
    some.wait_for(5).await;
    app.settled(&tenant).await;
    assert_eq!(numbers(&some), [1, 2, 3, 4, 6]);
    tenant.change(&choosy, &json!({"channels": []})).await;
    send(&tenant, 7, &[]).await;
    app.settled(&tenant).await;
    assert_eq!(numbers(&some), [1, 2, 3, 4, 6, 7]);
}

#[tokio::test]
async fn channels_and_a_filter_have_both_to_hold_and_a_match_says_which_does_not() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let wanted =
        json!({"channels": ["emea"], "filter": {"data.n": [{"numeric": ["<", 10]}], "channels": ["vip"]}});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["a.b"], &wanted).await;
    for (n, channels) in [(1, &["emea", "vip"][..]), (2, &["emea"]), (3, &["vip"]), (11, &["emea", "vip"])] {
        send(&tenant, n, channels).await;
    }
    app.settled(&tenant).await;
    assert_eq!(numbers(&receiver), [1]);
    let path = format!("/webhooks/{}/match", endpoint.id);
    let ask = async |channels: Value| {
        let event = json!({"event": "a.b", "channels": channels, "data": {"n": 1}});
        tenant.client.post(&path, &event).await.expect(200)
    };
    assert_eq!(ask(json!(["vip", "emea"])).await["matches"], true);
    let told = ask(json!(["vip"])).await;
    assert_eq!(told["channels"], json!({"matches": false, "wanted": ["emea"], "borne": ["vip"]}));
    assert_eq!((&told["matches"], &told["filter"]["matches"]), (&json!(false), &json!(true)));
    let told = ask(json!(["emea"])).await;
    assert_eq!((&told["matches"], &told["channels"]["matches"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn every_wrong_channel_is_named() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let eleven: Vec<String> = (0..11).map(|n| format!("c{n}")).collect();
    let long = "x".repeat(65);
    for (channels, pointers) in [
        (json!(["ok", "a b", "", 7, null, "ok", long]), &["1", "2", "3", "4", "5", "6"][..]),
        (json!("emea"), &[]),
        (json!(null), &[]),
        (json!(eleven), &[]),
    ] {
        let mut expected: Vec<String> = pointers.iter().map(|at| format!("/channels/{at}")).collect();
        if expected.is_empty() {
            expected.push("/channels".to_owned());
        }
        let event = json!({"event": "a", "channels": channels, "data": 1});
        let endpoint = json!({"url": "https://example.com/", "events": ["a"], "channels": channels});
        for answer in
            [tenant.client.post("/events", &event).await, tenant.client.post("/webhooks", &endpoint).await]
        {
            assert_eq!((answer.problem().0, answer.problem().2), (422, expected.clone()));
        }
    }
}
