//! The unit of systemd: its settings are the service's, and systemd understands it. Nothing is started by it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use hookyard::app::DRAIN;
use hookyard::config::{Config, Sources};

const UNIT: &str = "deploy/hookyard.service";
/// Of `systemd-analyze security`, in tenths: 0 is safest, 100 is a service that may do everything.
const EXPOSURE_MAX: &str = "15";

fn unit() -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(UNIT)).unwrap()
}

/// What it says under this name, as often as it does.
fn said(name: &str) -> Vec<String> {
    let unit = unit();
    let of_it = unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    of_it.map(str::to_owned).collect()
}

#[test]
fn its_settings_are_those_of_a_node_and_its_secrets_come_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = [
        ("postgres-url", "postgres://hookyard:secret@db/hookyard\n"),
        ("nats-url", "nats://hookyard:secret@nats:4222\n"),
        ("vault-keys", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"),
    ];
    let credentials: Vec<String> =
        said("LoadCredential").iter().map(|line| line.split_once(':').unwrap().0.to_owned()).collect();
    assert_eq!(credentials, secrets.map(|(name, _)| name));
    for (name, secret) in secrets {
        fs::write(folder.path().join(name), secret).unwrap();
    }
    let directory = folder.path().to_str().unwrap();
    let env: Vec<(String, String)> = said("Environment")
        .iter()
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.replace("%d", directory)))
        .collect();
    assert_eq!(env.iter().filter(|(name, _)| name.ends_with("_FILE")).count(), secrets.len());
    let config = Config::load(Sources { file: None, env }).unwrap();
    assert!(!config.is_development());
    // A descriptor for each of its connections, and as many for those to endpoints.
    let descriptors: usize = said("LimitNOFILE")[0].parse().unwrap();
    assert!(descriptors >= 2 * config.server.connections_max, "{descriptors}");
    let stop: u64 = said("TimeoutStopSec")[0].trim_end_matches('s').parse().unwrap();
    assert!(stop > DRAIN.as_secs() + 10, "a drain ends within {DRAIN:?} and 10 s");
}

#[test]
fn systemd_understands_it_and_finds_little_exposed() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("hookyard.service");
    // The program has to be there, for systemd to be content.
    fs::write(&there, unit().replace("/usr/local/bin/hookyard", env!("CARGO_BIN_EXE_hookyard"))).unwrap();
    let run = |arguments: &[&str]| Command::new("systemd-analyze").args(arguments).arg(&there).output();
    let Ok(verified) = run(&["verify", "--man=no"]) else {
        eprintln!("no systemd-analyze on this machine");
        return;
    };
    let words = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && !words.contains("hookyard.service"), "{words}");
    let security = run(&["security", "--offline=true", "--no-pager", "--threshold", EXPOSURE_MAX]).unwrap();
    assert!(security.status.success(), "{}", String::from_utf8_lossy(&security.stdout));
}
