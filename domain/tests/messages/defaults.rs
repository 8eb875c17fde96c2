//! Every default message as it is sent. GitHub's payloads have the form of GitHub's own examples
//! (docs.github.com/webhooks, and github.com/octokit/webhooks, MIT), with values of our own and without what no
//! message reads.

use domain::message::{Provider, default};
use serde_json::{Value, json};

use super::{checker, with_event};

fn snapshot(name: &str, event_type: &str, data: &Value) {
    let (discord, slack) = with_event(event_type, data, |event| {
        (default(Provider::Discord, event), default(Provider::Slack, event))
    });
    checker::discord(&discord).unwrap();
    checker::slack(&slack).unwrap();
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_json_snapshot!(name, json!({"discord": discord, "slack": slack}));
    });
}

macro_rules! github {
    ($($test:ident: $file:literal as $event_type:literal),+ $(,)?) => { $(
        #[test]
        fn $test() {
            let data = serde_json::from_str(include_str!(concat!("github/", $file, ".json"))).unwrap();
            snapshot(concat!("github.", $file), $event_type, &data);
        }
    )+ };
}

github! {
    push: "push" as "github.push",
    push_of_many: "push_many" as "github.push",
    push_that_deletes_a_tag: "push_tag_deleted" as "github.push",
    pull_request_opened: "pull_request.opened" as "github.pull_request.opened",
    pull_request_closed: "pull_request.closed" as "github.pull_request.closed",
    pull_request_merged: "pull_request.closed_merged" as "github.pull_request.closed",
    pull_request_review_requested: "pull_request.review_requested" as "github.pull_request.review_requested",
    issue_opened: "issues.opened" as "github.issues.opened",
    issue_closed: "issues.closed" as "github.issues.closed",
    release_published: "release.published" as "github.release.published",
    star_created: "star.created" as "github.star.created",
}

#[test]
fn member_created() {
    let data = json!({"id": "m_1", "name": "Ada *Lovelace*", "email": "ada_l@example.com", "role": "editor", "inviter": null});
    snapshot("member.created", "member.created", &data);
}

#[test]
fn member_deleted() {
    snapshot(
        "member.deleted",
        "member.deleted",
        &json!({"member": {"name": "Ada", "email": "ada@example.com"}, "reason": "left"}),
    );
}

#[test]
fn event_created() {
    let data = json!({
        "title": "Rust meetup", "description": "Talks & pizza <3", "url": "https://example.com/events/7?a=1&b=2",
        "startsAt": "2026-03-01T18:00:00Z", "location": {"name": "Library", "city": "Berlin"}, "tags": ["rust", "talks"], "online": false,
    });
    snapshot("event.created", "event.created", &data);
}

#[test]
fn event_cancelled() {
    snapshot(
        "event.cancelled",
        "event.cancelled",
        &json!({"title": "Rust meetup", "reason": "@everyone is ill"}),
    );
}

#[test]
fn hackathon_started() {
    let data = json!({"name": "Winter Hack", "teams": 12, "prizes": ["1,000 €", "a book"], "endsAt": "2026-02-05T18:00:00Z"});
    snapshot("hackathon.started", "hackathon.started", &data);
}

#[test]
fn community_updated() {
    let data = json!({"community": {"name": "Rustaceans", "memberCount": 1204, "public": true}, "changed": ["name"]});
    snapshot("community.updated", "community.updated", &data);
}

#[test]
fn any_other() {
    let data = json!({"orderId": 42, "total": 12.50, "lines": [{"sku": "A-1", "count": 2}], "note": ""});
    snapshot("order.payment_received", "order.payment_received", &data);
    for (name, data) in [
        ("null", Value::Null),
        ("number", json!(7)),
        ("list", json!([1, {"a": null}])),
        ("nothing", json!({})),
    ] {
        snapshot(&format!("any.{name}"), "thing.happened", &data);
    }
}
