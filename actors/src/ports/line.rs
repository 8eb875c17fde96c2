//! Where a reference stands in its shard's part of the queue: nobody stands behind what is in the other line.

use super::Reference;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// First attempts.
    Fresh,
    /// Retries whose time has come, and what was made owed again.
    Retries,
}

impl Line {
    pub const ALL: [Self; 2] = [Self::Fresh, Self::Retries];

    pub fn of(reference: &Reference) -> Self {
        if reference.number > 1 { Self::Retries } else { Self::Fresh }
    }
}
