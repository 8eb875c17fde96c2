//! Trace context: the trace that an event comes in is the one that its webhooks go on in.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::jetstream::consumer::pull;
use domain::event::rfc3339_millis;
use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::publish;
use crate::support::inbound::Github;
use crate::support::ledger::now;
use crate::support::provider::Provider;
use crate::support::receiver::Request;
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app, app_with, wait};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";
const STATE: &str = "congo=t61rcWkgMzE, rojo=1";

/// A trace of this number, as its producer says where it stands in it.
fn parent(n: usize) -> String {
    format!("00-{n:032x}-{PARENT}-01")
}

fn traced(tenant: &Tenant, traceparent: String) -> Tenant {
    Tenant { id: tenant.id.clone(), client: tenant.client.with_header("traceparent", traceparent) }
}

/// The trace that a webhook says it is in, and its own id there.
#[track_caller]
fn told(request: &Request) -> (String, String) {
    let told = request.header("traceparent");
    let parts: Vec<&str> = told.split('-').collect();
    let [version, trace, id, flags] = parts[..] else { panic!("{told}") };
    assert_eq!((version, flags, id.len()), ("00", "01", 16), "{told}");
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()) && id != PARENT, "{told}");
    (trace.to_owned(), id.to_owned())
}

#[tokio::test]
async fn every_attempt_is_a_child_of_its_own_in_the_events_trace() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"maxRetries": 1, "retrySchedule": ["0s", "100ms"]});
    let endpoint = tenant.endpoint_with(&receiver.url(), &[">"], &settings).await;
    receiver.always(500);
    let producer = traced(&tenant, format!("00-{TRACE}-{PARENT}-01"));
    let client = producer.client.with_header("tracestate", STATE.to_owned());
    let event =
        text(&client.post("/events", &json!({"event": "a.b", "data": 1})).await.expect(202)["eventId"]);
    tenant.delivery_when(&event, &endpoint, "dead").await;
    // What is replayed comes from the ledger.
    app.restart().await;
    let tenant = app.again(&tenant);
    receiver.always(200);
    tenant.client.post(&format!("/webhooks/{}/replay", endpoint.id), &json!({})).await.expect(202);
    let requests = receiver.wait_for(3).await;
    let (traces, ids): (BTreeSet<_>, BTreeSet<_>) = requests.iter().map(told).unzip();
    assert_eq!((traces, ids.len()), (BTreeSet::from([TRACE.to_owned()]), 3));
    assert!(requests.iter().all(|request| request.header("tracestate") == STATE));
    // As they were sent.
    let delivery = tenant.delivery_when(&event, &endpoint, "success").await;
    for (attempt, request) in delivery["attempts"].as_array().unwrap().iter().zip(&requests) {
        let headers = &attempt["request"]["headers"];
        assert_eq!(headers["traceparent"], request.header("traceparent"), "{attempt:#}");
        assert_eq!(headers["tracestate"], STATE);
    }
    assert_eq!(tenant.client.get(&format!("/events/{event}")).await.expect(200)["traceId"], TRACE);
}

#[tokio::test]
async fn an_event_without_a_trace_that_can_be_read_is_given_none() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let zero = format!("00-{:032x}-{PARENT}-01", 0);
    let stateful = tenant.client.with_header("tracestate", STATE.to_owned());
    let twice = traced(&traced(&tenant, parent(1)), parent(1));
    let clients =
        [stateful, traced(&tenant, zero).client, traced(&tenant, "?".to_owned()).client, twice.client];
    let mut events = Vec::new();
    for client in &clients {
        let receipt = client.post("/events", &json!({"event": "a.b", "data": 1})).await.expect(202);
        events.push(text(&receipt["eventId"]));
    }
    publish(&app, "events.acme.a.c", &[("traceparent", "00-1-1-1")], "2").await;
    for request in receiver.wait_for(5).await {
        for name in ["traceparent", "tracestate"] {
            assert!(!request.headers.contains_key(name), "{:?}", request.headers);
        }
    }
    for event in events {
        let shown = tenant.client.get(&format!("/events/{event}")).await.expect(200);
        assert_eq!(shown["traceId"], Value::Null);
    }
}

