//! The shape of the house: which module of `src` may know which, and how long a file may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of `src` may import from its siblings. `app` and `cli` put things together: they may all.
const MAY_USE: [(&str, &[&str]); 18] = [
    ("api", &["chance", "ledger", "live", "metrics", "vault"]),
    ("bench", &["chance", "courier", "ledger", "vault"]),
    ("bus", &["chance", "config"]),
    ("chance", &[]),
    ("clock", &[]),
    ("config", &[]),
    ("courier", &["egress", "ledger", "vault"]),
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
    for folder in ["src", "domain/src", "actors/src", "tests", "examples"] {
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
