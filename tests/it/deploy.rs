//! Dashboards and alerts name things of the service: metrics, and what their labels have. Read as text, since nothing here
//! needs more of YAML than its lines.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::dashboards::asked;
use actors::ports::Close;
use domain::delivery::Reason;
use domain::endpoint::Status;
use domain::event::Source;
use domain::outcome::Outcome;

const ALERTS: &str = "config/alerts.yml";
const CASES: &str = "config/alerts.test.yml";
const PREFIX: &str = "hookyard_";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every name of a metric that follows `before`.
fn names(text: &str, before: &str) -> BTreeSet<String> {
    let is_name = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_';
    let start = format!("{before}{PREFIX}");
    let ends = text.split(start.as_str()).skip(1);
    ends.map(|end| format!("{PREFIX}{}", end.chars().take_while(is_name).collect::<String>())).collect()
}

/// The names in the sources of `folder`. Telemetry chooses buckets for names that others may not count yet.
fn exported(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            exported(&path, into);
        } else if !path.ends_with("telemetry.rs") {
            into.extend(names(&fs::read_to_string(&path).unwrap(), "\""));
        }
    }
}

/// Every query of the dashboards, and the rules of the alerts.
fn queries() -> String {
    asked("expr").into_iter().fold(read(ALERTS), |text, (_, query)| text + &query + "\n")
}

/// The names in them, a histogram's series under the name it is recorded by.
fn queried() -> BTreeSet<String> {
    let names = names(&queries(), "");
    let ends = ["_bucket", "_count", "_sum"];
    let recorded =
        |name: &String| ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned();
    names.iter().map(recorded).collect()
}

#[test]
fn dashboards_and_alerts_ask_for_what_there_is() {
    let mut exported_names = BTreeSet::new();
    for folder in ["src", "actors/src"] {
        exported(&root().join(folder), &mut exported_names);
    }
    assert!(exported_names.contains("hookyard_attempts_total"));
    let queried = queried();
    let unknown: Vec<&String> = queried.difference(&exported_names).collect();
    assert!(unknown.is_empty(), "no such metrics: {unknown:?}");
}

/// What is asked of labels: metric, label, and each of the values.
fn selections() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for series in queries().split(PREFIX).skip(1) {
        let Some((metric, rest)) = series.split_once(|c: char| !c.is_ascii_lowercase() && c != '_') else {
            continue;
        };
        let selectors = series[metric.len()..].starts_with('{').then(|| rest.split('}').next()).flatten();
        for selector in selectors.into_iter().flat_map(|all| all.split("\",")) {
            let (label, values) = selector.trim().split_once(['=', '!']).unwrap();
            let values = values.trim_start_matches(['=', '~']).trim_matches('"').split('|');
            found.extend(values.map(|value| (metric.to_owned(), label.to_owned(), value.to_owned())));
        }
    }
    found
}

#[test]
fn labels_are_asked_for_values_they_have() {
    let counted = read("actors/src/metrics.rs");
    let (mut looked_at, mut unknown) = (0, Vec::new());
    for (metric, label, value) in selections() {
        let known = match label.as_str() {
            "outcome" => Outcome::ALL.iter().any(|outcome| outcome.as_str() == value),
            "reason" => Reason::ALL.iter().any(|reason| reason.as_str() == value),
            "source" => Source::ALL.iter().any(|one| one.as_str() == value),
            "status" if metric == "endpoints" => Status::ALL.iter().any(|status| status.as_str() == value),
            // Of HTTP: a class, as in 5xx.
            "status" => value.len() == 3 && value.starts_with(|c: char| ('1'..='5').contains(&c)),
            "verdict" => Close::WORDS.contains(&value.as_str()),
            // These are written where they are counted, and nowhere else.
            "state" => counted.contains(&format!("\"{value}\"")),
            "route" => read("src/api/router.rs").contains(&format!("\"{value}\"")),
            _ => false,
        };
        looked_at += 1;
        if !known {
            unknown.push(format!("{metric}: {label}={value}"));
        }
    }
    assert!(unknown.is_empty(), "no such values: {unknown:?}");
    assert!(looked_at >= 10, "{looked_at} found");
}

#[test]
fn yaml_is_plain() {
    let sources = "grafana/provisioning/datasources/prometheus.yml";
    let ledger = "grafana/provisioning/datasources/ledger.yml";
    let dashboards = "grafana/provisioning/dashboards/hookyard.yml";
    for path in ["config/prometheus.yml", ALERTS, CASES, sources, ledger, dashboards] {
        for line in read(path).lines().filter(|line| !line.trim().is_empty()) {
            let text = line.trim_start();
            let is_pair = text.ends_with(':') || text.contains(": ");
            assert!(is_pair || text.starts_with("- ") || text.starts_with('#'), "{path}: {line}");
            assert!((line.len() - text.len()).is_multiple_of(2) && !line.contains('\t'), "{path}: {line}");
        }
    }
}
