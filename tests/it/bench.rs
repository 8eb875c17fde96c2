//! `hookyard bench` as a person starts it: it brings everything along, measures, and leaves nothing behind.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::app::{OPERATOR_KEY, app};
use crate::support::servers::Home;

/// With its temporary folders in `home`.
fn bench(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
    command.arg("bench").args(arguments).env("TMPDIR", home.path()).stdin(Stdio::null());
    // A developer's shell often names databases; the bench must not touch them.
    command.env("DATABASE_URL", "postgres://127.0.0.1:1/not-ours");
    command
}

/// Its exit code, what it said, and its report.
fn run(home: &Home, arguments: &[&str]) -> (Option<i32>, String, Value) {
    let reports = tempfile::tempdir().unwrap();
    let json = reports.path().join("bench.json");
    let mut command = bench(home, arguments);
    let Output { status, stdout, stderr } = command.arg("--json").arg(&json).output().expect("it runs");
    let words = format!("{}\n{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    let report = fs::read(json).ok().and_then(|text| serde_json::from_slice(&text).ok());
    (status.code(), words, report.unwrap_or_default())
}

fn processes(cpu: &Value) -> Vec<&str> {
    cpu.as_array().expect("rows").iter().filter_map(|cost| cost["process"].as_str()).collect()
}

/// Everything that was published arrived, once.
fn assert_exact(report: &Value, events: u64, deliveries: u64) {
    let full = &report["full"];
    assert_eq!((full["accepted"].as_u64(), full["delivered"].as_u64()), (Some(events), Some(deliveries)));
    for none in ["refused", "unanswered", "missing", "duplicates"] {
        assert_eq!(full[none], 0, "{none} in {report}");
    }
    let bare = &report["bare"];
    assert_eq!((bare["delivered"].as_u64(), bare["failed"].as_u64()), (Some(deliveries), Some(0)));
    assert!(bare["deliveriesPerSecond"].as_f64() > Some(0.0), "{report}");
}

fn assert_empty(folder: &Path) {
    let left: Vec<_> = folder.read_dir().unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "stayed behind: {left:?}");
}

#[test]
fn every_event_arrives_once_and_every_process_is_accounted_for() {
    let home = Home::new();
    let (code, words, report) = run(&home, &["--events", "200", "--endpoints", "2", "--batch", "7"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("deliveries/s") && words.contains("bare limit"), "{words}");
    assert_exact(&report, 200, 400);
    let full = &report["full"];
    assert_eq!(processes(&full["cpu"]), ["service", "Postgres", "nats-server", "sink", "load"]);
    assert!(full["cpu"][0]["microsPerDelivery"].as_f64() > Some(0.0), "{report}");
    assert!(full["servicePeakBytes"].as_u64() > Some(1 << 20), "{report}");
    assert!(full["lag"]["p50Ms"].as_f64() <= full["lag"]["p99Ms"].as_f64(), "{report}");
    assert_eq!(processes(&report["bare"]["cpu"]), ["sink", "load"]);
    assert_empty(home.path());
}

#[tokio::test]
async fn a_node_that_runs_is_measured_and_left_as_it_was() {
    let app = app().await;
    let url = app.client().base().to_owned();
    let home = Home::new();
    let (code, words, report) =
        run(&home, &["--events", "100", "--rate", "500", "--url", &url, "--key", OPERATOR_KEY]);
    assert_eq!(code, Some(0), "{words}");
    assert_exact(&report, 100, 100);
    // What others spend is not known, and not guessed.
    assert_eq!(processes(&report["full"]["cpu"]), ["sink", "load"]);
    assert!(words.contains("CPU is known only of what the bench started itself"), "{words}");
    let tenants = app.operator().get("/tenants").await.expect(200);
    assert_eq!(tenants["items"].as_array().map(Vec::len), Some(0), "{tenants}");
    assert_empty(home.path());
}

#[test]
fn interrupted_it_leaves_nothing_behind() {
    let home = Home::new();
    // A trickle: it would go on for minutes.
    let mut command = bench(&home, &["--events", "1000", "--rate", "2"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    until_it_publishes(&mut child);
    let children = children(child.id());
    assert_eq!(children.len(), 4, "a Postgres, a nats-server, a node and a sink: {children:?}");
    kill_process(Pid::from_child(&child), Signal::INT).expect("a signal to our own child");
    assert_eq!(child.wait().expect("its end").code(), Some(1));
    let left: Vec<_> = children.iter().filter(|pid| Path::new(&format!("/proc/{pid}")).exists()).collect();
    assert!(left.is_empty(), "still there: {left:?}");
    assert_empty(home.path());
}

fn until_it_publishes(child: &mut Child) {
    let mut lines = BufReader::new(child.stderr.take().expect("stderr")).lines().map_while(Result::ok);
    // It ends by itself where it cannot begin.
    assert!(lines.any(|line| line.starts_with("published ")), "it never published");
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
