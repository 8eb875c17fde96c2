//! Who types what the documents tell to type: one shell a document, terminals beside it, one `hookyard dev` for all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

use super::block::{Block, Kind, blocks, json_fits, lines_fit};
use super::{read, root, why_not};
use crate::support::running::Running;
use crate::support::servers::Home;
use crate::support::wait::PATIENCE;

/// What a document writes with `…` behind it where its reader has something else.
const IDS: [&str; 7] = ["hy_", "ep_", "evt_", "dlv_", "src_", "rpl_", "whsec_"];

pub struct Reader {
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

/// What a block printed.
#[derive(Default)]
struct Printed {
    text: String,
    /// Whether the document says what it is.
    is_told: bool,
}

impl Printed {
    /// curl ends well whatever is answered.
    fn assert_no_problem(&self) {
        let is_refused = self.text.contains("/problems/");
        assert!(
            self.is_told || !is_refused,
            "the document does not tell that this is refused: {}",
            self.text
        );
    }

    fn assert_lines(&self, pattern: &str) {
        let (wanted, lines): (Vec<_>, Vec<_>) = (pattern.lines().collect(), self.text.lines().collect());
        assert!(lines_fit(&wanted, &lines), "the document says\n{pattern}\nand there was\n{}", self.text);
    }

    /// Of the last command, where there are several.
    fn assert_answer(&self, pattern: &str) {
        let answer = self.text.trim_end().lines().last().unwrap_or_default();
        assert!(
            json_fits(&json(pattern), &json(answer)),
            "the document says\n{pattern}\nand there was\n{answer}"
        );
    }
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

impl Reader {
    pub async fn new(home: &Home) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookyard"));
        command.args(["dev", "--listen", "127.0.0.1:0", "--data"]).arg(home.path());
        let mut dev = Running::start(command);
        let is_last = |lines: &[String]| lines.iter().any(|line| line.starts_with("ctrl-C"));
        let said = dev.until_lines("its last word", is_last).await;
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

    /// Where a shell is kept from one block to the next.
    pub fn shell(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
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

    fn command(&self, block: &str, shell: &Path) -> Command {
        let (kept, typed) = (shell.display(), self.typed(block));
        // Begun without what a developer's own shell may name.
        let script = format!(
            "unset ${{!HOOKYARD_@}} DATABASE_URL PG_URL NATS_URL PORT BASE_URL; set -ea; touch {kept}; . {kept}
             exec 2>&1\n{typed}\n{{ export -p; declare -f; }} >{kept}\n"
        );
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-c", &script]).current_dir(root());
        command.env("CURL_HOME", self.folder.path()).env("LC_ALL", "C.UTF-8");
        command
    }

    /// What a block prints, once it has ended well.
    async fn run(&mut self, block: &str, shell: &Path) -> Printed {
        let mut command = self.command(block, shell);
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = timeout(PATIENCE, command.output()).await.expect("it ends").expect("bash runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(output.status.success(), "{}\n{text}", output.status);
        self.notice(&text);
        Printed { text, is_told: false }
    }

    async fn start(&mut self, block: &str, shell: &Path) {
        if block.trim() == "make run" {
            return;
        }
        let mut running = Running::start(self.command(block, shell));
        let is_up = |line: &String| line.contains("listening on ") || line.contains("following");
        let said = running.until_lines("it to be ready", |lines| lines.iter().any(is_up)).await;
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

    /// The last one beside shows these lines, now or in a while.
    async fn see(&mut self, lines: &str) {
        let pattern: Vec<&str> = ["…"].into_iter().chain(lines.lines()).chain(["…"]).collect();
        let is_seen =
            |shown: &[String]| lines_fit(&pattern, &shown.iter().map(String::as_str).collect::<Vec<_>>());
        self.beside.last_mut().unwrap_or(&mut self.dev).until_lines(lines, is_seen).await;
    }

    /// Goes through a document, in a shell that may have something of the pages before it. Answers with how many blocks were run.
    pub async fn go_through(&mut self, document: &str, shell: &Path) -> usize {
        let before = self.ids.clone();
        let (mut printed, mut is_run, mut run) = (Printed::default(), true, 0);
        for Block { kind, line, text } in blocks(&read(document)) {
            // The last of these says where a failure is.
            println!("--- {document}:{line}");
            if matches!(kind, Kind::Typed | Kind::Beside) {
                printed.assert_no_problem();
                printed = Printed::default();
                is_run = why_not(document, &text).is_none();
                run += usize::from(is_run);
            }
            if !is_run {
                continue;
            }
            printed.is_told |= matches!(kind, Kind::Prints | Kind::Answers);
            match kind {
                Kind::Typed => printed = self.run(&text, shell).await,
                Kind::Beside => self.start(&text, shell).await,
                Kind::Prints => printed.assert_lines(&text),
                Kind::Answers => printed.assert_answer(&text),
                Kind::Shows => {
                    printed.assert_no_problem();
                    self.see(&text).await;
                }
                Kind::Other => {}
            }
        }
        printed.assert_no_problem();
        self.beside.clear();
        self.ids = before;
        run
    }

    pub async fn end(self) {
        self.dev.interrupt().await;
    }
}
