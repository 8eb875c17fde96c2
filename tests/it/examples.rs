//! The examples, run as their readers run them, each in its language: what they publish arrives once, what they receive they
//! verify. Where the machine lacks a language, its tests say so and are left out.

mod consumers;
mod producers;
mod receivers;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use tokio::time::timeout;

use crate::support::wait::PATIENCE;

#[derive(Clone, Copy, Debug)]
enum Language {
    Shell,
    Rust,
    Node,
    Python,
    Go,
}

/// What a program needs besides its language.
#[derive(Clone, Copy, PartialEq)]
enum Needs {
    Nothing,
    /// The packages that `scripts/examples.sh` fetches.
    Packages,
}

impl Language {
    /// A program of the examples, to be given its arguments and settings; `None`, with a line that says why, where this machine
    /// cannot run it.
    async fn program(self, folder: &str, name: &str, needs: Needs) -> Option<Command> {
        match self {
            Self::Shell => Some(Command::new(source(folder, &format!("{name}.sh")))),
            Self::Rust => Some(Command::new(built(name))),
            Self::Node => {
                let has_npm = needs == Needs::Nothing || is_there(&["npm", "--version"]).await;
                if !(has_npm && is_there(&["node", "--version"]).await) {
                    return skipped("no node with npm is on this machine");
                }
                let installed = root().join("examples/node_modules/installed.json");
                assert!(
                    needs == Needs::Nothing || installed.exists(),
                    "scripts/examples.sh fetches packages"
                );
                let mut command = Command::new("node");
                command.arg(source(folder, &format!("{name}.mjs")));
                Some(command)
            }
            Self::Python => {
                if !is_there(&["python3", "--version"]).await {
                    return skipped("no python3 is on this machine");
                }
                let installed = root().join(".tools/examples/bin/python");
                assert!(
                    needs == Needs::Nothing || installed.exists(),
                    "scripts/examples.sh fetches packages"
                );
                let python = if needs == Needs::Nothing { PathBuf::from("python3") } else { installed };
                let mut command = Command::new(python);
                command.arg(source(folder, &format!("{name}.py")));
                Some(command)
            }
            Self::Go => go(folder, name, needs).await,
        }
    }
}

fn skipped(why: &str) -> Option<Command> {
    println!("skipped: {why}");
    None
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source(folder: &str, name: &str) -> PathBuf {
    root().join("examples").join(folder).join(name)
}

/// A program that cargo made of one: beside the service's own.
fn built(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_hookyard")).with_file_name("examples").join(name);
    assert!(program.exists(), "{} is not built: cargo build --examples", program.display());
    program
}

/// Built, not `go run`: that is a parent which does not take its child along when it is killed.
async fn go(folder: &str, name: &str, needs: Needs) -> Option<Command> {
    if !is_there(&["go", "version"]).await {
        return skipped("no go is on this machine");
    }
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples-go").join(name);
    let mut build = Command::new("go");
    // Alone where the standard library is enough: an older Go does not know what go.mod asks for.
    let folder_of_module = if needs == Needs::Nothing { root().to_owned() } else { root().join("examples") };
    build.current_dir(folder_of_module).env("GOPROXY", "off").env("GOTOOLCHAIN", "local");
    build.arg("build").arg("-o").arg(&program).arg(source(folder, &format!("{name}.go")));
    let output = build.output().await.expect("go runs");
    let said = String::from_utf8_lossy(&output.stderr);
    // scripts/examples.sh fetches the modules, where they can be reached and this Go is new enough.
    let is_lacking = ["module lookup disabled", "go.mod requires go", "invalid go version"];
    if needs == Needs::Packages && is_lacking.iter().any(|words| said.contains(words)) {
        return skipped(&format!("modules of Go are not here: {said}"));
    }
    assert!(output.status.success(), "{build:?}: {said}");
    Some(Command::new(program))
}

async fn is_there(command: &[&str]) -> bool {
    let output = Command::new(command[0]).args(&command[1..]).stdin(Stdio::null()).output();
    output.await.is_ok_and(|output| output.status.success())
}

/// What a program prints, once it has ended well.
async fn output(mut command: Command) -> String {
    let output =
        timeout(PATIENCE, command.stdin(Stdio::null()).output()).await.expect("it ends").expect("it runs");
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}
