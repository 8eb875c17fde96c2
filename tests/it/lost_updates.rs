//! Nobody overwrites what he has not seen: a change that names another version than there is by now is refused, and does
//! nothing.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::tenant::text;
use crate::support::{Receiver, app};

fn etag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

fn meaning(client: &Client, tags: &str) -> Client {
    client.with_header("if-match", tags.to_owned())
}

async fn version(client: &Client, path: &str) -> String {
    let shown = client.get(path).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    etag(&shown)
}

/// What holds for every thing that has a version and a name.
async fn no_update_is_lost(client: &Client, path: &str, made: &Answer) {
    let name = |name: &str| json!({"name": name});
    let refused = async |client: Client| {
        for answer in [client.patch(path, &name("late")).await, client.delete(path).await] {
            assert_eq!(answer.problem(), (412, "precondition-failed".to_owned(), Vec::new()), "{path}");
        }
    };
    let first = version(client, path).await;
    assert_eq!(etag(made), first, "{path}");
    let changed = meaning(client, &first).patch(path, &name("first")).await;
    let second = etag(&changed);
    assert_eq!(changed.expect(200)["name"], "first");
    assert!(second != first && version(client, path).await == second, "{path}");
    for other in
        [&first, &format!("W/{second}"), second.trim_matches('"'), "nonsense", &format!("{first}, \"0\"")]
    {
        refused(meaning(client, other)).await;
    }
    assert_eq!(client.get(path).await.expect(200)["name"], "first");
    assert_eq!(version(client, path).await, second);
    for of_it in [&*format!("{first}, {}", version(client, path).await), "*"] {
        meaning(client, of_it).patch(path, &name("second")).await.expect(200);
    }
    client.patch(path, &name("third")).await.expect(200);

    // Of many at once that saw the same, one.
    let seen = meaning(client, &version(client, path).await);
    let names: Vec<Value> = (0..10).map(|n| name(&n.to_string())).collect();
    let answers = join_all(names.iter().map(|name| seen.patch(path, name))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|&&status| status == 200).count(), 1, "{path}: {statuses:?}");
    assert_eq!(statuses.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([200, 412]), "{path}");
    let won = answers.iter().find(|answer| answer.status == 200).unwrap();
    assert_eq!(client.get(path).await.expect(200)["name"], won.json()["name"], "{path}");

    meaning(client, &version(client, path).await).delete(path).await.expect(204);
    // What is gone has no version.
    assert_eq!(meaning(client, "*").patch(path, &name("late")).await.status, 404, "{path}");
}

#[tokio::test]
async fn of_endpoints_keys_and_tenants() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let (tenant, operator) = (app.tenant("acme").await, app.operator());
    let made = tenant.client.post("/webhooks", &json!({"url": receiver.url(), "events": ["a"]})).await;
    no_update_is_lost(&tenant.client, &format!("/webhooks/{}", text(&made.json()["id"])), &made).await;
    let made = tenant.client.post("/keys", &json!({"name": "k", "role": "viewer"})).await;
    no_update_is_lost(&tenant.client, &format!("/keys/{}", text(&made.json()["id"])), &made).await;
    let made = operator.post("/tenants", &json!({"id": "other", "name": "Other"})).await;
    no_update_is_lost(&operator, "/tenants/other", &made).await;
}

#[tokio::test]
async fn what_goes_on_by_itself_is_no_change_and_a_new_secret_is_one() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    let endpoint = tenant.endpoint(&receiver.url(), &["a"]).await;
    let path = format!("/webhooks/{}", endpoint.id);
    let before = version(&tenant.client, &path).await;
    let event = tenant.publish("a", &json!({})).await;
    tenant.delivery_when(&event, &endpoint, "success").await;
    assert_eq!(version(&tenant.client, &path).await, before);
    let rotated = tenant.client.post(&format!("{path}/rotate-secret"), &json!({})).await;
    assert_eq!(rotated.status, 200);
    assert!(etag(&rotated) != before && etag(&rotated) == version(&tenant.client, &path).await);
}
