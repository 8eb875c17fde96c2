//! The shape of the house: which module of `src` may know which, how long a file may be, and that what holds a promise of
//! SECURITY.md is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of `src` may import from its siblings. `app` and `cli` put things together: they may all.
const MAY_USE: [(&str, &[&str]); 19] = [
    ("api", &["chance", "ledger", "live", "metrics", "vault"]),
    ("bench", &["chance", "courier", "ledger", "servers", "vault"]),
    ("bus", &["chance", "config", "metrics"]),
    ("chance", &[]),
    ("clock", &[]),
    ("config", &[]),
    ("courier", &["chance", "egress", "ledger", "vault"]),
    ("egress", &[]),
    ("ledger", &["chance", "metrics", "vault"]),
    ("live", &[]),
    ("metrics", &[]),
    ("receiver", &[]),
    ("servers", &[]),
    ("sse", &[]),
    ("tally", &["ledger"]),
    ("telemetry", &["config", "metrics"]),
    ("vault", &[]),
    ("web", &[]),
    ("lib", &[]),
];
const MAY_ALL: [&str; 3] = ["app", "cli", "main"];
const LINES_MAX: usize = 400;

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn modules_know_only_whom_they_may() {
    let root = root().join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let siblings: BTreeSet<&str> = MAY_USE.iter().map(|(module, _)| *module).chain(MAY_ALL).collect();
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&root).unwrap();
        let module =
            inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        if MAY_ALL.contains(&module) {
            continue;
        }
        let Some((_, may)) = MAY_USE.iter().find(|(known, _)| *known == module) else {
            wrong.push(format!("{}: whom may {module} know?", inside.display()));
            continue;
        };
        let text = fs::read_to_string(&file).unwrap();
        for used in text.split("crate::").skip(1) {
            let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if used.starts_with('{') {
                wrong.push(format!("{} imports several modules in one line", inside.display()));
            }
            if siblings.contains(name.as_str()) && name != module && !may.contains(&name.as_str()) {
                wrong.push(format!("{} uses {name}", inside.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_file_is_two_things() {
    let mut files = Vec::new();
    for folder in ["src", "domain/src", "actors/src", "bench", "tests", "examples"] {
        sources(&root().join(folder), &mut files);
    }
    let long: Vec<String> = files
        .iter()
        .map(|file| (file, fs::read_to_string(file).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(file, lines)| format!("{} has {lines} lines", file.display()))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

/// What stands between backticks and begins like a path of ours.
fn paths(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let of_ours = |text: &&str| {
        ["src/", "domain/", "actors/", "bench/", "tests/", "scripts/", "config/", "docs/"]
            .iter()
            .any(|folder| text.starts_with(folder))
    };
    quoted.filter(of_ours).collect()
}

#[test]
fn whoever_may_wish_us_ill_is_held_by_something_that_is_there() {
    let security = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let rows = security
        .split("## Who can do what")
        .nth(1)
        .unwrap()
        .lines()
        .skip_while(|line| !line.starts_with("| ---"));
    let rows: Vec<Vec<&str>> = rows
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    for row in &rows {
        let [who, can, cannot, held_by] = row[..] else { panic!("{row:?} has not four cells") };
        assert!([who, can, cannot].iter().all(|cell| !cell.is_empty()), "{who}");
        assert!(!paths(held_by).is_empty(), "{who} is held by nothing");
    }
    let named = |who: &str| rows.iter().any(|row| row[0].contains(who));
    let roles = domain::tenant::Role::ALL.map(domain::tenant::Role::as_str);
    let others = [
        "owner",
        "stolen API key",
        "without a key",
        "network",
        "dump",
        "store of NATS",
        "publish to NATS",
        "master key",
    ];
    for who in roles.into_iter().chain(others) {
        assert!(named(who), "{who} has no row");
    }
    for path in paths(&security) {
        assert!(root().join(path).is_file(), "{path} is not there");
    }
}
