//! What processes spent of the processor, as Linux counts it: user and system time, to a hundredth of a second.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::Error;

/// A process, or a process with its children.
#[derive(Debug, Clone, Copy)]
pub enum Watched {
    One(u32),
    /// As Postgres works: the first process, the children that live, and those that ended and were waited for.
    Family(u32),
}

/// The processes of a measurement, by name.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    pub watched: Vec<(&'static str, Watched)>,
}

/// What each of them had spent at one moment.
#[derive(Debug, Clone)]
pub struct Reading(Vec<(&'static str, Duration)>);

impl Meter {
    pub fn read(&self) -> Result<Reading, Error> {
        let spent = |&(name, watched)| Ok((name, spent(watched)?));
        self.watched.iter().map(spent).collect::<Result<_, _>>().map(Reading)
    }
}

impl Reading {
    /// What each spent since an earlier reading of the same meter.
    pub fn since(&self, earlier: &Self) -> Vec<(&'static str, Duration)> {
        let pairs = self.0.iter().zip(&earlier.0);
        pairs.map(|(&(name, now), &(_, then))| (name, now.saturating_sub(then))).collect()
    }
}

/// The most memory that a process ever had resident.
pub fn peak_bytes(pid: u32) -> Result<u64, Error> {
    memory(pid, "VmHWM:")
}

/// The memory that it has resident now.
pub fn resident_bytes(pid: u32) -> Result<u64, Error> {
    memory(pid, "VmRSS:")
}

fn memory(pid: u32, which: &str) -> Result<u64, Error> {
    let path = PathBuf::from(format!("/proc/{pid}/status"));
    let text = fs::read_to_string(&path).map_err(|source| Error::Process { path: path.clone(), source })?;
    let line = text.lines().find_map(|line| line.strip_prefix(which));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.map(|kib| kib * 1024).ok_or(Error::Unknown { path })
}

fn spent(watched: Watched) -> Result<Duration, Error> {
    let ticks = match watched {
        Watched::One(pid) => Times::of(pid)?.own,
        Watched::Family(pid) => {
            let first = Times::of(pid)?;
            let living: u64 = children(pid)?.iter().map(|child| child.own).sum();
            first.own + first.ended + living
        }
    };
    Ok(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// Of `/proc/PID/stat`, in clock ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    parent: u32,
    own: u64,
    /// Children that ended and were waited for.
    ended: u64,
}

impl Times {
    fn of(pid: u32) -> Result<Self, Error> {
        let path = PathBuf::from(format!("/proc/{pid}/stat"));
        let text =
            fs::read_to_string(&path).map_err(|source| Error::Process { path: path.clone(), source })?;
        Self::parse(&text).ok_or(Error::Unknown { path })
    }

    /// What stands behind the name, which may hold spaces and brackets: state, parent, and from the 12th on the times.
    fn parse(stat: &str) -> Option<Self> {
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let field = |at: usize| fields.get(at)?.parse::<u64>().ok();
        let parent = fields.get(1)?.parse().ok()?;
        Some(Self { parent, own: field(11)? + field(12)?, ended: field(13)? + field(14)? })
    }
}

fn children(parent: u32) -> Result<Vec<Times>, Error> {
    let path = PathBuf::from("/proc");
    let entries = fs::read_dir(&path).map_err(|source| Error::Process { path, source })?;
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // One that ended since is counted with its parent.
    Ok(pids.filter_map(|pid| Times::of(pid).ok()).filter(|times| times.parent == parent).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_line_is_read_whatever_the_name_is() {
        let line = "42 (a) (b c) S 7 42 42 0 -1 4194560 100 0 0 0 11 22 33 44 20 0 9 0 56212 1 2 3";
        assert_eq!(Times::parse(line), Some(Times { parent: 7, own: 33, ended: 77 }));
        assert_eq!(Times::parse("42 (a) S 7"), None);
    }

    #[test]
    fn this_process_is_there_and_its_memory_too() {
        let own = std::process::id();
        let meter = Meter { watched: vec![("one", Watched::One(own)), ("family", Watched::Family(own))] };
        let before = meter.read().unwrap();
        let spent = meter.read().unwrap().since(&before);
        assert_eq!(spent.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["one", "family"]);
        let resident = resident_bytes(own).unwrap();
        assert!(resident > 1 << 20 && peak_bytes(own).unwrap() >= resident);
        assert!(matches!(spent_of_nobody(), Err(Error::Process { .. })));
    }

    fn spent_of_nobody() -> Result<Duration, Error> {
        // Past the kernel's highest number of a process.
        spent(Watched::One(1 << 23))
    }
}
