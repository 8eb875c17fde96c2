//! What README.md and docs/*.md tell their readers to type is typed, in order, and what they say comes of it has to come.
//!
//! Who acts: [`Reader`] has one shell a document, terminals beside it, and one `hookyard dev` for all documents. It puts its own
//! key and addresses where a person would ([`Reader::typed`]), and takes an id that is written `ep_…` from what was answered
//! before. Promised: every block is run, or stands in [`NOT_RUN`] with the reason; every link leads somewhere. Left out: what
//! is said in prose.

mod block;
mod links;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

use self::block::{Block, Kind, blocks, json_fits, lines_fit};
use crate::support::running::Running;
use crate::support::servers::{self, Home};
use crate::support::wait::PATIENCE;

/// Blocks that are not run: of which document, how the block begins (`""`: all of the document), and why.
const NOT_RUN: &[(&str, &str, &str)] = &[
    ("README.md", "docker compose up", "needs Docker; tests/it/deploy.rs checks what it starts from"),
    ("README.md", "post()", "needs what `docker compose up` started"),
    ("docs/benchmarks.md", "", "builds, and measures for minutes"),
    (
        "docs/operating.md",
        "cargo install",
        "builds, and wants servers of one's own; tests/it/process.rs starts nodes",
    ),
];

/// What a document writes with `…` behind it where its reader has something else.
const IDS: [&str; 7] = ["hy_", "ep_", "evt_", "dlv_", "src_", "rpl_", "whsec_"];

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

struct Reader {
    /// `hookyard dev`, which is what `make run` starts when it has built.
    dev: Running,
    url: String,
    nats: String,
    postgres: String,
    /// The newest of each kind that was seen.
    ids: BTreeMap<&'static str, String>,
    beside: Vec<Running>,
    /// Where the last one beside listens.
    listener: String,
    folder: TempDir,
}

