//! What `docker compose` is told: against Compose's own schema, and against what it names of the service and of the repository.
//! Both with one nats-server and with three. No container is started.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use hookyard::config::{Config, Sources};
use hookyard::servers::Nats;
use serde_json::Value;
use tokio::process::Command;

use crate::support::fixtures;

const NODES: [&str; 2] = ["hookyard-1", "hookyard-2"];
const NATS_OF_THREE: [&str; 3] = ["nats-1", "nats-2", "nats-3"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The variables of config/nats-cluster.env.
fn cluster() -> BTreeMap<String, String> {
    let text = read("config/nats-cluster.env");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once('=').unwrap()).map(|(name, value)| (name.into(), value.into())).collect()
}

/// The file as Compose takes it with these variables: `${NAME:-default}` replaced, aliases and merges resolved.
fn compose(variables: &BTreeMap<String, String>) -> Value {
    let text = read("docker-compose.yml");
    let mut pieces = text.split("${");
    let mut replaced = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (variable, rest) = piece.split_once('}').unwrap();
        let (name, default) = variable.split_once(":-").expect("each has a default");
        replaced.push_str(variables.get(name).map_or(default, String::as_str));
        replaced.push_str(rest);
    }
    serde_saphyr::from_str(&replaced).unwrap()
}

fn alone() -> Value {
    compose(&BTreeMap::new())
}

fn services(compose: &Value) -> impl Iterator<Item = (&str, &Value)> {
    compose["services"].as_object().unwrap().iter().map(|(name, service)| (name.as_str(), service))
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|item| item.as_str().unwrap()).collect()
}

/// What a node of the file runs with.
fn config(compose: &Value, node: &str) -> Config {
    let set = compose["services"][node]["environment"].as_object().unwrap();
    let env: Vec<_> =
        set.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
    Config::load(Sources { file: None, env }).unwrap()
}

#[test]
fn it_is_as_the_schema_has_it() {
    let schema: Value = serde_json::from_str(fixtures::COMPOSE).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for mut compose in [alone(), compose(&cluster())] {
        let errors: Vec<String> =
            schema.iter_errors(&compose).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:?}");
        compose["services"]["nats"]["volume"] = "nats:/data".into();
        assert!(!schema.is_valid(&compose), "the schema lets anything pass");
    }
}

#[test]
fn nodes_understand_their_settings() {
    let compose = alone();
    for node in NODES {
        let config = config(&compose, node);
        assert!(config.is_development(), "its keys are public");
        assert!(config.server.listen.ip().is_unspecified(), "a container's loopback is its own");
        assert_eq!((config.vault.keys.len(), config.nats.replicas), (1, 1));
        let target = format!("\"{node}:{}\"", config.server.listen.port());
        assert!(read("config/prometheus.yml").contains(&target), "{node} is not scraped");
        let published = compose["services"][node]["ports"][0].as_str().unwrap();
        let (at, of) = published.rsplit_once(':').unwrap();
        assert_eq!(of, config.server.listen.port().to_string());
        assert_eq!(compose["services"][node]["environment"]["BASE_URL"], format!("http://{at}"), "{node}");
    }
    // Nothing else tells them apart.
    let plain = |node: &str| {
        let mut service = compose["services"][node].clone();
        for own in ["ports", "build", "pull_policy"] {
            service.as_object_mut().unwrap().remove(own);
        }
        service["environment"].as_object_mut().unwrap().remove("BASE_URL");
        service
    };
    assert_eq!(plain(NODES[0]), plain(NODES[1]));
}

#[test]
fn nodes_reach_the_receiver_and_nobody_else() {
    let moved = BTreeMap::from([("WEBHOOKS_NET".to_owned(), "10.99.0".to_owned())]);
    for compose in [alone(), compose(&moved)] {
        let receiver =
            compose["services"]["receiver"]["networks"]["webhooks"]["ipv4_address"].as_str().unwrap();
        let receiver: IpAddr = receiver.parse().unwrap();
        for node in NODES {
            assert_eq!(config(&compose, node).egress.allow_cidrs, [ipnet::IpNet::from(receiver)]);
            assert_eq!(texts(&compose["services"][node]["networks"]), ["default", "webhooks"]);
        }
        let network = &compose["networks"]["webhooks"]["ipam"]["config"][0];
        let range = |name: &str| network[name].as_str().unwrap().parse::<ipnet::IpNet>().unwrap();
        let (subnet, of_others) = (range("subnet"), range("ip_range"));
        assert!(subnet.contains(&receiver) && subnet.contains(&of_others), "{receiver}, {subnet}");
        assert!(!of_others.contains(&receiver), "another may be given {receiver}");
        let others =
            services(&compose).filter(|(_, service)| service["networks"].to_string().contains("webhooks"));
        assert_eq!(others.count(), NODES.len() + 1);
    }
}

