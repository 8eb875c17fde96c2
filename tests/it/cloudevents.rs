//! CloudEvents that come in, over HTTP and NATS, and go out again as they came.

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::publish;
use crate::support::client::{Answer, Client};
use crate::support::receiver::Request;
use crate::support::tenant::{Tenant, text};
use crate::support::wait;
use crate::support::{Receiver, app, app_with};

const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";
const DATA: &str = r#"{"z":1.10,"n":12345678901234567890123,"ü":"\u00fc"}"#;
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// In binary mode.
const HEADERS: [(&str, &str); 8] = [
    ("ce-specversion", "1.0"),
    ("ce-id", "order-42"),
    ("ce-source", "/shops/7"),
    ("ce-type", "order.paid"),
    ("ce-time", "2026-01-02T03:04:05.678+01:00"),
    ("ce-subject", "%E2%82%AC%2042"),
    ("ce-traceparent", TRACE),
    ("ce-region", "emea"),
];

/// The same in structured mode, from any shop.
fn structured(source: &str, more: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"order-42","source":"{source}","type":"order.paid",
        "time":"2026-01-02T03:04:05.678+01:00","subject":"€ 42","traceparent":"{TRACE}","region":"emea"{more},"data":{DATA}}}"#
    )
}

async fn send(tenant: &Tenant, path: &str, kind: &str, body: &str) -> Answer {
    tenant.client.send(Method::POST, path, Some((kind, Bytes::from(body.to_owned())))).await
}

