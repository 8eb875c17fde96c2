//! The suite as a person starts it, at sizes that are done in seconds: it brings a result of each row, and leaves nothing
//! else behind.
//!
//! It runs the program `hookyard` of the same build, which `cargo nextest run --workspace` makes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Its temporary folders are in there.
fn home() -> TempDir {
    // The user that Postgres runs as under root must pass, which tempfile's own mode does not allow.
    let mode = fs::Permissions::from_mode(0o711);
    tempfile::Builder::new().permissions(mode).tempdir().expect("a folder for this test")
}

fn suite(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard-bench"));
    command.args(arguments).env("TMPDIR", home).stdin(Stdio::null());
    command
}

#[track_caller]
fn assert_empty(home: &Path) {
    let left: Vec<_> = home.read_dir().unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "stayed behind: {left:?}");
}

/// Its results, where all went well.
fn run(arguments: &[&str]) -> (String, Value) {
    let (home, out) = (home(), home());
    let output = suite(home.path(), arguments).arg("--out").arg(out.path()).output().expect("it runs");
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{words}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_empty(home.path());
    let table = fs::read_to_string(out.path().join("results.md")).expect("a table");
    assert!(table.contains(words.lines().next().expect("words")), "{table}");
    let results = fs::read_to_string(out.path().join("results.json")).expect("results");
    (words, serde_json::from_str(&results).expect("JSON"))
}

fn figure<'a>(results: &'a Value, row: &str, figure: &str) -> &'a Value {
    let named = |items: &'a Value, name: &str| {
        items.as_array().into_iter().flatten().find(|item| item["name"] == name).unwrap_or(&Value::Null)
    };
    named(&named(&results["rows"], row)["figures"], figure)
}

#[test]
fn every_scenario_that_is_asked_for_has_its_figures() {
    let (words, results) = run(&["--only", "one", "nats", "--scale", "0.002"]);
    assert_eq!(results["failures"], Value::Array(Vec::new()));
    for row in ["one", "one-default", "nats"] {
        for name in ["deliveries/s", "of the bare limit", "CPU together", "lag p99", "memory at most"] {
            assert!(figure(&results, row, name)["median"].as_f64() > Some(0.0), "{name} of {row}: {results}");
        }
    }
    // Far below its stated size, nothing is reached.
    assert_eq!(figure(&results, "one", "deliveries/s")["verdict"], "scaled");
    assert!(words.contains("SCALED") && !words.contains("reached"), "{words}");
    assert!(results["machine"]["cores"].as_u64() > Some(0), "{results}");
}

#[test]
fn what_fails_first_falls_due_in_one_second_and_arrives() {
    let (words, results) = run(&["--only", "storm", "--scale", "0.01"]);
    let within = &figure(&results, "storm", "they fall due within")["median"];
    assert!(within.as_f64() > Some(0.0), "{words}");
    assert!(figure(&results, "storm", "lag p99, of the quiet one")["median"].as_f64() > Some(0.0), "{words}");
}

#[test]
fn interrupted_it_leaves_nothing_behind() {
    let home = home();
    // It would go on for seconds.
    let mut command = suite(home.path(), &["--only", "lag", "--scale", "0.1"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(child.stderr.take().expect("stderr")).lines().map_while(Result::ok);
    // It ends by itself where it cannot begin.
    assert!(lines.any(|line| line.contains("delivered: ")), "nothing was ever delivered");
    let children = children(child.id());
    assert_eq!(children.len(), 4, "a Postgres, a nats-server, a node and a sink: {children:?}");
    let signalled = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signalled.expect("kill runs").success());
    assert_eq!(child.wait().expect("its end").code(), Some(1));
    let left: Vec<_> = children.iter().filter(|pid| Path::new(&format!("/proc/{pid}")).exists()).collect();
    assert!(left.is_empty(), "still there: {left:?}");
    assert_empty(home.path());
}

fn children(parent: u32) -> Vec<u32> {
    let stats = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let fields = stat.rsplit_once(") ")?.1;
        (fields.split(' ').nth(1)? == parent.to_string()).then_some(pid)
    });
    stats.collect()
}
