//! GitHub sends its webhooks to the source of the configuration: each becomes an event once, whatever is sent again, and
//! nothing becomes one that GitHub did not sign.

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::support::app::TestApp;
use crate::support::inbound::{FORM, Github, JSON, hex, hmac};
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app, app_with, fixtures};

const SECRET: &str = "It's a Secret to Everybody";
const SETTINGS: [(&str, &str); 3] = [
    ("HOOKYARD__INBOUND__GITHUB__SECRET", SECRET),
    ("HOOKYARD__INBOUND__GITHUB__TENANT", "acme"),
    ("HOOKYARD__INBOUND__GITHUB__PER_MINUTE", "1000"),
];
const REPOSITORY: &str =
    r#""repository":{"id":9001,"full_name":"acme/parrot"},"sender":{"login":"ada","id":7}"#;

fn github(app: &TestApp) -> Github {
    Github { client: app.client(), path: "/webhooks/github".to_owned(), secret: SECRET.to_owned() }
}

async fn events(tenant: &Tenant) -> Vec<Value> {
    tenant.client.get("/events?limit=250").await.expect(200)["items"].as_array().cloned().unwrap()
}

#[tokio::test]
async fn what_github_sends_becomes_events_of_their_kinds_byte_for_byte() {
    let (app, receiver) = (app_with(&SETTINGS).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["github.>"]).await;
    let github = github(&app);
    let of = |members: &str| format!("{{{members},{REPOSITORY}}}");
    let sent = [
        ("push", fixtures::GITHUB_PUSH.to_owned(), "github.push"),
        ("pull_request", fixtures::GITHUB_PULL_REQUEST.to_owned(), "github.pull_request.opened"),
        ("issues", of(r#""action":"opened","issue":{"number":42}"#), "github.issues.opened"),
        ("release", of(r#""action":"published","release":{"tag_name":"v1.0"}"#), "github.release.published"),
        (
            "issue_comment",
            of(r#""action":"created","comment":{"body":"+1"}"#),
            "github.issue_comment.created",
        ),
        ("star", of(r#""action":"deleted","starred_at":null"#), "github.star.deleted"),
        ("fork", of(r#""forkee":{"id":9002}"#), "github.fork"),
        ("create", of(r#""ref":"v1.0","ref_type":"tag""#), "github.create"),
        ("delete", of(r#""ref":"old","ref_type":"branch""#), "github.delete"),
        (
            "workflow_run",
            of(r#""action":"completed","workflow_run":{"id":1}"#),
            "github.workflow_run.completed",
        ),
        ("check_suite", of(r#""action":"requested","check_suite":{"id":1}"#), "github.check_suite.requested"),
        (
            "deployment_status",
            of(r#""action":"created","deployment":{"id":1}"#),
            "github.deployment_status.created",
        ),
        ("repository_dispatch", of(r#""action":"deploy it now""#), "github.repository_dispatch"),
    ];
    for (n, (event, body, expected)) in sent.iter().enumerate() {
        let delivery = format!("72d3162e-cc78-11e3-81ab-{n:012}");
        let receipt = github.send(event, &delivery, body).await.expect(202);
        assert_eq!(receipt, json!({"eventId": delivery, "duplicate": false}));
        let shown = tenant.client.get(&format!("/events/{delivery}")).await;
        assert!(shown.text().contains(&format!("\"data\":{}", body.trim())), "{expected}");
        let shown = shown.json();
        assert_eq!((&shown["event"], &shown["source"]), (&json!(expected), &json!("github")));
        let raw = if body.trim() == body { Value::Null } else { json!(body) };
        let kept = json!({"sourceId": null, "deliveryId": delivery, "senderType": event, "rawBody": raw});
        assert_eq!(shown["inbound"], kept);
    }
    let delivered = receiver.wait_for(sent.len()).await;
    let mut types: Vec<String> = delivered.iter().map(|request| text(&request.json()["event"])).collect();
    let mut expected: Vec<&str> = sent.iter().map(|(_, _, expected)| *expected).collect();
    types.sort_unstable();
    expected.sort_unstable();
    assert_eq!(types, expected);
    let accepted = app.client().get("!/metrics").await.text();
    assert!(accepted.contains("hookyard_events_accepted_total{source=\"github\"}"), "{accepted}");
}

#[tokio::test]
async fn people_may_write_pr_for_pull_request() {
    let (app, receiver) = (app_with(&SETTINGS).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["github.pr.*"]).await;
    assert_eq!(tenant.show(&endpoint).await["events"], json!(["github.pr.*"]));
    github(&app).send("pull_request", "d-1", r#"{"action":"closed"}"#).await.expect(202);
    assert_eq!(receiver.wait_for(1).await[0].json()["event"], "github.pull_request.closed");
}

#[tokio::test]
async fn copies_make_one_event_be_they_sent_at_once_or_under_another_id() {
    let (app, receiver) = (app_with(&SETTINGS).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["github.>"]).await;
    let github = github(&app);
    let body = format!("{{\"action\":\"opened\",{REPOSITORY}}}");
    // The same delivery, and one caught on the way and sent under ids of the thief's.
    for ids in [&["d-1"][..], &["d-2", "d-3", "d-4", "d-5", "d-6", "d-7"]] {
        let body = format!("{}{}", body, " ".repeat(ids.len()));
        let copies = (0..20).map(|n| {
            let (github, body, id) = (github.clone(), body.clone(), ids[n % ids.len()].to_owned());
            tokio::spawn(async move { github.send("issues", &id, &body).await.expect(202) })
        });
        let mut fresh = 0;
        for copy in copies.collect::<Vec<_>>() {
            fresh += usize::from(copy.await.unwrap()["duplicate"] == false);
        }
        assert_eq!(fresh, 1, "{ids:?}");
        for id in ids {
            assert_eq!(github.send("issues", id, &body).await.status, 202);
        }
    }
    // Another body under an id that is known is no event either: ids are not signed.
    let other = github.send("issues", "d-1", "{\"action\":\"closed\"}").await.expect(202);
    assert_eq!(other["duplicate"], true);
    // Another source may have the same body.
    let (source, _) = Github::of(&tenant, &app.client(), &json!({})).await;
    assert_eq!(source.send("issues", "d-9", &body).await.expect(202)["duplicate"], false);
    app.settled(&tenant).await;
    assert_eq!((events(&tenant).await.len(), receiver.count()), (3, 3));
}

#[tokio::test]
async fn nothing_is_taken_that_github_did_not_sign() {
    let app = app_with(&SETTINGS).await;
    let tenant = app.tenant("acme").await;
    let github = github(&app);
    let body = "{\"action\":\"opened\"}";
    let right = github.signature(body.as_bytes());
    let stranger = Github { secret: "another secret of some length".to_owned(), ..github.clone() };
    let last = if right.ends_with('0') { "1" } else { "0" };
    let one_digit = format!("{}{last}", &right[..right.len() - 1]);
    let mut answers = vec![
        stranger.send("issues", "d-1", body).await,
        github.send_signed("issues", "d-1", (JSON, Bytes::from("{\"action\":\"closed\"}")), &right).await,
        github.send_signed("issues", "d-1", (JSON, Bytes::from(format!("{body} "))), &right).await,
    ];
    let sha1 = format!("sha1={}", &hex(&hmac(SECRET.as_bytes(), &[body.as_bytes()]))[..40]);
    for wrong in [&one_digit, "", "sha256=", &right[7..], &right.replace("sha256", "sha1"), &sha1] {
        answers.push(github.send_signed("issues", "d-1", (JSON, Bytes::from(body)), wrong).await);
    }
    // None at all; SHA-1 alone; the right one, twice.
    let bare = github.client.with_header("x-github-event", "issues".to_owned());
    let bare = bare.with_header("x-github-delivery", "d-1".to_owned());
    let twice = bare.with_header("x-hub-signature-256", right.clone());
    for client in [
        bare.clone(),
        bare.with_header("x-hub-signature", sha1.clone()),
        twice.with_header("x-hub-signature-256", right.clone()),
    ] {
        answers.push(client.send(Method::POST, &github.path, Some((JSON, Bytes::from(body)))).await);
    }
    let details: Vec<Value> = answers.iter().map(|answer| answer.json()["detail"].clone()).collect();
    for (answer, detail) in answers.iter().zip(&details) {
        assert_eq!(answer.problem().1, "signature-wrong");
        assert_eq!(*detail, details[0], "it tells what was wrong");
    }
    // A ping is held to it too.
    assert_eq!(stranger.send("ping", "d-2", "{\"zen\":\"x\"}").await.problem().0, 401);
    assert_eq!(events(&tenant).await, Vec::<Value>::new());
    // And nothing of it was held against the very same request, once it is signed.
    assert_eq!(github.send("issues", "d-1", body).await.expect(202)["duplicate"], false);
}

#[tokio::test]
async fn a_ping_is_answered_and_no_event() {
    let app = app_with(&SETTINGS).await;
    let tenant = app.tenant("acme").await;
    let answer =
        github(&app).send("ping", "d-1", "{\"zen\":\"Keep it logically awesome.\",\"hook_id\":1}").await;
    assert_eq!(answer.expect(200), json!({"pong": true}));
    assert_eq!(events(&tenant).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_form_is_as_good_as_json_and_kept_as_it_came() {
    let app = app_with(&SETTINGS).await;
    let tenant = app.tenant("acme").await;
    let github = github(&app);
    let payload = "{\"action\":\"opened\",\"title\":\"ü & 1+1=2 %\",\"n\":1.10}";
    let form: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("payload", payload).finish();
    let signature = github.signature(form.as_bytes());
    let send = async |body: &str| {
        github.send_signed("issues", "d-1", (FORM, Bytes::from(body.to_owned())), &signature).await
    };
    assert_eq!(send(&form).await.expect(202)["duplicate"], false);
    let shown = tenant.client.get("/events/d-1").await;
    assert!(shown.text().contains(&format!("\"data\":{payload}")), "{}", shown.text());
    assert_eq!(shown.json()["inbound"]["rawBody"], form);
    assert_eq!(shown.json()["event"], "github.issues.opened");
    // It is the form that is signed, not what it holds.
    assert_eq!(send(payload).await.problem().1, "signature-wrong");
    let without = "body=1";
    let answer = github
        .send_signed("issues", "d-2", (FORM, Bytes::from(without)), &github.signature(without.as_bytes()))
        .await;
    assert_eq!(answer.problem(), (422, "invalid-request".to_owned(), vec!["/payload".to_owned()]));
}

#[tokio::test]
async fn a_body_of_25_mib_is_taken_and_not_a_byte_more() {
    let app = app_with(&SETTINGS).await;
    let tenant = app.tenant("acme").await;
    let github = github(&app);
    let max = 25 * 1024 * 1024;
    let largest = format!("{{\"a\":\"{}\"}}", "x".repeat(max - 8));
    assert_eq!(largest.len(), max);
    assert_eq!(github.send("push", "d-1", &largest).await.expect(202)["duplicate"], false);
    assert_eq!(github.send("push", "d-2", &format!("{largest} ")).await.problem().0, 413);
    let found = events(&tenant).await;
    assert_eq!(found.iter().map(|event| &event["eventId"]).collect::<Vec<_>>(), ["d-1"]);
}

#[tokio::test]
async fn what_is_signed_and_no_event_is_told_why() {
    let app = app_with(&SETTINGS).await;
    let tenant = app.tenant("acme").await;
    let github = github(&app);
    for event in ["a.b", "a b", "issues/opened"] {
        let answer = github.send(event, "d-1", "{}").await;
        assert_eq!(answer.problem(), (422, "invalid-request".to_owned(), vec!["X-GitHub-Event".to_owned()]));
    }
    assert_eq!(github.send("push", &"d".repeat(201), "{}").await.problem().2, ["X-GitHub-Delivery"]);
    assert_eq!(github.send("push", "d-1", "{\"a\":").await.problem().1, "malformed-json");
    let text = ("text/plain", Bytes::from("{}"));
    let answer = github.send_signed("push", "d-1", text, &github.signature(b"{}")).await;
    assert_eq!(answer.problem().1, "unsupported-media-type");
    assert_eq!(events(&tenant).await, Vec::<Value>::new());
}

#[tokio::test]
async fn without_configuration_or_its_tenant_there_is_no_such_source() {
    let mut app = app().await;
    let answer = github(&app).send("push", "d-1", "{}").await;
    assert_eq!(answer.problem().0, 404);
    assert!(answer.text().contains("inbound.github is not set"), "{}", answer.text());
    app.restart_with(&SETTINGS).await;
    let answer = github(&app).send("push", "d-1", "{}").await;
    assert_eq!(answer.problem().0, 404);
    assert!(answer.text().contains("the tenant of inbound.github does not exist"), "{}", answer.text());
    app.tenant("acme").await;
    github(&app).send("push", "d-1", "{}").await.expect(202);
}
