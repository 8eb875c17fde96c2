//! A wall clock that can be stepped while its process runs: libfaketime, told by a file. Time that only goes forward is
//! left alone.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Where Debian and others have the one for programs with threads.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

fn library() -> Option<&'static str> {
    LIBRARIES.into_iter().find(|path| Path::new(path).is_file())
}

/// Why no clock can be stepped here, if that is so.
pub fn missing() -> Option<&'static str> {
    library().is_none().then_some("libfaketime is not installed")
}

fn file(folder: &Path) -> PathBuf {
    folder.join("clock")
}

/// From now on the clock is so far from the machine's.
pub fn set(folder: &Path, offset_seconds: i64) -> anyhow::Result<()> {
    let path = file(folder);
    // Moved into place: it is read at any time.
    let aside = path.with_extension("new");
    fs::write(&aside, format!("{offset_seconds:+}s\n"))
        .and_then(|()| fs::rename(&aside, &path))
        .with_context(|| format!("write {}", path.display()))
}

/// What a process is to be started with.
pub fn variables(folder: &Path) -> anyhow::Result<[(String, String); 4]> {
    set(folder, 0)?;
    let library = library().context("libfaketime is not installed")?.to_owned();
    let pairs = [
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", file(folder).display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    Ok(pairs.map(|(name, value)| (name.to_owned(), value)))
}
