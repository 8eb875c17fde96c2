//! One server as a child process.
//!
//! Who acts: a thread of its own, the keeper, starts the process and stays until it has ended. The kernel sends the
//! signal that ends orphans (`PR_SET_PDEATHSIG`) when the *thread* that started a process ends, not the program: a
//! pool's thread would take the server down with it. The keeper ends after the child, or with us, killed or not.
//! Promised: no signal ever reaches a stranger, because the number of an ended process is given back under the same
//! lock that signals are sent under; dropped, the child is gone.
//! Left out: a parent killed in the instant between the child's fork and its call to `prctl`; the next start on
//! the same folder finds that child.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::sync::watch;
use tokio::time::timeout;

use super::{Account, Error, program};

/// A log past this size is put aside, once, when its server starts.
const LOG_BYTES_MAX: u64 = 16 << 20;
/// How much of a log's end goes into an error.
const TAIL_BYTES_MAX: u64 = 4 << 10;
/// What a child may say before it says that it is ready.
const HEAD_BYTES_MAX: u64 = 64 << 10;

/// How a server is asked to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    /// Cleanly: sent by `stop`.
    pub(super) gently: Signal,
    /// The name of the signal that the kernel sends when we are gone.
    pub(super) orphaned: &'static str,
    /// At once, still leaving nothing behind: sent on drop.
    pub(super) at_once: Signal,
    /// How long either may take before the child is killed.
    pub(super) patience: Duration,
}

/// Where a child writes, and what it has written since it was started.
#[derive(Debug, Clone)]
pub(super) struct Log {
    path: PathBuf,
    from: u64,
}

impl Log {
    fn open(path: PathBuf) -> Result<(Self, File), Error> {
        if fs::metadata(&path).is_ok_and(|meta| meta.len() > LOG_BYTES_MAX) {
            fs::rename(&path, path.with_extension("log.old")).map_err(Error::io("put aside", &path))?;
        }
        let file = File::options().append(true).create(true).open(&path).map_err(Error::io("open", &path))?;
        let from = file.metadata().map_err(Error::io("look at", &path))?.len();
        Ok((Self { path, from }, file))
    }

    pub(super) fn tail(&self) -> String {
        let start = |len: u64| self.from.max(len.saturating_sub(TAIL_BYTES_MAX));
        self.read(start, TAIL_BYTES_MAX).trim_end().to_owned()
    }

    /// What was written first.
    pub(super) fn head(&self) -> String {
        self.read(|_| self.from, HEAD_BYTES_MAX)
    }

    fn read(&self, start: impl Fn(u64) -> u64, bytes_max: u64) -> String {
        let read = || -> io::Result<String> {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(start(file.metadata()?.len())))?;
            let mut bytes = Vec::new();
            file.take(bytes_max).read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        read().unwrap_or_else(|error| format!("({}: {error})", self.path.display()))
    }
}

/// What is to be run, and as whom.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) server: &'static str,
    pub(super) program: &'a Path,
    pub(super) args: Vec<String>,
    /// All that it is told of the environment, besides where programs are.
    pub(super) env: Vec<(String, String)>,
    pub(super) stdin: Stdio,
    pub(super) log: PathBuf,
    pub(super) account: Option<&'a Account>,
    pub(super) ending: Ending,
}

#[derive(Debug, Default)]
struct Shared {
    status: Mutex<Option<ExitStatus>>,
    ended: Condvar,
}