impl Reader {
    async fn new(home: &Home) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
        command.args(["dev", "--listen", "127.0.0.1:0", "--data"]).arg(home.path());
        let mut dev = Running::start(command);
        let said = dev
            .until_lines("its last word", |lines| lines.iter().any(|line| line.starts_with("ctrl-C")))
            .await;
        let behind = |words: &str| {
            let rest = said.iter().find_map(|line| line.trim_start().strip_prefix(words)).expect(words);
            rest.split_whitespace().next().expect("a value").to_owned()
        };
        let url = behind("API ").strip_suffix("/api/v1").expect("where the API is").to_owned();
        let postgres = behind("DATABASE_URL=").trim_matches('\'').to_owned();
        let (nats, key) = (behind("NATS "), behind("operator key "));
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(".curlrc"), "no-progress-meter\n").expect("as on a terminal");
        let ids = BTreeMap::from([("hy_", key)]);
        Self { dev, url, nats, postgres, ids, beside: Vec::new(), listener: String::new(), folder }
    }

    /// A block as this reader types it.
    fn typed(&self, block: &str) -> String {
        let programs = Path::new(env!("CARGO_BIN_EXE_hookyard")).parent().expect("a folder");
        let mut text = block
            .replace("http://127.0.0.1:8013", &self.url)
            .replace("nats://127.0.0.1:…", &self.nats)
            .replace("postgres://…", &self.postgres)
            .replace("$PWD/target/release", &programs.display().to_string())
            // Any free port, which it then tells.
            .replace("hookyard listen", "hookyard listen --port 0")
            .replace("PORT=8015", "PORT=0")
            .replace("127.0.0.1:8014", &self.listener)
            .replace("127.0.0.1:8015", &self.listener);
        for (prefix, id) in &self.ids {
            text = text.replace(&format!("{prefix}…"), id);
        }
        assert!(!text.contains('…'), "what does a reader put there? {text}");
        text
    }

    fn shell(&self, block: &str, state: &Path) -> Command {
        let state = state.display();
        let script = format!(
            "set -ea; touch {state}; . {state}; exec 2>&1\n{}\n{{ export -p; declare -f; }} >{state}\n",
            self.typed(block)
        );
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-c", &script]).current_dir(root()).env_clear();
        command.env("CURL_HOME", self.folder.path()).env("LC_ALL", "C.UTF-8");
        command.envs(["PATH", "HOME"].into_iter().filter_map(|name| Some((name, env::var_os(name)?))));
        command
    }

    /// What a block prints, once it has ended well.
    async fn run(&mut self, block: &str, state: &Path) -> String {
        let mut command = self.shell(block, state);
        command.stdin(std::process::Stdio::null()).kill_on_drop(true);
        let output = timeout(PATIENCE, command.output()).await.expect("it ends").expect("bash runs");
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(output.status.success(), "{}\n{printed}", output.status);
        self.notice(&printed);
        printed
    }

    async fn start(&mut self, block: &str, state: &Path) {
        if block.trim() == "make run" {
            return;
        }
        let mut running = Running::start(self.shell(block, state));
        let is_up = |lines: &[String]| {
            lines.iter().any(|line| line.contains("listening on ") || line.contains("following"))
        };
        let said = running.until_lines("it to be ready", is_up).await;
        if let Some((_, url)) = said.iter().find_map(|line| line.split_once("listening on http://")) {
            url.trim_end_matches('/').clone_into(&mut self.listener);
        }
        self.beside.push(running);
    }

    /// Remembers the ids in what was answered.
    fn notice(&mut self, printed: &str) {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_-+/=".contains(c);
        for word in printed.split(|c| !is_part(c)) {
            if let Some(prefix) = IDS.into_iter().find(|prefix| word.starts_with(prefix)) {
                self.ids.insert(prefix, word.to_owned());
            }
        }
    }

    /// One that runs beside shows these lines, now or in a while.
    async fn see(&mut self, lines: &str) {
        let pattern: Vec<&str> = ["…"].into_iter().chain(lines.lines()).chain(["…"]).collect();
        let terminal = self.beside.last_mut().unwrap_or(&mut self.dev);
        let is_seen =
            |shown: &[String]| lines_fit(&pattern, &shown.iter().map(String::as_str).collect::<Vec<_>>());
        terminal.until_lines(lines, is_seen).await;
    }

    /// Goes through a document, with what `state` has from the pages before it. Answers with how many blocks were run.
    async fn go_through(&mut self, document: &str, state: &Path) -> usize {
        let operator = self.ids["hy_"].clone();
        let (mut printed, mut is_shown, mut run, mut is_run) = (String::new(), true, 0, true);
        for Block { kind, line, text } in blocks(&read(document)) {
            println!("--- {document}:{line}");
            match kind {
                Kind::Typed | Kind::Beside => {
                    assert_no_problem(&printed, is_shown);
                    (printed, is_shown) = (String::new(), false);
                    is_run = why_not(document, &text).is_none();
                    run += usize::from(is_run);
                }
                Kind::Prints | Kind::Answers => is_shown = true,
                Kind::Shows | Kind::Other => {}
            }
            match kind {
                _ if !is_run => {}
                Kind::Typed => printed = self.run(&text, state).await,
                Kind::Beside => self.start(&text, state).await,
                Kind::Prints => {
                    let (pattern, lines): (Vec<_>, Vec<_>) =
                        (text.lines().collect(), printed.lines().collect());
                    assert!(
                        lines_fit(&pattern, &lines),
                        "{document}:{line} says\n{text}\nand there was\n{printed}"
                    );
                }
                Kind::Answers => {
                    // Of the last command, where there are several.
                    let answer = printed.trim_end().lines().last().unwrap_or_default();
                    let (pattern, value) = (json(&text), json(answer));
                    assert!(
                        json_fits(&pattern, &value),
                        "{document}:{line} says\n{text}\nand there was\n{printed}"
                    );
                }
                Kind::Shows => self.see(&text).await,
                Kind::Other => {}
            }
        }
        assert_no_problem(&printed, is_shown);
        self.beside.clear();
        self.ids.retain(|prefix, _| *prefix == "hy_");
        self.ids.insert("hy_", operator);
        run
    }
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// curl ends well whatever is answered.
fn assert_no_problem(printed: &str, is_shown: bool) {
    assert!(
        is_shown || !printed.contains("/problems/"),
        "the document does not tell that this is refused: {printed}"
    );
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
    let state = |name: &str| -> PathBuf { reader.folder.path().join(name) };
    let (of_readme, first, own) = (state("readme"), state("first"), state("own"));
    let mut run = 0;
    for document in documents() {
        let state = match document.as_str() {
            "README.md" => &of_readme,
            "docs/README.md" => &first,
            _ => {
                fs::copy(&first, &own).expect("what the first page begins with");
                &own
            }
        };
        run += reader.go_through(&document, state).await;
    }
    assert!(run > 20, "{run} blocks");
    reader.dev.interrupt().await;
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
