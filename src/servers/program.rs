//! Where a server's program is, and whether it is new enough.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program's version, as far as we compare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Version {
    /// The version in a `--version` line: `nats-server: v2.15.1`, `postgres (PostgreSQL) 15.18 (Debian …)`,
    /// `postgres (PostgreSQL) 19beta1`.
    fn parse(line: &str) -> Option<Self> {
        line.split_whitespace().find_map(|word| {
            let mut numbers = word.trim_start_matches('v').split('.').map(|part| {
                let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
                part[..digits].parse().ok()
            });
            let major = numbers.next()??;
            let minor = numbers.next().flatten().unwrap_or(0);
            Some(Self { major, minor })
        })
    }

    /// Asks the program itself. None where it does not run or says nothing that looks like a version.
    pub(super) fn of(program: &Path) -> Option<Self> {
        let answer = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
        Self::parse(&String::from_utf8_lossy(&answer.stdout))
    }
}

/// A variable that says where a program is. These are read apart from the configuration because they speak of the
/// machine's tools, not of the service.
#[expect(
    clippy::disallowed_methods,
    reason = "where the machine keeps its tools is no setting of the service"
)]
pub(super) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Every file called `name` in the folders of `PATH`, in their order.
pub(super) fn on_path(name: &str) -> Vec<PathBuf> {
    let folders = variable("PATH").unwrap_or_default();
    env::split_paths(&folders).map(|folder| folder.join(name)).filter(|path| path.is_file()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions_as_the_servers_write_them() {
        let version = |line| Version::parse(line).map(|v| (v.major, v.minor));
        assert_eq!(version("nats-server: v2.15.1\n"), Some((2, 15)));
        assert_eq!(version("nats-server: v2.12.0-RC.1"), Some((2, 12)));
        assert_eq!(version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some((15, 18)));
        assert_eq!(version("postgres (PostgreSQL) 19beta1"), Some((19, 0)));
        assert_eq!(version("no version here"), None);
    }
}
