//! What runs the service elsewhere names things of the service: metrics, settings, ports, versions. Read as text,
//! since nothing here needs more of YAML than its lines; no container is started.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use actors::ports::Close;
use domain::delivery::Reason;
use domain::endpoint::Status;
use domain::event::Source;
use domain::outcome::Outcome;
use hookyard::config::{Config, Sources};

use crate::support::dashboards::asked;

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

/// The lines of a service of the compose file, without their first four spaces.
fn service(compose: &str, name: &str) -> Vec<String> {
    let start = format!("  {name}:");
    let lines = compose.lines().skip_while(|line| *line != start).skip(1);
    let own = lines.take_while(|line| line.is_empty() || line.starts_with("    "));
    own.map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned()).collect()
}

#[test]
fn the_service_understands_its_settings_in_the_compose_file() {
    let compose = read("docker-compose.yml");
    let own = service(&compose, "hookyard");
    let lines = own.iter().skip_while(|line| *line != "environment:").skip(1);
    let settings = lines.take_while(|line| line.starts_with("  ")).map(|line| line.trim());
    // Without YAML's quotes, and with the port that is published by default.
    let plain = |value: &str| value.trim_matches(['\'', '"']).replace("${HOOKYARD_PORT:-8013}", "8013");
    let pairs: Vec<(String, String)> = (settings.filter(|line| !line.starts_with('#')))
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), plain(value)))
        .collect();
    assert_eq!(compose.matches("HOOKYARD__").count(), pairs.iter().filter(|(n, _)| n.contains("__")).count());
    let config = Config::load(Sources { file: None, env: pairs }).unwrap();
    assert!(config.is_development(), "its keys are public");
    assert!(config.server.listen.ip().is_unspecified(), "a container's loopback is its own");
    assert_eq!((config.vault.keys.len(), config.server.listen.port()), (1, 8013));
    assert!(
        read("config/prometheus.yml").contains("\"hookyard:8013\"")
            && read("Dockerfile").contains("EXPOSE 8013")
    );
}

#[test]
fn the_compose_file_is_for_one_machine_and_names_what_there_is() {
    let compose = read("docker-compose.yml");
    let items = compose.lines().filter_map(|line| line.trim().strip_prefix("- "));
    for item in items.clone().filter(|item| item.starts_with('"')) {
        assert!(item.starts_with("\"127.0.0.1:$"), "published to others: {item}");
    }
    for path in items.filter_map(|item| item.strip_prefix("./")?.split(':').next()) {
        assert!(root().join(path).exists(), "{path}");
    }
    let tools = read("scripts/tools.sh");
    let nats = tools.lines().find_map(|line| line.strip_prefix("nats_version=")).unwrap();
    assert!(compose.contains(&format!("image: nats:{nats}-alpine")), "not the version of `make run`");
}

#[test]
fn yaml_is_plain() {
    let sources = "grafana/provisioning/datasources/prometheus.yml";
    let ledger = "grafana/provisioning/datasources/ledger.yml";
    let dashboards = "grafana/provisioning/dashboards/hookyard.yml";
    for path in ["docker-compose.yml", "config/prometheus.yml", ALERTS, CASES, sources, ledger, dashboards] {
        for line in read(path).lines().filter(|line| !line.trim().is_empty()) {
            let text = line.trim_start();
            let is_pair = text.ends_with(':') || text.contains(": ");
            assert!(is_pair || text.starts_with("- ") || text.starts_with('#'), "{path}: {line}");
            assert!((line.len() - text.len()).is_multiple_of(2) && !line.contains('\t'), "{path}: {line}");
        }
    }
}
