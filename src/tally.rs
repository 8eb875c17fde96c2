//! Statistics in the making: what was accepted and what attempts came to is added up here, and goes to the ledger every few
//! seconds.
//!
//! Who acts: intake and the recorder tell, after their commit; [`Tally::flush`] is called by whoever keeps the house. Promises:
//! telling waits for no IO, and memory is bounded. Leaves out: certainty. A process that dies takes the last seconds'
//! counts with it, and a flush whose answer is lost is counted twice: deliveries and their log know better.

mod types;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actors::ports::Record;
use domain::counts::Counts;
use domain::event::Event;
use domain::id::EndpointId;
use domain::outcome::Outcome;
use time::OffsetDateTime;

use self::types::Types;
use crate::ledger::hours::Hour;
use crate::ledger::{Error, Ledger, event_types, hours};

const HOUR_SECS: i64 = 3600;
/// Endpoints' hours in memory at a time, some 1,400 bytes each; what comes when there are so many is not counted.
const KEPT_MAX: usize = 50_000;
/// Of one statement.
const FLUSH_ROWS: usize = 2_000;

/// Of an endpoint, in an hour counted from the epoch.
type Place = (EndpointId, i64);

#[derive(Default)]
pub struct Tally {
    kept: Mutex<Kept>,
    types: Mutex<Types>,
}

#[derive(Default)]
struct Kept {
    counts: HashMap<Place, Counts>,
    /// Attempts that there was no room for.
    left_out: u64,
}

impl Tally {
    /// Counts an attempt.
    pub fn tell(&self, record: &Record) {
        let Some(report) = &record.report else { return };
        let place = (record.delivery.endpoint, record.at.unix_timestamp().div_euclid(HOUR_SECS));
        let mut kept = self.lock();
        match kept.place(place) {
            Some(counts) => {
                counts.add(report.ending.outcome, report.attempt.duration_ms);
                if report.ending.outcome == Outcome::Succeeded {
                    let lag = record.at - record.delivery.event.made_at();
                    counts.add_lag(lag.whole_milliseconds().max(0) as u64);
                }
            }
            None => kept.left_out += 1,
        }
    }

    /// Counts an event.
    pub fn accepted(&self, event: &Event) {
        self.types().add(event);
    }

    /// Adds to the ledger what was counted since the last time; what it does not take is kept for the next.
    pub async fn flush(&self, ledger: &Ledger) -> Result<(), Error> {
        self.flush_types(ledger).await?;
        let (mut hours, left_out) = self.take();
        if left_out > 0 {
            tracing::warn!(
                attempts = left_out,
                "statistics leave attempts out: more endpoints than there is room for"
            );
        }
        while !hours.is_empty() {
            let rest = hours.split_off(hours.len().min(FLUSH_ROWS));
            if let Err(error) = ledger.await_call(hours::add(&ledger.pool, &hours)).await {
                self.put_back(hours.into_iter().chain(rest));
                return Err(error);
            }
            hours = rest;
        }
        Ok(())
    }

    async fn flush_types(&self, ledger: &Ledger) -> Result<(), Error> {
        let mut seen = self.types().take();
        while !seen.is_empty() {
            let rest = seen.split_off(seen.len().min(FLUSH_ROWS));
            if let Err(error) = ledger.await_call(event_types::add(&ledger.pool, &seen)).await {
                self.types().put_back(seen.into_iter().chain(rest));
                return Err(error);
            }
            seen = rest;
        }
        Ok(())
    }

    fn types(&self) -> MutexGuard<'_, Types> {
        self.types.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> (Vec<Hour>, u64) {
        let Kept { counts, left_out } = std::mem::take(&mut *self.lock());
        let hour = |((endpoint, hour), counts)| Hour {
            endpoint,
            // It was read from one.
            hour: OffsetDateTime::from_unix_timestamp(hour * HOUR_SECS).unwrap_or(OffsetDateTime::UNIX_EPOCH),
            counts,
        };
        (counts.into_iter().map(hour).collect(), left_out)
    }

    fn put_back(&self, hours: impl Iterator<Item = Hour>) {
        let mut kept = self.lock();
        for hour in hours {
            match kept.place((hour.endpoint, hour.hour.unix_timestamp() / HOUR_SECS)) {
                Some(counts) => counts.merge(&hour.counts),
                None => kept.left_out += hour.counts.attempts(),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Where to count; `None` where there is no room.
    fn place(&mut self, place: Place) -> Option<&mut Counts> {
        let is_full = self.counts.len() >= KEPT_MAX;
        match self.counts.entry(place) {
            Entry::Occupied(counts) => Some(counts.into_mut()),
            Entry::Vacant(_) if is_full => None,
            Entry::Vacant(room) => Some(room.insert(Counts::default())),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn count(tally: &Tally, endpoint: u128) {
        let place = (EndpointId(Uuid::from_u128(endpoint)), 7);
        tally.lock().place(place).unwrap().add(Outcome::Succeeded, 1);
    }

    #[test]
    fn what_the_ledger_does_not_take_is_counted_with_what_comes() {
        let tally = Tally::default();
        count(&tally, 1);
        let (hours, _) = tally.take();
        assert_eq!(hours[0].hour.unix_timestamp(), 7 * HOUR_SECS);
        count(&tally, 1);
        tally.put_back(hours.into_iter());
        let (hours, left_out) = tally.take();
        assert_eq!((hours.len(), hours[0].counts.attempts(), left_out), (1, 2, 0));
        assert!(tally.take().0.is_empty());
    }

    #[test]
    fn there_is_room_for_so_many_endpoints_and_no_more() {
        let tally = Tally::default();
        (0..KEPT_MAX as u128).for_each(|endpoint| {
            tally.lock().place((EndpointId(Uuid::from_u128(endpoint)), 7));
        });
        assert!(tally.lock().place((EndpointId(Uuid::max()), 7)).is_none());
        assert!(tally.lock().place((EndpointId(Uuid::nil()), 7)).is_some());
    }
}
