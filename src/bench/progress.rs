//! How far it is: one line that is written over on a terminal, else a line every other second.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(2);

pub struct Progress {
    on_terminal: bool,
    /// A line stands there without its end.
    is_open: bool,
    said: Option<Instant>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { on_terminal: io::stderr().is_terminal(), is_open: false, said: None }
    }
}

impl Progress {
    /// Something new begins: said in any case.
    pub fn begin(&mut self, what: &str) {
        self.end();
        note(what);
        self.said = Some(Instant::now());
    }

    pub fn show(&mut self, text: &str) {
        if self.on_terminal {
            self.is_open = true;
            // Nobody there to read it changes nothing.
            let _ = io::stderr().lock().write_all(format!("\r\x1b[2K{text}").as_bytes());
        } else if self.said.is_none_or(|said| said.elapsed() >= EVERY) {
            self.said = Some(Instant::now());
            note(text);
        }
    }

    pub fn end(&mut self) {
        if std::mem::take(&mut self.is_open) {
            note("");
        }
    }
}

/// Says something besides the result. Nobody there to read it changes nothing.
pub(super) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}
