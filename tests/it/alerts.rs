//! `config/alerts.yml`: each rule fires when it must and is quiet otherwise, by promtool, and has its page in the runbook, whose
//! SQL runs.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use sqlx::AssertSqlSafe;

use crate::support::app;
use crate::support::prometheus::program;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rules() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("config/alerts.yml")).unwrap();
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    names.map(str::to_owned).collect()
}

/// The pages of the runbook, by name, without its table of contents.
fn pages() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join("docs/runbook")).unwrap().map(|entry| entry.unwrap().path());
    let named = entries.map(|path| {
        (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
    });
    named.filter(|(name, _)| name != "README").collect()
}

fn promtool(arguments: &[&str]) {
    let mut command = Command::new(program("promtool"));
    let output = command.args(arguments).current_dir(root().join("config")).output();
    let output = output.expect("promtool runs: scripts/observing.sh fetches it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn each_rule_fires_when_it_must_and_is_quiet_otherwise() {
    promtool(&["check", "rules", "alerts.yml"]);
    promtool(&["test", "rules", "alerts.test.yml"]);
    let cases = fs::read_to_string(root().join("config/alerts.test.yml")).unwrap();
    for rule in rules() {
        assert!(cases.contains(&format!("labels: '{{alertname=\"{rule}\"}}'")), "{rule} fires in no case");
    }
}

#[test]
fn each_rule_has_its_page_and_each_page_its_rule() {
    let text = fs::read_to_string(root().join("config/alerts.yml")).unwrap();
    let contents = fs::read_to_string(root().join("docs/runbook/README.md")).unwrap();
    let pages = pages();
    assert_eq!(pages.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), rules());
    for (name, page) in pages {
        assert!(text.contains(&format!("runbook_url: docs/runbook/{name}.md")), "{name}");
        assert!(contents.contains(&format!("[{name}]({name}.md)")), "{name} is not in the table");
        let parts =
            ["What it means", "What users see", "How to look", "What to do", "What not to do"].map(|part| {
                page.find(&format!("\n## {part}\n")).unwrap_or_else(|| panic!("{name}: no part {part}"))
            });
        assert!(parts.is_sorted(), "{name}");
        for link in page.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            assert!(root().join("docs/runbook").join(link.0).exists(), "{name}: {}", link.0);
        }
    }
}

/// What stands between three backquotes and `sql`, and three more.
fn statements(page: &str) -> impl Iterator<Item = String> {
    let blocks = page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.map(|block| block.lines().map(str::trim_start).collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn the_sql_of_the_runbook_runs() {
    let app = app().await;
    let pool = app.pool().await;
    let mut run = 0;
    for (name, page) in pages() {
        for statement in statements(&page) {
            let ran = sqlx::raw_sql(AssertSqlSafe(statement)).fetch_all(&pool).await;
            assert!(ran.is_ok(), "{name}: {ran:?}");
            run += 1;
        }
    }
    assert!(run >= 10, "{run}");
}

#[test]
fn log_lines_that_the_runbook_names_are_ours() {
    let mut sources = String::new();
    for folder in ["src", "actors/src"] {
        collect(&root().join(folder), &mut sources);
    }
    let mut looked_for = 0;
    for (name, page) in pages() {
        for line in page.lines().filter(|line| line.contains("In the log: ")) {
            let (_, said) = line.split_once("In the log: ").unwrap();
            for words in said.split('`').skip(1).step_by(2).filter(|words| words.contains(' ')) {
                assert!(sources.contains(words), "{name}: nobody logs {words:?}");
                looked_for += 1;
            }
        }
    }
    assert!(looked_for >= 15, "{looked_for}");
}

fn collect(folder: &std::path::Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else {
            into.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}
