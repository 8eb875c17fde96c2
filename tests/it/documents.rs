//! What README.md and docs/*.md tell their readers to type is typed, in order, and what they say comes of it has to come.
//!
//! Blocks are marked behind their fence:
//! - `sh` is typed, and has to end well. `sh beside` goes into a terminal of its own, where it goes on until the document ends.
//! - `text` and `json answer` are what the `sh` before them prints; `text beside` is what the last terminal beside shows.
//! - `…` in them stands for anything, alone in a line for any lines; in JSON, `"…": "…"` for any further members.
//!
//! Who acts: [`Reader`]. It puts its own key and addresses where a person would ([`Reader::typed`]), and takes an id that is
//! written `ep_…` from what was answered before. Promised: every block is run, or stands in [`NOT_RUN`] with the reason; every
//! link leads somewhere. Left out: what is said in prose.

mod block;
mod links;
mod reader;

use std::fs;
use std::path::Path;

use self::block::{Block, Kind, blocks};
use self::reader::Reader;
use crate::support::servers::{self, Home};

/// Blocks that are not run: of which document, how the block begins (`""`: all of the document), and why.
const NOT_RUN: &[(&str, &str, &str)] = &[
    ("README.md", "docker compose up", "needs Docker; tests/it/compose.rs checks what it starts from"),
    ("README.md", "post()", "needs what `docker compose up` started"),
    ("docs/benchmarks.md", "", "builds, and measures for minutes"),
    (
        "docs/install.md",
        "",
        "changes the machine, and needs Docker and systemd; the page says what was checked instead",
    ),
    (
        "docs/operating.md",
        "cargo install",
        "builds, and wants servers of one's own; tests/it/support/node.rs starts such nodes",
    ),
    ("docs/LOGGING.md", "journalctl", "reads the journal of a node that systemd started"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Their names; those of docs/ after the page that all of them begin from.
fn documents() -> Vec<String> {
    let files = fs::read_dir(root().join("docs")).expect("docs");
    let names = files.map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    let mut names: Vec<String> = names
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    names.sort_by_key(|name| (name != "docs/README.md", name.clone()));
    names.insert(0, "README.md".to_owned());
    names
}

fn read(document: &str) -> String {
    fs::read_to_string(root().join(document)).unwrap_or_else(|error| panic!("{document}: {error}"))
}

fn why_not(document: &str, block: &str) -> Option<&'static str> {
    let is_it =
        |(of, begins, _): &&(&str, &str, &str)| *of == document && block.trim_start().starts_with(begins);
    NOT_RUN.iter().find(is_it).map(|(_, _, why)| *why)
}

#[tokio::test]
async fn what_is_to_be_typed_is_typed() {
    let home = Home::new();
    servers::copy_template(&home).await;
    let mut reader = Reader::new(&home).await;
    let (of_readme, first, own) = (reader.shell("readme"), reader.shell("first"), reader.shell("own"));
    let mut run = 0;
    for document in documents() {
        let shell = match document.as_str() {
            "README.md" => &of_readme,
            "docs/README.md" => &first,
            _ => {
                fs::copy(&first, &own).expect("what the first page begins with");
                &own
            }
        };
        run += reader.go_through(&document, shell).await;
    }
    assert!(run > 20, "{run} blocks");
    reader.end().await;
}

#[test]
fn what_is_not_run_is_there() {
    for (document, begins, why) in NOT_RUN.iter().copied() {
        let is_typed = |block: &Block| matches!(block.kind, Kind::Typed | Kind::Beside);
        let mut blocks = blocks(&read(document)).into_iter().filter(is_typed);
        assert!(
            blocks.any(|block| block.text.trim_start().starts_with(begins)),
            "{document}: {begins} ({why})"
        );
    }
}
