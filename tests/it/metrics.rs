//! docs/METRICS.md: made of the catalogues in the code, and what a node tells is what stands there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use actors::metrics::{Kind, Metric, Values};
use serde_json::json;

use crate::support::{Receiver, app, wait};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/METRICS.md");
const HEAD: &str = "# Metrics

What a node tells at `/metrics`, for Prometheus. Made of the catalogues in `actors/src/metrics.rs` and `src/metrics.rs`: a test renews
this file. Each node tells of itself: add up over nodes, but where the text says that every node tells of all, or one node alone.
No label holds a tenant or an endpoint, so what is told does not grow with them: which endpoint it is, `GET /api/v1/webhooks/top`,
`GET /api/v1/webhooks/{id}/stats` and the dashboard *Hookyard endpoints* say. A histogram has `_bucket`, `_sum` and `_count`; its
buckets are in `src/telemetry.rs`.
";

fn catalogue() -> Vec<&'static Metric> {
    actors::metrics::ALL.iter().chain(&hookyard::metrics::ALL).collect()
}

fn document() -> String {
    let mut text = HEAD.to_owned();
    for metric in catalogue() {
        let Metric { name, kind, unit, labels, help, purpose } = metric;
        let _ = write!(text, "\n## `{name}`\n\n{help}.\n\n- {}, {unit}\n", kind.as_str());
        for label in *labels {
            let values = match label.values {
                Values::These(values) => {
                    values().iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
                }
                Values::Any(what) => what.to_owned(),
            };
            let _ = writeln!(text, "- `{}`: {values}", label.name);
        }
        let _ = writeln!(text, "- For: {purpose}.");
    }
    text
}

#[test]
fn the_document_is_written_down() {
    let now = document();
    if std::fs::read_to_string(PATH).unwrap_or_default() != now {
        std::fs::write(PATH, now).unwrap();
        panic!("docs/METRICS.md was behind the code and is renewed: look at the difference and commit it");
    }
}

#[test]
fn names_say_what_they_are_and_are_there_once() {
    let mut seen = BTreeSet::new();
    for metric in catalogue() {
        let name = metric.name;
        assert!(seen.insert(name), "{name} is there twice");
        assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
        assert_eq!(name.ends_with("_seconds"), metric.unit == "seconds", "{name}");
        assert_eq!(name.ends_with("_bytes"), metric.unit == "bytes", "{name}");
        assert!(!metric.help.ends_with('.') && !metric.purpose.ends_with('.'), "{name}");
    }
}

/// What `/metrics` says a name is, and the labels and values of its series.
type Told = BTreeMap<String, (String, BTreeSet<(String, String)>)>;

fn read(shown: &str) -> Told {
    let mut told = Told::new();
    let kinds = shown.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    told.extend(kinds.map(|(name, kind)| (name.to_owned(), (kind.to_owned(), BTreeSet::new()))));
    for line in shown.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let name = line.split(['{', ' ']).next().unwrap();
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let known = base.filter(|base| told.contains_key(*base)).unwrap_or(name).to_owned();
        let labels =
            line.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(all, _)| all);
        let pairs = labels.split("\",").filter_map(|pair| pair.split_once("=\""));
        let pairs = pairs.map(|(label, value)| (label.to_owned(), value.trim_end_matches('"').to_owned()));
        let (_, seen) = told.get_mut(&known).unwrap_or_else(|| panic!("no type of {name}"));
        seen.extend(pairs.filter(|(label, _)| label != "le"));
    }
    told
}

#[tokio::test]
async fn a_node_tells_what_is_written_and_nothing_else() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.paid"]).await;
    tenant.publish("order.paid", &json!({})).await;
    receiver.wait_for(1).await;
    let look = async || app.client().get("!/metrics").await.text();
    let all_told = |shown: &String| {
        let told = read(shown);
        let of_files = |metric: &&&Metric| metric.name != "hookyard_certificate_expiry_timestamp_seconds";
        catalogue().iter().filter(of_files).all(|metric| told.contains_key(metric.name))
    };
    let shown = wait::until("everything to be told that there is", look, all_told).await;
    for (name, (kind, labels)) in read(&shown) {
        let metric = catalogue().into_iter().find(|metric| metric.name == name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is not in docs/METRICS.md"));
        assert_eq!(metric.kind.as_str(), kind, "{name}");
        assert!(shown.contains(&format!("# HELP {name} {}", metric.help)), "{name}");
        for (label, value) in labels {
            let known = metric.labels.iter().find(|known| known.name == label);
            match &known.unwrap_or_else(|| panic!("{name} has no label {label}")).values {
                Values::These(values) => {
                    assert!(values().contains(&value.as_str()), "{name}: {label}={value}");
                }
                Values::Any(_) => {}
            }
        }
    }
}
