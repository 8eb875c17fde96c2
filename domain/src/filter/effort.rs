//! How much a filter may look at: an event and a filter, each within its limits, can make a lot of work together.

/// What is left, in steps: a member of an object, an element of an array, an operator held against a value, and every
/// 64 bytes that one of these has to read.
#[derive(Debug)]
pub struct Effort(u64);

const BYTES_PER_STEP: usize = 64;
/// What a byte of a text with escapes counts as.
const ESCAPED: usize = 16;
/// Of what is only gone past.
const VALUES_PER_STEP: usize = 4;

impl Effort {
    pub fn new(steps: u64) -> Self {
        Self(steps)
    }

    /// Nothing that is found from now on says anything.
    pub fn is_spent(&self) -> bool {
        self.0 == 0
    }

    pub fn left(&self) -> u64 {
        self.0
    }

    /// Takes what it costs to go past so many values.
    pub(super) fn pass(&mut self, values: usize) {
        self.0 = self.0.saturating_sub((values / VALUES_PER_STEP) as u64);
    }

    /// Takes what it costs to read a value as it is written: most, where a text has escapes.
    pub(super) fn unescape(&mut self, written: &str) {
        let bytes = if written.as_bytes().contains(&b'\\') { written.len() * ESCAPED } else { written.len() };
        self.read(bytes, 1);
    }

    /// Takes what it costs to read a text so often.
    pub fn read(&mut self, bytes: usize, times: usize) {
        let steps = (1 + bytes / BYTES_PER_STEP) * times;
        self.0 = self.0.saturating_sub(steps as u64);
    }
}
