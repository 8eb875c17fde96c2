//! The folder of a bench: a temporary one, removed at the end, or one that was named, and stays.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Error, progress};
use crate::chance;
use crate::servers::Folder;

pub struct Home {
    pub folder: Folder,
    stays: bool,
}

impl Home {
    /// [`Error::Home`] where the one that was named holds something: a bench begins with nothing.
    pub fn open(named: Option<&Path>) -> Result<Self, Error> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => std::env::temp_dir()
                .join(format!("hookyard-bench-{:016x}", u64::from_le_bytes(chance::bytes()))),
        };
        if !is_empty(&path)? {
            return Err(Error::Home { path });
        }
        Ok(Self { folder: Folder::open(&path)?, stays: named.is_some() })
    }

    /// Whether it lies where fsync costs nothing, so that nothing measured in it says much.
    #[cfg(target_os = "linux")]
    pub fn is_in_memory(&self) -> bool {
        /// `TMPFS_MAGIC`.
        const IN_MEMORY: i64 = 0x0102_1994;
        rustix::fs::statfs(self.folder.path()).is_ok_and(|system| system.f_type == IN_MEMORY)
    }

    #[cfg(not(target_os = "linux"))]
    pub fn is_in_memory(&self) -> bool {
        false
    }
}

impl Drop for Home {
    /// Removes it, if it is not to stay. Nothing works in it any more.
    fn drop(&mut self) {
        let path = self.folder.path();
        if self.stays {
            return progress::note(&format!("data and logs are in {}", path.display()));
        }
        // The cluster of a folder that Postgres' user cannot pass lies elsewhere, in a folder of its own.
        let elsewhere = fs::read_link(path.join("postgres")).ok();
        let elsewhere = elsewhere.as_deref().and_then(Path::parent).map(PathBuf::from);
        for path in [elsewhere, Some(path.to_owned())].into_iter().flatten() {
            if let Err(error) = fs::remove_dir_all(&path) {
                progress::note(&format!("could not remove {}: {error}", path.display()));
            }
        }
    }
}

fn is_empty(path: &Path) -> Result<bool, Error> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(Error::Process { path: path.to_owned(), source }),
    }
}