#[tokio::test]
async fn whichever_way_an_event_comes_its_trace_is_kept() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &[">"]).await;
    let expect = async |count: usize, trace: usize, what: &str| {
        let requests = receiver.wait_for(count).await;
        for request in &requests[requests.len() - 1..] {
            assert_eq!(told(request).0, format!("{trace:032x}"), "{what}");
        }
    };
    let data = |n: usize| json!({"event": "a.b", "data": {"n": n}});
    traced(&tenant, parent(1)).client.post("/events/batch", &json!([data(0), data(1)])).await.expect(202);
    expect(2, 1, "a batch").await;
    assert_eq!(receiver.requests().iter().filter(|one| told(one).0 == format!("{:032x}", 1)).count(), 2);

    let cloud =
        json!({"specversion": "1.0", "id": "1", "source": "/s", "type": "a.b", "traceparent": parent(2)});
    let send = async |tenant: &Tenant, cloud: &Value| {
        let body = ("application/cloudevents+json", cloud.to_string().into());
        tenant.client.send(Method::POST, "/events", Some(body)).await.expect(202);
    };
    send(&tenant, &cloud).await;
    expect(3, 2, "a CloudEvent").await;
    let mut other = cloud.clone();
    other["id"] = json!("2");
    send(&traced(&tenant, parent(3)), &other).await;
    expect(4, 3, "a CloudEvent of a request that says otherwise").await;

    // A future version says more, and NATS does not care for upper and lower case.
    let future = format!("cc{}-more", &parent(4)[2..]);
    publish(&app, "events.acme.a.b", &[("Traceparent", &future), ("tracestate", STATE)], "1").await;
    expect(5, 4, "NATS").await;
    assert_eq!(receiver.requests()[4].header("tracestate"), STATE);
    let headers = [("ce-specversion", "1.0"), ("ce-source", "/s"), ("ce-id", "3"), ("ce-type", "a.b")];
    let (five, six) = (parent(5), parent(6));
    let ours = [&headers[..], &[("ce-traceparent", five.as_str())]].concat();
    publish(&app, "events.acme.a.b", &ours, "1").await;
    expect(6, 5, "a CloudEvent from NATS").await;
    let ours =
        [&headers[..2], &[("ce-id", "4"), ("ce-type", "a.b")], &ours[4..], &[("traceparent", &six)]].concat();
    publish(&app, "events.acme.a.b", &ours, "1").await;
    expect(7, 6, "a CloudEvent from NATS whose message says otherwise").await;

    let mut later = data(0);
    later["deliverAt"] = json!(rfc3339_millis(now() + Duration::from_millis(1500)));
    let receipt = traced(&tenant, parent(7)).client.post("/events", &later).await.expect(202);
    let path = format!("/events/{}", text(&receipt["eventId"]));
    assert_eq!(tenant.client.get(&path).await.expect(200)["traceId"], format!("{:032x}", 7));
    expect(8, 7, "an event for later").await;

    let (mut github, _) = Github::of(&tenant, &app.client(), &json!({})).await;
    github.client = github.client.with_header("traceparent", parent(8));
    github.send("fork", "d-1", "{}").await.expect(202);
    expect(9, 8, "what came to a source").await;
}

#[tokio::test]
async fn readers_of_the_bus_see_the_trace_and_discord_does_not() {
    let app = app_with(&[("HOOKYARD__BUS__PUBLISH_ACCEPTED", "true")]).await;
    let (tenant, discord) = (app.tenant("acme").await, Provider::discord().await);
    tenant.endpoint_with(discord.url(), &[">"], &json!({"kind": "discord"})).await;
    let client = traced(&tenant, parent(1)).client.with_header("tracestate", STATE.to_owned());
    client.post("/events", &json!({"event": "a.b", "data": 1})).await.expect(202);
    let (headers, _) = discord.wait_for(1).await.remove(0);
    assert!(!headers.contains_key("traceparent"), "{headers:?}");
    let stream = async || app.jetstream().get_stream("ACCEPTED").await.ok();
    let stream = wait::until("the stream", stream, Option::is_some).await.unwrap();
    let consumer = stream.create_consumer(pull::Config::default()).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    let message =
        tokio::time::timeout(wait::PATIENCE, messages.next()).await.expect("it comes").unwrap().unwrap();
    let headers = message.headers.as_ref().unwrap();
    let said = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
    assert_eq!((said("traceparent"), said("tracestate")), (Some(parent(1)), Some(STATE.to_owned())));
}
