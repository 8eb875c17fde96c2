//! Hookyard itself as a child: a node (`hookyard serve`), or another command that runs until it is told to end.
//!
//! Promised: a start answers when the child has said the line that was waited for; it is given the variables that
//! were named and no others. Left out: starting it again.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::sleep;

use super::child::{Child, Ending, Plan};
use super::{Error, Folder};

/// How often its log is read while it starts.
const LOOK_EVERY: Duration = Duration::from_millis(5);

const ENDING: Ending = Ending {
    gently: Signal::TERM,
    orphaned: "TERM",
    at_once: Signal::KILL,
    // A drain lets requests under way end, and closes the stores: within half a minute.
    patience: Duration::from_secs(35),
};

#[derive(Debug)]
pub struct Options {
    pub program: PathBuf,
    /// Where its log goes, `NAME.log`.
    pub folder: Folder,
    pub name: &'static str,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    pub start_timeout: Duration,
}

/// A Hookyard that was started, running or not. Dropped, it is gone.
#[derive(Debug)]
pub struct Hookyard {
    child: Child,
}

impl Hookyard {
    /// Starts it; `ready` finds in a line of its log what its starter waits for.
    pub async fn start<T>(options: Options, ready: impl Fn(&str) -> Option<T>) -> Result<(Self, T), Error> {
        let Options { program, folder, name, args, env, start_timeout } = options;
        let child = Child::spawn(Plan {
            server: name,
            program: &program,
            args,
            env,
            stdin: std::process::Stdio::null(),
            log: folder.path().join(format!("{name}.log")),
            account: None,
            ending: ENDING,
        })?;
        let mut said = None;
        let saying = async {
            loop {
                said = child.log().head().lines().find_map(&ready);
                if said.is_some() {
                    return;
                }
                sleep(LOOK_EVERY).await;
            }
        };
        child.until(saying, start_timeout).await?;
        let not_ready = || Error::NotReady { server: name, after: start_timeout, log: child.log().tail() };
        let said = said.ok_or_else(not_ready)?;
        Ok((Self { child }, said))
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.status().is_none().then(|| self.child.pid())
    }

    /// Waits until it ends by itself, however long that takes: with which words.
    pub async fn ended(&self) -> String {
        let status = self.child.ended().await;
        format!("ended by itself with {status}; its log ends with:\n{}", self.child.log().tail())
    }

    /// Ends it where it stands.
    pub async fn kill(self) -> ExitStatus {
        self.child.kill().await
    }

    /// Lets it drain; by force when that takes too long.
    pub async fn stop(self) -> ExitStatus {
        self.child.stop().await
    }
}