async fn send_binary(tenant: &Tenant, headers: &[(&'static str, &str)], kind: &str, body: &str) -> Answer {
    let with =
        |client: Client, (name, value): &(&'static str, &str)| client.with_header(name, (*value).to_owned());
    let client = headers.iter().fold(tenant.client.clone(), with);
    client.send(Method::POST, "/events", Some((kind, Bytes::from(body.to_owned())))).await
}

fn taken(duplicate: bool) -> Value {
    json!({"eventId": "order-42", "duplicate": duplicate})
}

/// What endpoints of three formats got.
struct Receivers {
    hookyard: Receiver,
    cloudevents: Receiver,
    data: Receiver,
}

impl Receivers {
    async fn of(tenant: &Tenant) -> Self {
        let [hookyard, cloudevents, data] =
            [Receiver::start().await, Receiver::start().await, Receiver::start().await];
        for (receiver, format) in [(&hookyard, "hookyard"), (&cloudevents, "cloudevents"), (&data, "data")] {
            tenant.endpoint_with(&receiver.url(), &["order.>"], &json!({"format": format})).await;
        }
        Self { hookyard, cloudevents, data }
    }

    /// The last of so many, in each format: a CloudEvent with what `more` has besides.
    async fn got(&self, count: usize, source: &str, more: &Value) {
        let request = self.hookyard.wait_for(count).await.remove(count - 1);
        let at = "2026-01-02T02:04:05.678Z";
        let plain =
            format!(r#"{{"event":"order.paid","timestamp":"{at}","eventId":"order-42","data":{DATA}}}"#);
        assert_eq!(String::from_utf8_lossy(&request.body), plain);
        let request = self.cloudevents.wait_for(count).await.remove(count - 1);
        assert_eq!(request.header("content-type"), STRUCTURED);
        is_whole(&request.json(), source, more);
        assert!(String::from_utf8_lossy(&request.body).ends_with(&format!("\"data\":{DATA}}}")));
        assert_eq!(self.data.wait_for(count).await.remove(count - 1).body, DATA);
    }
}

#[track_caller]
fn is_whole(sent: &Value, source: &str, more: &Value) {
    let mut expected = json!({
        "specversion": "1.0", "id": "order-42", "source": source, "type": "order.paid",
        "time": "2026-01-02T02:04:05.678Z", "subject": "€ 42", "datacontenttype": "application/json",
        "traceparent": TRACE, "region": "emea", "data": serde_json::from_str::<Value>(DATA).unwrap(),
    });
    let more = more.as_object().into_iter().flatten();
    expected.as_object_mut().unwrap().extend(more.map(|(name, value)| (name.clone(), value.clone())));
    assert_eq!(*sent, expected);
}

#[tokio::test]
async fn over_http_both_modes_and_batches_go_out_as_they_came() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let receivers = Receivers::of(&tenant).await;
    let json_type = "application/json";
    assert_eq!(send_binary(&tenant, &HEADERS, json_type, DATA).await.expect(202), taken(false));
    receivers.got(1, "/shops/7", &json!({})).await;
    assert_eq!(send_binary(&tenant, &HEADERS, json_type, DATA).await.expect(202), taken(true));
    let same = structured("/shops/7", "");
    assert_eq!(send(&tenant, "/events", STRUCTURED, &same).await.expect(202), taken(true));
    // One id of two sources is two events.
    let other = structured("/shops/8", r#","dataschema":"https://example.com/o#1","retries":-3,"test":true"#);
    assert_eq!(send(&tenant, "/events", STRUCTURED, &other).await.expect(202), taken(false));
    let more = json!({"dataschema": "https://example.com/o#1", "retries": -3, "test": true});
    receivers.got(2, "/shops/8", &more).await;
    let third = structured("/shops/9", "");
    let several = send(&tenant, "/events/batch", BATCH, &format!("[{other},{third},{third}]")).await;
    assert_eq!(several.expect(202), json!({"items": [taken(true), taken(false), taken(true)]}));
    receivers.got(3, "/shops/9", &json!({})).await;
    app.settled(&tenant).await;
    assert_eq!(receivers.hookyard.requests().len(), 3);

    let found = async |query: &str| tenant.client.get(&format!("/events/order-42{query}")).await;
    let shown = found("?cloudEventSource=%2Fshops%2F8").await.expect(200);
    let cloud = json!({
        "id": "order-42", "source": "/shops/8", "type": "order.paid", "subject": "€ 42",
        "dataschema": "https://example.com/o#1", "datacontenttype": "application/json",
        "extensions": {"traceparent": TRACE, "region": "emea", "retries": -3, "test": true},
    });
    assert_eq!((&shown["cloudEvent"], &shown["eventId"]), (&cloud, &json!("order-42")));
    assert_eq!(tenant.client.get(&format!("/events/{}", text(&shown["id"]))).await.expect(200), shown);
    assert_eq!(found("").await.problem().0, 404);
    assert_eq!(found("?cloudEventSource=a%20b").await.problem().0, 422);
    let plain = tenant.publish("order.paid", &json!(1)).await;
    assert_eq!(tenant.client.get(&format!("/events/{plain}")).await.expect(200)["cloudEvent"], Value::Null);
}

#[tokio::test]
async fn what_the_ledger_kept_goes_out_as_it_came_where_it_is_read_back() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    // Owed to nobody yet, so that no memory has it.
    let more = r#","datacontenttype":"application/vnd.acme+json","retries":2"#;
    send(&tenant, "/events", STRUCTURED, &structured("/shops/7", more)).await.expect(202);
    let words = [&HEADERS[..4], &[("ce-region", "ü%22")]].concat();
    let words: Vec<(&str, &str)> =
        words.into_iter().map(|(name, value)| (name, if name == "ce-id" { "note" } else { value })).collect();
    send_binary(&tenant, &words, "text/plain; charset=utf-8", "a \"b\"\n").await.expect(202);
    let format = json!({"format": "cloudevents", "maxInFlight": 1});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &format).await;
    let unsent = json!({"status": ["unsent"]});
    tenant.client.post(&format!("/webhooks/{}/replay", endpoint.id), &unsent).await.expect(202);
    let mut got: Vec<Value> = receiver.wait_for(2).await.iter().map(Request::json).collect();
    got.sort_by_key(|sent| text(&sent["id"]));
    assert_eq!((&got[0]["data"], &got[0]["region"]), (&json!("a \"b\"\n"), &json!("ü\"")));
    assert_eq!(got[0]["datacontenttype"], "text/plain; charset=utf-8");
    is_whole(&got[1], "/shops/7", &json!({"datacontenttype": "application/vnd.acme+json", "retries": 2}));
}

#[tokio::test]
async fn what_is_none_is_refused_with_every_attribute_named() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let pointers = |answer: Answer| answer.problem();
    let wrong =
        r#"{"specversion":"0.3","id":"é","source":"","type":"a b","time":"now","data_base64":"AA=="}"#;
    let (status, kind, found) = pointers(send(&tenant, "/events", STRUCTURED, wrong).await);
    assert_eq!((status, kind.as_str()), (422, "invalid-request"));
    assert_eq!(found, ["/data_base64", "/specversion", "/id", "/source", "/type", "/time"]);
    let batch = format!("[{},{wrong}]", structured("/s", ""));
    let found = pointers(send(&tenant, "/events/batch", BATCH, &batch).await).2;
    assert!(found.iter().all(|pointer| pointer.starts_with("/1/")) && found.len() == 6, "{found:?}");
    let headers = [("ce-specversion", "2"), ("ce-type", ""), ("ce-source", "/s"), ("ce-x-y", "1")];
    let (status, _, found) = pointers(send_binary(&tenant, &headers, "application/xml", "<a/>").await);
    assert_eq!(status, 422);
    assert_eq!(found, ["ce-x-y", "ce-specversion", "ce-id", "ce-type", "Content-Type"]);
    for (path, kind, body, expected) in [
        ("/events", STRUCTURED, "{", (400, "malformed-json")),
        ("/events", "application/cloudevents+avro", "{}", (415, "unsupported-media-type")),
        ("/events", BATCH, "[]", (415, "unsupported-media-type")),
        ("/events/batch", STRUCTURED, "{}", (415, "unsupported-media-type")),
        ("/events/batch", BATCH, "[]", (422, "invalid-request")),
        ("/events/batch", BATCH, "{}", (422, "invalid-request")),
    ] {
        let (status, found, _) = send(&tenant, path, kind, body).await.problem();
        assert_eq!((status, found.as_str()), expected, "{path} {kind}");
    }
    let broken = send_binary(&tenant, &HEADERS, "application/json", "{").await.problem();
    assert_eq!((broken.0, broken.1.as_str()), (400, "malformed-json"));
    assert_eq!(tenant.client.get("/events").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn an_idempotency_key_is_of_the_headers_too() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let send = async |id: &str| {
        let headers = HEADERS.map(|(name, value)| (name, if name == "ce-id" { id } else { value }));
        let headers = [&headers[..], &[("idempotency-key", "k")]].concat();
        send_binary(&tenant, &headers, "application/json", DATA).await
    };
    assert_eq!(send("order-42").await.expect(202), taken(false));
    let again = send("order-42").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(202), taken(false));
    assert_eq!(send("order-43").await.problem().1, "idempotency-key-reused");
}

#[tokio::test]
async fn over_nats_the_subject_names_the_type_and_the_rest_goes_out_as_it_came() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let receivers = Receivers::of(&tenant).await;
    let subject = "events.acme.order.paid";
    publish(&app, subject, &HEADERS, DATA).await;
    receivers.got(1, "/shops/7", &json!({})).await;
    let typed = [("Content-Type", STRUCTURED)];
    // Known from the binary one, and from HTTP.
    publish(&app, subject, &typed, structured("/shops/7", "")).await;
    assert_eq!(
        send(&tenant, "/events", STRUCTURED, &structured("/shops/7", "")).await.expect(202),
        taken(true)
    );
    let other = structured("/shops/8", "").replace("\"order.paid\"", "\"com/example paid\"");
    publish(&app, subject, &typed, other).await;
    receivers.got(2, "/shops/8", &json!({"type": "com/example paid"})).await;
    // What our own headers say goes before.
    let named = [
        ("Content-Type", STRUCTURED),
        ("Hookyard-Event-Id", "mine"),
        ("Hookyard-Timestamp", "2030-01-01T00:00:00Z"),
    ];
    publish(&app, subject, &named, structured("/shops/9", "")).await;
    let request = receivers.hookyard.wait_for(3).await.remove(2);
    let expected = json!({"event": "order.paid", "timestamp": "2030-01-01T00:00:00.000Z", "eventId": "mine"});
    assert!(expected.as_object().unwrap().iter().all(|(name, value)| request.json()[name] == *value));
    is_whole(
        &receivers.cloudevents.wait_for(3).await[2].json(),
        "/shops/9",
        &json!({"time": "2030-01-01T00:00:00.000Z"}),
    );
    let shown = tenant.client.get("/events/mine").await.expect(200);
    assert_eq!((&shown["cloudEvent"]["id"], &shown["source"]), (&json!("order-42"), &json!("nats")));
    app.settled(&tenant).await;
    assert_eq!(receivers.data.requests().len(), 3);
}

