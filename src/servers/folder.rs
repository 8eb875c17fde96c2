//! A data folder, held by one process at a time.
//!
//! The lock is the kernel's, on `DIR/lock`: it ends with the process that holds it, however that ends, and is never
//! inherited by a server. The file's content only names the holder for the one who is refused.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Error;

/// A locked data folder. Clones share the lock, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    _lock: Arc<File>,
}

impl Folder {
    /// Makes `path` where it is missing and locks it; [`Error::Busy`] when another process holds it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        // Searchable for all, readable for the owner alone: started by root, Postgres runs as another user.
        DirBuilder::new().recursive(true).mode(0o711).create(path).map_err(Error::io("create", path))?;
        let path = fs::canonicalize(path).map_err(Error::io("resolve", path))?;
        let name = path.join("lock");
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&name)
            .map_err(Error::io("open", &name))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // The owner's number is a courtesy; the refusal stands without it.
                let _ = lock.read_to_string(&mut owner);
                return Err(Error::Busy { folder: path, owner: owner.trim().to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &name)(error)),
        }
        lock.set_len(0).map_err(Error::io("write", &name))?;
        writeln!(lock, "{}", std::process::id()).map_err(Error::io("write", &name))?;
        Ok(Self { path, _lock: Arc::new(lock) })
    }

    /// The folder's absolute path, free of symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
