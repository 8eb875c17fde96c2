//! The folder of a bench: a temporary one, removed at the end, or one that was named, and stays.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use hookyard::chance;
use hookyard::servers::Folder;

use crate::cli::{Misuse, terminal};

pub(super) struct Home {
    pub(super) folder: Folder,
    stays: bool,
}

impl Home {
    pub(super) fn open(named: Option<&Path>) -> anyhow::Result<Self> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => std::env::temp_dir()
                .join(format!("hookyard-bench-{:016x}", u64::from_le_bytes(chance::bytes()))),
        };
        if !is_empty(&path)? {
            let wrong = format!("--data {} is not empty: the bench begins with nothing", path.display());
            return Err(Misuse(wrong).into());
        }
        let home = Self { folder: Folder::open(&path)?, stays: named.is_some() };
        if is_in_memory(home.folder.path()) {
            terminal::note(&format!(
                "{} is in memory, where fsync costs nothing: name a folder on a disk with --data",
                path.display()
            ));
        }
        Ok(home)
    }
}

impl Drop for Home {
    /// Removes it, if it is not to stay. Nothing works in it any more.
    fn drop(&mut self) {
        let path = self.folder.path();
        if self.stays {
            return terminal::note(&format!("data and logs are in {}", path.display()));
        }
        // The cluster of a folder that Postgres' user cannot pass lies elsewhere, in a folder of its own.
        let elsewhere = fs::read_link(path.join("postgres")).ok();
        let elsewhere = elsewhere.as_deref().and_then(Path::parent).map(PathBuf::from);
        for path in [elsewhere, Some(path.to_owned())].into_iter().flatten() {
            if let Err(error) = fs::remove_dir_all(&path) {
                terminal::note(&format!("could not remove {}: {error}", path.display()));
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn is_in_memory(path: &Path) -> bool {
    /// `TMPFS_MAGIC`.
    const IN_MEMORY: i64 = 0x0102_1994;
    rustix::fs::statfs(path).is_ok_and(|system| system.f_type == IN_MEMORY)
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
}

fn is_empty(path: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}