/// Headers, payload, and a part of the reason.
type Bad<'a> = (&'a [(&'static str, &'a str)], &'a str, &'a str);

#[tokio::test]
async fn over_nats_what_is_none_is_kept_with_its_reason() {
    let app = app().await;
    app.tenant("acme").await;
    let bad: [Bad<'_>; 5] = [
        (
            &[("content-type", STRUCTURED)],
            "{}",
            "/specversion is required; /id is required; /source is required",
        ),
        (&[("content-type", STRUCTURED)], "{", "not JSON"),
        (&[("content-type", "application/cloudevents+avro")], "1", "application/cloudevents+json"),
        (&[("content-type", BATCH)], "[]", "one by one"),
        (&[("CE-SpecVersion", "1.0"), ("ce-id", "1")], "1", "ce-source is required; ce-type is required"),
    ];
    for (at, (headers, payload, _)) in bad.iter().enumerate() {
        publish(&app, &format!("events.acme.bad.{at}"), headers, (*payload).to_owned()).await;
    }
    let look =
        async || app.operator().get("/unroutable").await.expect(200)["items"].as_array().unwrap().clone();
    let kept = wait::until("5 unroutable messages", look, |kept| kept.len() == bad.len()).await;
    for (at, (_, _, reason)) in bad.iter().enumerate() {
        let found = kept.iter().find(|kept| kept["subject"] == format!("events.acme.bad.{at}")).unwrap();
        assert!(text(&found["reason"]).contains(reason), "{found:#}");
    }
}

#[tokio::test]
async fn a_source_maps_the_type_and_takes_the_data_of_a_cloudevent() {
    let sources = r#"[{"name":"shop","subject":"shop.>","kind":"core","tenant":"fixed:acme","type":"token:2..","type_prefix":"order."}]"#;
    let app = app_with(&[("HOOKYARD__SOURCES", sources)]).await;
    let tenant = app.tenant("acme").await;
    let receivers = Receivers::of(&tenant).await;
    let typed = [("content-type", STRUCTURED)];
    publish(&app, "shop.paid", &typed, structured("/shops/7", "").replace("\"order.paid\"", "\"paid\""))
        .await;
    receivers.got(1, "/shops/7", &json!({"type": "paid"})).await;
}
