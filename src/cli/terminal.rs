//! Words for the person at the terminal. A reader who went away (`hookyard openapi | head`) is no error of ours.

use std::io::{self, Write as _};

use anyhow::Context as _;

/// Writes a command's result to stdout, with a line end.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    let line = format!("{text}\n");
    match stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.context("write to stdout"),
    }
}

/// Writes something besides the result to stderr. Nobody there to read it changes nothing.
pub(super) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}
