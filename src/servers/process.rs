//! Processes that an earlier run left behind, found in `/proc` by what only they can have: our data folder.
//!
//! Where there is no `/proc` (macOS), none is ever found, and the servers' own locks have to do.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use super::Error;

/// The system tells only a parent of a process's end; for others, we look again after this long.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Living processes whose working folder is `folder` and whose name starts with `name`.
pub(super) fn working_in(folder: &Path, name: &str) -> Vec<u32> {
    living(name, |pid| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder))
}

/// Living processes of this name that were started with `argument` among their arguments.
pub(super) fn started_with(argument: &Path, name: &str) -> Vec<u32> {
    let wanted = argument.as_os_str().as_encoded_bytes();
    living(name, |pid| {
        fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.split(|byte| *byte == 0).any(|arg| arg == wanted))
    })
}

fn living(name: &str, ours: impl Fn(u32) -> bool) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.starts_with(name))
        })
        .filter(|pid| ours(*pid))
        .collect()
}

/// Signals a process just found by one of the above. One that ended meanwhile is no error.
pub(super) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Ends what `find` finds: those in `first` are asked gently, and whatever is left after `patience` is killed.
/// `folder` is what they work on, for the error's words.
pub(super) async fn end(
    folder: &Path,
    find: impl Fn() -> Vec<u32>,
    first: impl Fn(&[u32]) -> Vec<u32>,
    gently: Signal,
    patience: Duration,
) -> Result<(), Error> {
    for pid in first(&find()) {
        signal(pid, gently);
    }
    let soft = Instant::now() + patience;
    let hard = soft + patience;
    loop {
        let left = find();
        let Some(pid) = left.first().copied() else { return Ok(()) };
        let now = Instant::now();
        if now > hard {
            return Err(Error::Leftover { pid, folder: folder.to_owned() });
        }
        if now > soft {
            for pid in left {
                signal(pid, Signal::KILL);
            }
        }
        sleep(LOOK_EVERY).await;
    }
}