impl Shared {
    fn status(&self) -> MutexGuard<'_, Option<ExitStatus>> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running server, or one that has ended and is not yet forgotten.
#[derive(Debug)]
pub(super) struct Child {
    server: &'static str,
    pid: Pid,
    log: Log,
    ending: Ending,
    shared: Arc<Shared>,
    ended: watch::Receiver<bool>,
}

impl Child {
    pub(super) fn spawn(plan: Plan<'_>) -> Result<Self, Error> {
        let Plan { server, program, args, env, stdin, log, account, ending } = plan;
        let (log, file) = Log::open(log)?;
        let copy = file.try_clone().map_err(Error::io("open", &log.path))?;
        let mut command = guarded(program, account, ending.orphaned)?;
        command.args(args).envs(env).stdin(stdin).stdout(file).stderr(copy);
        let shared = Arc::new(Shared::default());
        let (started, starting) = mpsc::sync_channel(1);
        let (gone, ended) = watch::channel(false);
        let keeper = Arc::clone(&shared);
        thread::Builder::new()
            .name(format!("keep {server}"))
            .spawn(move || match command.spawn() {
                Ok(child) => {
                    // Its handles on log and stdin end here; the child has its own.
                    drop(command);
                    let pid = Pid::from_child(&child);
                    let _ = started.send(Ok(pid));
                    keep(child, pid, &keeper);
                    let _ = gone.send(true);
                }
                Err(error) => drop(started.send(Err(error))),
            })
            .map_err(Error::io("start a thread for", program))?;
        let pid = starting.recv().map_err(io::Error::other).flatten().map_err(Error::io("start", program))?;
        Ok(Self { server, pid, log, ending, shared, ended })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn signal(&self, signal: Signal) {
        let status = self.shared.status();
        if status.is_none() {
            // Ours and not reaped: the only error left is a child that changed into a user we may not signal.
            let _ = kill_process(self.pid, signal);
        }
    }

    /// Waits for the end, however long that takes.
    pub(super) async fn ended(&self) -> ExitStatus {
        // An error says that the keeper is gone, which it never is before the child.
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
        self.status().unwrap_or_default()
    }

    pub(super) fn status(&self) -> Option<ExitStatus> {
        *self.shared.status()
    }

    /// Ends it cleanly, or by force when it takes too long.
    pub(super) async fn stop(&self) -> ExitStatus {
        self.signal(self.ending.gently);
        if timeout(self.ending.patience, self.ended()).await.is_err() {
            self.signal(Signal::KILL);
        }
        self.ended().await
    }

    pub(super) async fn kill(&self) -> ExitStatus {
        self.signal(Signal::KILL);
        self.ended().await
    }

    /// Waits until `ready` returns; [`Error::Ended`] when the child ends first, [`Error::NotReady`] after `patience`.
    pub(super) async fn until(
        &self,
        ready: impl Future<Output = ()>,
        patience: Duration,
    ) -> Result<(), Error> {
        tokio::select! {
            () = ready => Ok(()),
            status = self.ended() => Err(Error::Ended { server: self.server, status, log: self.log.tail() }),
            () = tokio::time::sleep(patience) => {
                Err(Error::NotReady { server: self.server, after: patience, log: self.log.tail() })
            }
        }
    }
}

impl Drop for Child {
    /// Blocks until the process is gone, for `patience` at most and the moment that a kill takes.
    fn drop(&mut self) {
        self.signal(self.ending.at_once);
        let wait = |patience| {
            let status = self.shared.status();
            let waited = self.shared.ended.wait_timeout_while(status, patience, |status| status.is_none());
            waited.unwrap_or_else(PoisonError::into_inner).0.is_some()
        };
        if !wait(self.ending.patience) {
            self.signal(Signal::KILL);
            wait(self.ending.patience);
        }
    }
}

/// The keeper's work: waits for the end without taking the process's number back, then takes it under the lock.
fn keep(mut child: process::Child, pid: Pid, shared: &Shared) {
    while matches!(
        waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT),
        Err(rustix::io::Errno::INTR)
    ) {}
    let mut status = shared.status();
    *status = Some(child.wait().unwrap_or_default());
    shared.ended.notify_all();
}

/// A command that runs as `account`, ends with us, and knows nothing of our environment, which holds keys.
fn guarded(program: &Path, account: Option<&Account>, death: &str) -> Result<Command, Error> {
    let mut command = match (program::on_path("setpriv").first(), account) {
        (Some(setpriv), _) => {
            let mut command = Command::new(setpriv);
            if let Some(Account { uid, gid, .. }) = account {
                command.args([
                    format!("--reuid={uid}"),
                    format!("--regid={gid}"),
                    "--clear-groups".to_owned(),
                ]);
            }
            // In one call: setpriv sets it after it changed users, which would clear it.
            command.args(["--pdeathsig", death, "--"]).arg(program);
            command
        }
        (None, Some(account)) => return Err(Error::NoSetpriv { account: account.name.clone() }),
        // Not Linux: nothing ends the child when we are killed but the next start on this folder.
        (None, None) => Command::new(program),
    };
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
    if let Some(libraries) = program::variable("LD_LIBRARY_PATH") {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    // A group of its own: ctrl-C on the terminal is for us, who then stop the servers in order.
    command.current_dir("/").process_group(0);
    Ok(command)
}