#[test]
fn a_cluster_has_three_and_keeps_three_copies() {
    let compose = compose(&cluster());
    let profile = cluster().remove("COMPOSE_PROFILES").unwrap();
    let of_profile: Vec<&str> = services(&compose)
        .filter(|(_, service)| texts(&service["profiles"]) == [&profile])
        .map(|(name, _)| name)
        .collect();
    assert_eq!(of_profile, NATS_OF_THREE);
    assert_eq!(compose["services"]["nats"]["scale"], 0);
    assert_eq!(alone()["services"]["nats"]["scale"], 1);
    let settings = read("config/nats-cluster.conf");
    for node in NODES {
        let config = config(&compose, node);
        assert_eq!(config.nats.replicas, of_profile.len());
        let urls = of_profile.iter().map(|name| format!("nats://{name}:4222")).collect::<Vec<_>>().join(",");
        assert_eq!(compose["services"][node]["environment"]["NATS_URL"], urls);
    }
    for name in of_profile {
        assert_eq!(compose["services"][name]["environment"]["NATS_NAME"], name);
        assert!(settings.contains(&format!("\"nats://{name}:6222\"")), "{name} has no route");
    }
}

#[tokio::test]
async fn nats_understands_its_configurations() {
    for file in ["config/nats.conf", "config/nats-cluster.conf"] {
        let mut command = Command::new(Nats::program().unwrap());
        command.args(["-t", "-c", file]).current_dir(root()).env("NATS_NAME", NATS_OF_THREE[0]);
        let output = command.output().await.unwrap();
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn it_is_for_one_machine() {
    for compose in [alone(), compose(&cluster())] {
        let runs = |service: &Value| {
            service["scale"] != 0
                && (service["profiles"].is_null() || compose["services"]["nats"]["scale"] == 0)
        };
        let mut ports = BTreeSet::new();
        for (name, service) in services(&compose).filter(|(_, service)| runs(service)) {
            for port in texts(&service["ports"]) {
                assert!(port.starts_with("127.0.0.1:"), "{name} is published to others: {port}");
                assert!(ports.insert(port.rsplit_once(':').unwrap().0), "{name}: {port} is there twice");
            }
        }
        assert!(ports.len() >= 5, "{ports:?}");
    }
}

#[test]
fn volumes_are_named_and_configurations_are_files_of_the_repository() {
    let compose = alone();
    let (mut volumes, mut configs) = (BTreeSet::new(), BTreeSet::new());
    for (_, service) in services(&compose) {
        volumes
            .extend(texts(&service["volumes"]).into_iter().map(|volume| volume.split(':').next().unwrap()));
        configs.extend(
            service["configs"].as_array().into_iter().flatten().map(|one| one["source"].as_str().unwrap()),
        );
    }
    let known = |section: &str| -> BTreeSet<String> {
        compose[section].as_object().unwrap().keys().cloned().collect()
    };
    let owned =
        |names: BTreeSet<&str>| -> BTreeSet<String> { names.into_iter().map(str::to_owned).collect() };
    assert_eq!(owned(volumes), known("volumes"));
    assert_eq!(owned(configs), known("configs"));
    for (name, config) in compose["configs"].as_object().unwrap() {
        let path = config["file"].as_str().unwrap();
        assert!(root().join(path).is_file(), "{name}: {path} is not there");
    }
}

fn files(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.insert(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        }
    }
}

#[test]
fn grafana_gets_all_that_is_there_for_it() {
    let compose = alone();
    let mut given = BTreeSet::new();
    for config in compose["services"]["grafana"]["configs"].as_array().unwrap() {
        let (source, target) = (config["source"].as_str().unwrap(), config["target"].as_str().unwrap());
        let file = compose["configs"][source]["file"].as_str().unwrap().strip_prefix("./").unwrap();
        assert_eq!(format!("/etc/{file}"), target);
        assert!(given.insert(file.to_owned()), "{file} is given twice");
    }
    let mut there = BTreeSet::new();
    for folder in ["grafana/dashboards", "grafana/provisioning"] {
        files(&root().join(folder), &mut there);
    }
    assert_eq!(given, there);
}

#[test]
fn who_needs_another_waits_until_it_is_healthy_or_has_done_its_work() {
    let compose = alone();
    let is_checked = |name: &str| compose["services"][name]["healthcheck"]["test"].is_array();
    for (name, service) in services(&compose) {
        for (needed, how) in service["depends_on"].as_object().into_iter().flatten() {
            let is_ours = NODES.contains(&needed.as_str());
            let when = if needed == "reader" { "service_completed_successfully" } else { "service_healthy" };
            assert_eq!(how["condition"], when, "{name} on {needed}");
            assert!(is_ours || needed == "reader" || is_checked(needed), "{needed} has no check");
            let always_there = compose["services"][needed]["profiles"].is_null();
            assert_eq!(how["required"] == false, !always_there, "{name} on {needed}");
        }
        let is_ours = service["image"] == compose["services"][NODES[0]]["image"];
        assert!(is_ours || name == "reader" || is_checked(name), "{name} has no check");
    }
    for needed in ["postgres", "nats"].iter().chain(&NATS_OF_THREE) {
        assert!(
            NODES.iter().all(|node| compose["services"][*node]["depends_on"][*needed].is_object()),
            "{needed}"
        );
    }
}

#[test]
fn images_have_a_version() {
    let tools = read("scripts/tools.sh");
    let nats = tools.lines().find_map(|line| line.strip_prefix("nats_version=")).unwrap();
    for (name, service) in services(&alone()) {
        let image = service["image"].as_str().unwrap();
        let (_, version) = image.split_once(':').unwrap();
        assert!(
            version.starts_with(|c: char| c.is_ascii_digit() || c == 'v') || image == "hookyard:development",
            "{image}"
        );
        if name.starts_with("nats") {
            assert_eq!(image, format!("nats:{nats}-alpine"), "not the version of `make run`");
        }
    }
}
