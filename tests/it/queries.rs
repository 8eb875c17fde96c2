//! What dashboards and alerts ask Prometheus: asked of a real one that reads a node under load.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::dashboards::asked;
use crate::support::ledger::now;
use crate::support::load::{Load, Numbers, Shape};
use crate::support::prometheus::Prometheus;
use crate::support::tenant::{Tenant, text};
use crate::support::{Receiver, app_with, wait};

/// Nothing is wrong here: no alert fires.
const MAY_BE_EMPTY: [&str; 1] = ["overview: Alerts that fire"];
/// Reads that fill the time that rates are over, and the paused one's backlog in one of them.
const READ_ENOUGH: &str =
    "count_over_time(up[1m]) >= 12 and on () sum(hookyard_queue_messages{state=\"spilled\"}) > 0";

/// With a certificate of an authority, a key that is used and ends some day, and an endpoint each that is well, fails, and is paused.
async fn node() -> (TestApp, Tenant, Receiver) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let authority = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    std::fs::write(file.path(), authority.pem()).unwrap();
    let path = file.path().display().to_string();
    let mut app =
        app_with(&[("HOOKYARD__EGRESS__EXTRA_CA_FILE", &path), ("HOOKYARD__AUDIT__GRACE", "1s")]).await;
    let tenant = app.tenant("acme").await;
    let in_a_year =
        (now() + time::Duration::days(365)).format(&time::format_description::well_known::Rfc3339).unwrap();
    let wanted = json!({"name": "ends", "role": "admin", "tenantId": "acme", "expiresAt": in_a_year});
    let ends = text(&app.operator().post("/keys", &wanted).await.expect(201)["key"]);
    app.client().with_key(&ends).get("/webhooks").await.expect(200);
    // What is told once a minute is told at the start.
    app.restart().await;
    let tenant = app.again(&tenant);
    let receiver = Receiver::start().await;
    tenant.endpoint(&receiver.url(), &["order.*"]).await;
    tenant.endpoint("http://127.0.0.1:9/", &["order.*"]).await;
    let paused = tenant.endpoint(&receiver.url(), &["order.*"]).await;
    tenant.change(&paused, &json!({"status": "paused"})).await;
    // Refused, as every node refuses something.
    assert_eq!(app.client().get("/webhooks").await.status, 401);
    (app, tenant, receiver)
}

/// The metrics that an expression names, each with what it asks of labels.
fn selections(expression: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in expression.match_indices("hookyard_") {
        let rest = &expression[at..];
        let name_ends = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len());
        let labels = rest[name_ends..].starts_with('{').then(|| rest.find('}')).flatten();
        found.insert(rest[..labels.map_or(name_ends, |end| end + 1)].to_owned());
    }
    found
}

#[tokio::test]
async fn every_panel_and_rule_asks_for_what_a_node_under_load_tells() {
    let (app, tenant, _receiver) = node().await;
    let prometheus = Prometheus::start(app.url().strip_prefix("http://").unwrap()).await;
    let shape = Shape { pace: Duration::from_millis(20), bytes: 100 };
    let load = Load::start(&tenant, &Numbers::default(), 4, &shape);
    let look = async || prometheus.query(READ_ENOUGH).await.unwrap();
    wait::until("prometheus to have read enough", look, |found| !found.is_empty()).await;

    let mut wrong = Vec::new();
    let panels = asked("expr");
    assert!(panels.len() > 60, "{}", panels.len());
    for (title, expression) in panels {
        let expression = expression.replace("$interval", "10s").replace("$__range", "30s");
        match prometheus.query(&expression).await {
            Ok(found) if found.is_empty() && !MAY_BE_EMPTY.contains(&title.as_str()) => {
                wrong.push(format!("{title}: nothing: {expression}"));
            }
            Ok(found) if found.iter().all(|series| series["value"][1] == "NaN") && !found.is_empty() => {
                wrong.push(format!("{title}: not a number: {expression}"));
            }
            Ok(_) => {}
            Err(error) => wrong.push(format!("{title}: {error}: {expression}")),
        }
    }
    let rules = prometheus.rules().await;
    assert!(rules.len() >= 20, "{rules:?}");
    for rule in rules {
        let (name, expression) = (&rule["name"], rule["query"].as_str().unwrap());
        if rule["health"] != "ok" || rule["state"] != "inactive" {
            wrong.push(format!("{name}: {rule}"));
        }
        for selection in selections(expression) {
            // An error of ours is what a node at peace has none of.
            let selection = selection.replace(",status=~\"5..\"", "");
            if prometheus.query(&selection).await.map_or(true, |found| found.is_empty()) {
                wrong.push(format!("{name}: nothing of {selection}"));
            }
        }
    }
    load.stop().await;
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_a_rule_asks_for_is_found_in_it() {
    let found = selections("sum(hookyard_a{b=\"c\"}) > 0 and rate(hookyard_d_total[5m]) == 0");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["hookyard_a{b=\"c\"}", "hookyard_d_total"]);
}
