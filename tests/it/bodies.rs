//! What http endpoints get: formats, and bodies that templates make.

use serde_json::{Value, json};

use crate::support::receiver::Reply;
use crate::support::tenant::{Tenant, text};
use crate::support::verify::is_signed_by;
use crate::support::{Receiver, app};

#[tokio::test]
async fn each_format_is_signed_as_it_is_sent_and_the_same_at_every_attempt() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let data = r#"{"z":1.10,"n":12345678901234567890123,"ü":"\u00fc"}"#;
    let template = json!({"template": r#"{"id": "{{ eventId }}", "z": {{ data.z | json }}}"#});
    for (settings, content_type) in [
        (json!({"format": "standard"}), "application/json"),
        (json!({"format": "cloudevents"}), "application/cloudevents+json"),
        (json!({"format": "data"}), "application/json"),
        (template, "application/json"),
    ] {
        let before = receiver.requests().len();
        receiver.answer([Reply::from(500), Reply::from(200)]);
        let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
        tenant.publish_raw("order.paid", data).await.expect(202);
        let requests = receiver.wait_for(before + 2).await.split_off(before);
        assert!(requests.iter().all(|request| is_signed_by(request, &endpoint.secret)), "{settings}");
        assert_eq!(requests[0].body, requests[1].body);
        assert_eq!(
            (requests[0].header("content-type"), requests[0].header("x-webhook-event")),
            (content_type, "order.paid")
        );
        let body = String::from_utf8(requests[0].body.to_vec()).unwrap();
        if settings["format"].is_string() {
            assert!(body.contains(data), "{body}");
        }
        let delivered = tenant.until_count(&endpoint, "success", 1).await;
        let shown = tenant.delivery(&text(&delivered[0]["id"])).await;
        assert_eq!(shown["attempts"][1]["request"]["body"], body.as_str());
        tenant.client.delete(&format!("/webhooks/{}", endpoint.id)).await.expect(204);
    }
}

#[tokio::test]
async fn what_a_template_cannot_make_is_dead_with_the_reason_and_counts_against_nobody() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"template": "{\n  \"total\": {{ data.a + data.b }}}", "autoDisableAfter": 1, "autoDisableMinDuration": "0s"});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.paid"], &settings).await;
    let event = tenant.publish("order.paid", &json!({"a": 1, "b": "x"})).await;
    let dead = tenant.delivery_when(&event, &endpoint, "dead").await;
    assert_eq!((&dead["deadReason"], &dead["attemptCount"]), (&json!("poison"), &json!(1)));
    let attempt = &dead["attempts"][0];
    assert_eq!(
        (&attempt["outcome"], &attempt["response"], &attempt["request"]["body"]),
        (&json!("blocked"), &Value::Null, &json!(""))
    );
    assert!(text(&attempt["error"]).contains("line 2, column "), "{attempt}");
    let shown = tenant.show(&endpoint).await;
    assert_eq!((&shown["status"], &shown["consecutiveFailures"]), (&json!("active"), &json!(0)));
    let good = tenant.publish("order.paid", &json!({"a": 1, "b": 2})).await;
    tenant.delivery_when(&good, &endpoint, "success").await;
    assert_eq!(receiver.wait_for(1).await[0].json(), json!({"total": 3}));
    // Made right, it can be sent after all.
    tenant.change(&endpoint, &json!({"template": r#"{"b": "{{ data.b }}"}"#})).await;
    tenant.client.post(&format!("/deliveries/{}/retry", text(&dead["id"])), &json!({})).await.expect(202);
    tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(receiver.wait_for(2).await[1].json(), json!({"b": "x"}));
}

async fn refused(tenant: &Tenant, path: &str, body: Value) -> Vec<String> {
    let answer = if path.starts_with("/webhooks/") && !path.ends_with("preview") {
        tenant.client.patch(path, &body).await
    } else {
        tenant.client.post(path, &body).await
    };
    assert_eq!(answer.status, 422, "{body}: {}", answer.text());
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| format!("{} {}", text(&error["pointer"]), text(&error["detail"]))).collect()
}

#[tokio::test]
async fn what_is_wrong_with_a_template_is_told_when_it_is_set_and_tried() {
    let app = app().await;
    let tenant = app.tenant("acme").await;
    let endpoint = tenant
        .endpoint_with("https://example.com/", &["a"], &json!({"template": "{\"a\": {{ data | json }}}"}))
        .await;
    let path = format!("/webhooks/{}", endpoint.id);
    let wrong = json!({"template": "{\n{{ data.x | uper }}}", "templates": {"a..b": "{}", "a.*": "{{"}});
    let said = refused(&tenant, &path, wrong).await;
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(
        said.contains(&"/template line 2, column 13: there is no filter \"uper\"".to_owned()),
        "{said:?}"
    );
    assert!(said[1].starts_with("/templates/") || said[0].starts_with("/templates/"), "{said:?}");
    let discord = "https://discord.com/api/webhooks/12/s3cr3t";
    for (change, pointer) in [
        (json!({"kind": "discord"}), "/url"),
        (json!({"kind": "discord", "url": "https://discord.com/channels/1"}), "/url"),
        (json!({"kind": "discord", "url": discord, "format": "data"}), "/format"),
        (
            json!({"kind": "slack", "url": "https://hooks.slack.com/services/T/B/s3cr3t", "secret": "x".repeat(20)}),
            "/secret",
        ),
        (json!({"kind": "mail"}), "/kind"),
        (json!({"format": "xml"}), "/format"),
        (json!({"template": 7}), "/template"),
        (json!({"templates": ["x"]}), "/templates"),
    ] {
        let said = refused(&tenant, &path, change.clone()).await;
        assert!(said.len() == 1 && said[0].starts_with(&format!("{pointer} ")), "{change}: {said:?}");
        assert!(!said[0].contains("s3cr3t"), "{said:?}");
    }
    let shown = tenant
        .change(
            &endpoint,
            &json!({"kind": "discord", "url": discord, "templates": {"a.*": "x"}, "template": null}),
        )
        .await;
    assert_eq!(
        (&shown["kind"], &shown["url"], &shown["template"], &shown["templates"]),
        (
            &json!("discord"),
            &json!("https://discord.com/api/webhooks/12/***"),
            &Value::Null,
            &json!({"a.*": "x"})
        )
    );

    let event = json!({"event": "a.b", "data": {"a": 1, "b": "x"}});
    let preview = format!("{path}/preview");
    let made = tenant.client.post(&preview, &event).await.expect(200);
    assert_eq!(made["body"], r#"{"allowed_mentions":{"parse":[]},"content":"x"}"#);
    tenant.change(&endpoint, &json!({"templates": {"a.*": "\n {{ data.a + data.b }}"}})).await;
    let said = refused(&tenant, &preview, event.clone()).await;
    assert!(said[0].contains("line 2, column "), "{said:?}");
    let mut tried = event;
    tried["template"] = json!("{{ data.b | upper }}");
    tried["kind"] = json!("slack");
    let made = tenant.client.post("/templates/preview", &tried).await.expect(200);
    assert_eq!(made["body"], r#"{"link_names":false,"text":"X"}"#);
    tried["template"] = json!("{{ data.a +\n data.b }}");
    let said = refused(&tenant, "/templates/preview", tried.clone()).await;
    assert!(said[0].starts_with("/template line "), "{said:?}");
    tried["template"] = json!("{{ nope }}");
    assert_eq!(refused(&tenant, "/templates/preview", tried).await.len(), 1);
}

#[tokio::test]
async fn a_preview_is_what_is_sent_without_what_signs_it() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let settings = json!({"auth": {"bearer": "s3cr3t"}, "customHeaders": {"X-Env": "prod"}});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["a"], &settings).await;
    let event =
        json!({"event": "a", "eventId": "e", "timestamp": "2026-01-02T03:04:05Z", "data": {"n": 1.10}});
    let shown = tenant.client.post(&format!("/webhooks/{}/preview", endpoint.id), &event).await.expect(200);
    assert!(receiver.requests().is_empty());
    tenant.client.post("/events", &event).await.expect(202);
    let sent = receiver.wait_for(1).await.remove(0);
    assert_eq!(shown["body"].as_str().map(str::as_bytes), Some(&sent.body[..]));
    for (name, value) in shown["headers"].as_object().unwrap() {
        let is_hidden = ["webhook-signature", "x-webhook-signature", "authorization"]
            .contains(&name.to_lowercase().as_str());
        assert_eq!(value == "***", is_hidden, "{name}");
        assert!(sent.headers.contains_key(name.as_str()), "{name}");
    }
}
