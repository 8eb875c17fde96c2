//! What requests to sources may take up before it is known who sent them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use domain::id::SourceId;
use tokio::sync::Semaphore;

use crate::api::settings::Settings;

/// The part of what publishing may hold that is theirs besides.
const PART: usize = 4;
/// Sources looked up in the ledger at a time: whoever guesses ids waits for others who do.
const LOOKUPS_MAX: usize = 4;
/// Entries of sources past which those are let go that nobody sends to.
const ENTRIES_MAX: usize = 1_000;

pub struct Doors {
    /// A permit a byte, of all sources …
    all: Arc<Semaphore>,
    /// … and of each, for as long as somebody sends to it.
    each: Mutex<HashMap<Option<SourceId>, Weak<Semaphore>>>,
    each_max: usize,
    pub lookups: Semaphore,
    /// One body is worked on at a time: of 25 MiB it takes tens of milliseconds.
    pub checking: Semaphore,
}

impl Doors {
    pub fn new(settings: &Settings) -> Self {
        let one = settings.inbound_body_max_bytes;
        let all = (settings.pending_bytes_max / PART).max(2 * one);
        Self {
            all: Arc::new(Semaphore::new(all)),
            each: Mutex::default(),
            each_max: (all / 2).max(one),
            lookups: Semaphore::new(LOOKUPS_MAX),
            checking: Semaphore::new(1),
        }
    }

    /// Where the bytes of a request to this source have a place.
    pub fn rooms(&self, source: Option<SourceId>) -> [Arc<Semaphore>; 2] {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        let own = each.get(&source).and_then(Weak::upgrade).unwrap_or_else(|| {
            if each.len() >= ENTRIES_MAX {
                each.retain(|_, own| own.strong_count() > 0);
            }
            let own = Arc::new(Semaphore::new(self.each_max));
            each.insert(source, Arc::downgrade(&own));
            own
        });
        [own, Arc::clone(&self.all)]
    }
}

#[cfg(test)]
mod tests {
    use domain::id::SourceId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn one_source_takes_half_and_leaves_the_others_room() {
        let doors = Doors::new(&Settings::default());
        let source = |n| Some(SourceId(Uuid::from_u128(n)));
        let half = 32 * 1024 * 1024;
        let [own, all] = doors.rooms(source(1));
        let held: Vec<_> =
            [&own, &all].map(|room| Arc::clone(room).try_acquire_many_owned(half).unwrap()).into();
        let [again, _] = doors.rooms(source(1));
        assert!(again.try_acquire().is_err());
        let [other, all] = doors.rooms(source(2));
        assert!(other.try_acquire_many(half).is_ok() && all.try_acquire_many(half).is_ok());
        assert!(all.try_acquire_many(half + 1).is_err());
        drop((held, own, again));
        for n in 0..2 * ENTRIES_MAX as u128 {
            doors.rooms(source(n));
        }
        assert!(doors.each.lock().unwrap().len() <= ENTRIES_MAX);
    }
}
