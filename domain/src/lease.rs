//! A node's hold on a shard: under which number, so that whatever it does under it can be refused once it is over.

use std::fmt;

use uuid::Uuid;

use crate::id::Shard;

/// A process of the service. Started again, it is another node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub Uuid);

/// One turn of owning a shard. Every later one of the shard has a higher epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lease {
    pub shard: Shard,
    pub epoch: i64,
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.shard, self.epoch)
    }
}
