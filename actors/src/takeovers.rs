//! The shards whose waiting work has to be looked up in the ledger at once: each when it is taken, and whenever its
//! feeder was started again. Outlives the auditor, which does the looking.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::Shard;

/// Cloned freely; all clones are one.
#[derive(Clone, Default)]
pub struct Takeovers(Arc<Mutex<Asked>>);

#[derive(Default)]
struct Asked {
    last: u64,
    open: HashMap<Shard, u64>,
}

/// A look that was asked for; asked for again meanwhile, it is another.
pub type Takeover = (Shard, u64);

impl Takeovers {
    pub fn ask(&self, shard: Shard) {
        let mut asked = self.lock();
        asked.last += 1;
        let turn = asked.last;
        asked.open.insert(shard, turn);
    }

    /// The shard is another node's.
    pub fn forget(&self, shard: Shard) {
        self.lock().open.remove(&shard);
    }

    pub fn open(&self) -> Vec<Takeover> {
        self.lock().open.iter().map(|(&shard, &turn)| (shard, turn)).collect()
    }

    /// What was asked for again while the look ran stays open.
    pub fn done(&self, looks: &[Takeover]) {
        let mut asked = self.lock();
        for (shard, turn) in looks {
            if asked.open.get(shard) == Some(turn) {
                asked.open.remove(shard);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_again_meanwhile_stays_open() {
        let takeovers = Takeovers::default();
        takeovers.ask(Shard(1));
        takeovers.ask(Shard(2));
        let looks = takeovers.open();
        takeovers.ask(Shard(1));
        takeovers.done(&looks);
        let open: Vec<_> = takeovers.open().iter().map(|(shard, _)| *shard).collect();
        assert_eq!(open, [Shard(1)]);
        takeovers.ask(Shard(2));
        takeovers.forget(Shard(2));
        takeovers.done(&takeovers.open());
        assert!(takeovers.open().is_empty());
    }
}
