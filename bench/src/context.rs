//! What every scenario is given: how large it is to be, whom to tell how far it is, and what others found before it.

use std::fmt;
use std::path::PathBuf;

use hookyard::bench::{Progress, count};

pub struct Context {
    pub sizes: Sizes,
    /// Of Hookyard.
    pub program: PathBuf,
    /// Deliveries a second to one endpoint, of this run: others are held against it.
    pub one: Option<f64>,
    progress: Progress,
    /// Which scenario of how many, and its name.
    place: String,
}

/// How large scenarios are.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub is_full: bool,
    /// For the test of the suite itself: so large a part of the quick sizes.
    pub scale: f64,
}

/// Of one thing, events for example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub count: u32,
    pub is_scaled: bool,
}

impl Sizes {
    /// The stated size, or the quick one.
    pub fn of(self, stated: u32, quick: u32) -> Size {
        let wanted = if self.is_full { stated } else { quick };
        let count = ((f64::from(wanted) * self.scale).round() as u32).max(1);
        Size { count, is_scaled: count < stated }
    }
}

/// With its thousands apart.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&count(self.count.into()))
    }
}

impl Context {
    pub fn new(sizes: Sizes, program: PathBuf) -> Self {
        Self { sizes, program, one: None, progress: Progress::default(), place: String::new() }
    }

    pub fn enter(&mut self, place: String) {
        self.place = place;
    }

    /// Something new begins.
    pub fn begin(&mut self, what: &str) {
        self.progress.begin(&format!("{}: {what} …", self.place));
    }

    /// How far it is.
    pub fn show(&mut self, what: &str, done: u64, of: u64) {
        self.progress.show(&format!("{}: {what}: {} of {}", self.place, count(done), count(of)));
    }

    pub fn end(&mut self) {
        self.progress.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_its_stated_size_it_is_scaled() {
        let sizes = |is_full, scale| Sizes { is_full, scale }.of(60_000, 20_000);
        assert_eq!(sizes(true, 1.0), Size { count: 60_000, is_scaled: false });
        assert_eq!(sizes(false, 1.0), Size { count: 20_000, is_scaled: true });
        assert_eq!(sizes(false, 0.001), Size { count: 20, is_scaled: true });
        assert_eq!(Sizes { is_full: false, scale: 1e-6 }.of(10, 10), Size { count: 1, is_scaled: true });
        assert!(!Sizes { is_full: false, scale: 1.0 }.of(10, 10).is_scaled);
    }
}
