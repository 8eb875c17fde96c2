//! Filters: which events of its types an endpoint gets, by what is in them.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::receiver::Request;
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app};

const JSON: &str = "application/json";
/// More digits than a number of 64 bits has, and zeros that mean nothing.
const EXACT: &str =
    r#"{"data.id": [12345678901234567890.10], "$or": [{"data.a": [1]}, {"data.b": [{"exists": false}]}]}"#;

fn numbers(receiver: &Receiver) -> Vec<usize> {
    receiver.look(|requests| requests.iter().map(Request::number).collect())
}

/// Sends a body as these very bytes.
async fn send(tenant: &Tenant, method: Method, path: &str, body: String) -> Value {
    let answer = tenant.client.send(method, path, Some((JSON, Bytes::from(body)))).await;
    assert!(answer.status < 300, "{}", answer.text());
    assert!(answer.text().contains("12345678901234567890.10"), "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn an_endpoint_gets_what_its_filter_lets_through() {
    let app = app().await;
    let (all, some) = (Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&all.url(), &["order.>"]).await;
    let over_100 = json!({"filter": {"data.amount": [{"numeric": [">", 100]}]}});
    let choosy = tenant.endpoint_with(&some.url(), &["order.>"], &over_100).await;
    assert_eq!(tenant.show(&choosy).await["filter"], over_100["filter"]);
    tenant.publish("order.paid", &json!({"n": 0, "amount": 100})).await;
    let sent = tenant.publish("order.paid", &json!({"n": 1, "amount": 100.5})).await;
    tenant.delivery_when(&sent, &choosy, "success").await;

    // At once, and on what is published next alone.
    tenant.change(&choosy, &json!({"filter": {"event": [{"suffix": "sent"}]}})).await;
    tenant.publish("order.paid", &json!({"n": 2, "amount": 500})).await;
    let batch = json!([{"event": "order.sent", "data": {"n": 3}}, {"event": "order.lost", "data": {"n": 4}}]);
    tenant.client.post("/events/batch", &batch).await.expect(202);
    tenant.change(&choosy, &json!({"filter": null})).await;
    assert_eq!(tenant.show(&choosy).await["filter"], Value::Null);
    tenant.publish("order.lost", &json!({"n": 5})).await;
    app.settled(&tenant).await;
    let (mut to_all, mut to_some) = (numbers(&all), numbers(&some));
    to_all.sort_unstable();
    to_some.sort_unstable();
    assert_eq!((to_all, to_some), (vec![0, 1, 2, 3, 4, 5], vec![1, 3, 5]));

    // What a filter keeps away was never owed; a backfill brings what the present one lets through.
    tenant.change(&choosy, &json!({"filter": {"data.amount": [{"numeric": [">=", 500]}]}})).await;
    let replay = json!({"status": ["unsent"]});
    tenant.client.post(&format!("/webhooks/{}/replay", choosy.id), &replay).await.expect(202);
    some.wait_for(4).await;
    app.settled(&tenant).await;
    assert_eq!(numbers(&some).split_off(3), [2]);
}

#[tokio::test]
async fn a_filter_is_kept_as_it_was_written_and_told_why_it_is_refused() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let wanted = format!(r#"{{"url":"{}","events":[">"],"filter":{EXACT}}}"#, receiver.url());
    let made = send(&tenant, Method::POST, "/webhooks", wanted).await;
    let path = format!("/webhooks/{}", text(&made["id"]));
    send(&tenant, Method::GET, &path, String::new()).await;
    send(&tenant, Method::PATCH, &path, format!(r#"{{"name":"n","filter":{EXACT}}}"#)).await;
    for (n, id) in ["12345678901234567890.1", "12345678901234567890.2"].into_iter().enumerate() {
        tenant.publish_raw("a", &format!(r#"{{"n":{n},"id":{id}}}"#)).await.expect(202);
    }
    app.settled(&tenant).await;
    assert_eq!(numbers(&receiver), [0]);

    let wrong = json!({"filter": {"data": {"a/b": [{"numeric": ["!=", 1]}], "c": 7}, "amount": [1]}});
    for refused in [
        tenant.client.patch(&path, &wrong).await,
        tenant
            .client
            .post(
                "/webhooks",
                &json!({"url": "https://example.com/", "events": [">"], "filter": wrong["filter"]}),
            )
            .await,
    ] {
        let (status, _, mut pointers) = refused.problem();
        pointers.sort_unstable();
        assert_eq!(
            (status, pointers),
            (
                422,
                ["/filter/amount", "/filter/data/a~1b/0/numeric", "/filter/data/c"]
                    .map(str::to_owned)
                    .to_vec()
            )
        );
    }
    for filter in ["[]", "7", "{}", r#"{"data":[]}"#] {
        let change = format!(r#"{{"filter":{filter}}}"#);
        let answer = tenant.client.send(Method::PATCH, &path, Some((JSON, Bytes::from(change)))).await;
        assert!(answer.status == 422 && answer.problem().2[0].starts_with("/filter"), "{filter}");
    }
}

#[tokio::test]
async fn whether_an_event_matches_is_told_with_the_reason() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let filter = json!({"filter": {"data.amount": [{"numeric": [">", 100]}], "data.plan": ["gold"]}, "status": "paused"});
    let endpoint = tenant.endpoint("https://example.com/", &["invoice.*", "order.>"]).await;
    let path = format!("/webhooks/{}/match", endpoint.id);
    let ask = async |event: &str, data: Value| {
        tenant.client.post(&path, &json!({"event": event, "data": data})).await.expect(200)
    };
    assert_eq!(
        ask("order.paid", json!(1)).await,
        json!({"matches": true, "pattern": "order.>", "channels": null, "filter": null})
    );
    tenant.change(&endpoint, &filter).await;
    let told = ask("order.paid", json!({"amount": [7, 300], "plan": "gold"})).await;
    assert_eq!(
        (&told["matches"], &told["pattern"], &told["filter"]["matches"]),
        (&json!(true), &json!("order.>"), &json!(true))
    );
    let told = ask("order.paid", json!({"amount": 7})).await;
    let conditions = json!([
        {"pointer": "/data.amount", "path": "data.amount", "found": ["7"], "more": 0, "holds": false},
        {"pointer": "/data.plan", "path": "data.plan", "found": [], "more": 0, "holds": false},
    ]);
    assert_eq!((&told["matches"], &told["filter"]["conditions"]), (&json!(false), &conditions));
    let told = ask("user.created", json!({"amount": 300, "plan": "gold"})).await;
    assert_eq!(
        (&told["matches"], &told["pattern"], &told["filter"]["matches"]),
        (&json!(false), &Value::Null, &json!(true))
    );
    let saved = json!({"events": ["invoice.*", "order.>"], "filter": filter["filter"]});
    let unsaved = json!({"webhook": saved, "event": {"event": "user.created", "data": {"amount": 300, "plan": "gold"}}});
    assert_eq!(tenant.client.post("/webhooks/match", &unsaved).await.expect(200), told);
    let wrong =
        json!({"webhook": {"events": [], "filter": {"data": 1}, "url": ""}, "event": {"event": "a..b"}});
    let wrong = tenant.client.post("/webhooks/match", &wrong).await.problem().2;
    let pointers = ["/webhook/events", "/webhook/filter/data", "/webhook/url", "/event/event", "/event/data"];
    assert_eq!(wrong, pointers);
    let wrong = tenant.client.post(&path, &json!({"event": "a..b"})).await;
    assert_eq!(wrong.problem().2, ["/event", "/data"]);
    assert!(tenant.deliveries("").await.is_empty());
}

#[tokio::test]
async fn a_stored_filter_that_nobody_can_read_lets_nothing_through_and_harms_no_other() {
    let mut app = app().await;
    let (broken, whole) = (Receiver::start().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let filter = json!({"filter": {"data.n": [{"exists": true}]}});
    let endpoint = tenant.endpoint_with(&broken.url(), &[">"], &filter).await;
    tenant.endpoint_with(&whole.url(), &[">"], &filter).await;
    let pool = app.pool().await;
    let spoil = "update endpoints set filter = '{\"data.n\": [{\"above\": 1}]}' where url = $1";
    sqlx::query(spoil).bind(broken.url()).execute(&pool).await.unwrap();
    app.restart().await;
    let tenant = app.again(&tenant);
    tenant.publish("a", &json!({"n": 1})).await;
    app.settled(&tenant).await;
    assert_eq!((numbers(&broken), numbers(&whole)), (vec![], vec![1]));
    assert_eq!(tenant.show(&endpoint).await["status"], "active");
    tenant.change(&endpoint, &filter).await;
    tenant.publish("a", &json!({"n": 2})).await;
    app.settled(&tenant).await;
    assert_eq!((numbers(&broken), numbers(&whole)), (vec![2], vec![1, 2]));
}

/// The slowest that there are: every operator against every element of a long list.
#[tokio::test]
async fn filters_that_look_at_too_much_hold_up_nobody_else() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let (slow, other) = (app.tenant("slow").await, app.tenant("other").await);
    other.endpoint(&receiver.url(), &[">"]).await;
    let operators = vec![json!({"suffix": "b"}); 50];
    for _ in 0..10 {
        slow.endpoint_with(&receiver.url(), &[">"], &json!({"filter": {"data": operators}})).await;
    }
    let list = format!("[{}]", vec![r#""a""#; 200_000].join(","));
    let refused = async {
        for _ in 0..3 {
            let answer = slow.publish_raw("a", &list).await;
            assert_eq!((answer.status, answer.problem().2), (422, vec![String::new()]));
        }
    };
    let mut longest = Duration::ZERO;
    let meanwhile = async {
        for _ in 0..50 {
            let began = Instant::now();
            other.publish("a", &json!({"n": 1})).await;
            longest = longest.max(began.elapsed());
        }
    };
    tokio::join!(refused, meanwhile);
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    // What is within the bounds goes on.
    slow.publish_raw("a", r#"["a", "ab"]"#).await.expect(202);
    app.settled(&slow).await;
    app.settled(&other).await;
    receiver.look(|requests| assert_eq!(requests.len(), 60));
}
