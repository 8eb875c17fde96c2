//! A small disk in memory, for a store to run out of.
//!
//! Promised: dropped, it is unmounted, and nothing is left of it. Left out: a machine on which nobody may mount.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context as _, ensure};
use hookyard::servers::Folder;

use crate::servers::Home;

/// What is written at a time.
const CHUNK_BYTES: usize = 64 << 10;

pub struct Disk {
    home: Home,
}

impl Disk {
    pub fn mount(bytes: u64) -> anyhow::Result<Self> {
        let home = Home::new();
        let options = format!("size={bytes},mode=0711");
        let mounted =
            run(&["mount", "-t", "tmpfs", "-o", &options, "tmpfs", &home.path().display().to_string()]);
        let Output { status, stderr, .. } = mounted.context("run mount")?;
        ensure!(status.success(), "mount a tmpfs: {}", String::from_utf8_lossy(&stderr).trim());
        Ok(Self { home })
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    pub fn lock(&self) -> Folder {
        self.home.lock()
    }

    /// Leaves no room.
    pub fn fill(&self) -> anyhow::Result<()> {
        let path = self.filling();
        let mut file = File::create(&path).with_context(|| format!("create {}", path.display()))?;
        let chunk = vec![0; CHUNK_BYTES];
        loop {
            match file.write_all(&chunk) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(error).with_context(|| format!("write {}", path.display())),
            }
        }
    }

    /// Gives the room back.
    pub fn clear(&self) -> anyhow::Result<()> {
        let path = self.filling();
        fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))
    }

    fn filling(&self) -> PathBuf {
        self.home.path().join("filling")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = run(&["umount", "--lazy", &self.home.path().display().to_string()]);
        if !unmounted.is_ok_and(|output| output.status.success()) {
            eprintln!("could not unmount {}", self.home.path().display());
        }
    }
}

fn run(command: &[&str]) -> io::Result<Output> {
    Command::new(command[0]).args(&command[1..]).output()
}

/// Why nothing can be mounted here, if that is so.
pub fn missing() -> Option<&'static str> {
    (!rustix::process::geteuid().is_root()).then_some("to mount a disk in memory takes root")
}
