//! What the ledger in memory has committed, and what must never be written there.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::delivery::{Progress, Status};
use domain::endpoint::{Condition, Endpoint};
use domain::id::{DeliveryId, EndpointId, Shard};
use domain::lease::Lease;
use domain::tenant::TenantId;
use time::OffsetDateTime;

use crate::ports::{Order, Record};

#[derive(Default)]
pub struct Kept {
    pub version: i64,
    pub epochs: HashMap<Shard, i64>,
    pub endpoints: Vec<Endpoint>,
    pub position: i64,
    pub rows: BTreeMap<DeliveryId, Row>,
    pub states: HashMap<EndpointId, State>,
    /// Acknowledged to the queue before they were tried: only `spill_from` says that they are owed.
    pub entrusted: HashSet<DeliveryId>,
    pub ends_watched: bool,
    /// Ends of spilling that are on their way.
    pub ending: u32,
    pub wrongs: Vec<String>,
    /// Where the line of each tenant's turns begins.
    pub lines: HashMap<TenantId, OffsetDateTime>,
    /// Attempts at this one cannot be written.
    pub refused: Option<DeliveryId>,
}

#[derive(Default)]
pub struct State {
    pub condition: Condition,
    pub spill_from: Option<i64>,
}

pub struct Row {
    pub position: i64,
    pub made_at: OffsetDateTime,
    pub status: Status,
    pub progress: Progress,
    pub next_attempt_at: Option<OffsetDateTime>,
    /// Posted before its endpoint was told to keep order, and visible only after: it may be overtaken.
    pub out_of_order: bool,
}

impl Kept {
    /// What an endpoint is owed: never tried from this position on, or due.
    pub fn count_owed(&self, endpoint: EndpointId, from: i64, now: OffsetDateTime) -> u64 {
        let is_owed = |row: &Row| match row.status {
            Status::Pending => row.position >= from,
            Status::Retrying => row.next_attempt_at.is_some_and(|at| at <= now),
            Status::Success | Status::Dead | Status::Skipped => false,
        };
        self.rows.iter().filter(|(delivery, row)| delivery.endpoint == endpoint && is_owed(row)).count()
            as u64
    }

    pub fn refuses(&self, records: &[Record]) -> bool {
        records.iter().any(|record| record.report.is_some() && self.refused == Some(record.delivery))
    }

    /// What is wrong with a request that starts now.
    pub fn objection(&self, order: &Order) -> Option<String> {
        let delivery = order.delivery;
        let Some(row) = self.rows.get(&delivery) else {
            return Some(format!("{delivery} is not in the ledger"));
        };
        let ended =
            self.endpoints.iter().any(|known| known.id == delivery.endpoint && !known.status.is_owed());
        if ended {
            // Its actor has not heard of it yet.
            return None;
        }
        if !row.status.is_owed() || row.progress.next_number() != order.number {
            let (number, status, made) = (order.number, row.status, row.progress.attempts);
            return Some(format!("attempt {number} of {delivery}, which is {status:?} after {made}"));
        }
        let before = |(other, earlier): &(&DeliveryId, &Row)| {
            let before = other.endpoint == delivery.endpoint && earlier.position < row.position;
            before && earlier.status.is_owed() && !earlier.out_of_order
        };
        let overtaken = order.endpoint.ordered.then(|| self.rows.iter().find(before)).flatten();
        overtaken.map(|(earlier, _)| format!("{delivery} overtakes {earlier}"))
    }

    pub fn is_ordered(&self, endpoint: EndpointId) -> bool {
        self.endpoints.iter().any(|known| known.id == endpoint && known.ordered)
    }

    /// The queue is told that it need not bring this any more.
    pub fn acknowledged(&mut self, delivery: DeliveryId) {
        let Some(row) = self.rows.get(&delivery).filter(|row| row.status == Status::Pending) else { return };
        let spill_from = self.states.get(&delivery.endpoint).and_then(|state| state.spill_from);
        if spill_from.is_none_or(|from| from > row.position) {
            let position = row.position;
            let wrong =
                format!("{delivery} at {position} was acknowledged, and spill_from is {spill_from:?}");
            self.wrongs.push(wrong);
        }
        self.entrusted.insert(delivery);
    }

    pub fn is_held(&self, lease: Lease) -> bool {
        self.epochs.get(&lease.shard) == Some(&lease.epoch)
    }

    pub fn count_write(&mut self, lease: Lease) {
        if !self.is_held(lease) {
            self.wrongs.push("a former owner has written".to_owned());
        }
    }

    /// An endpoint's spilling ends: nothing may be left that only it would have brought.
    pub fn clear(&mut self, endpoint: EndpointId, lease: Lease) {
        self.count_write(lease);
        let rows = &self.rows;
        self.entrusted.retain(|delivery| rows.get(delivery).is_some_and(|row| row.status == Status::Pending));
        let left = self.entrusted.iter().find(|delivery| delivery.endpoint == endpoint);
        if let Some(delivery) = left.filter(|_| self.ends_watched) {
            self.wrongs.push(format!("spilling ended, and nobody brings {delivery}"));
        }
        self.states.entry(endpoint).or_default().spill_from = None;
    }

    /// Lowers what `spill_from` says.
    pub fn spill(&mut self, from: &[(EndpointId, i64)], lease: Lease) {
        self.count_write(lease);
        for &(endpoint, position) in from {
            let spill_from = &mut self.states.entry(endpoint).or_default().spill_from;
            *spill_from = Some(spill_from.map_or(position, |known| known.min(position)));
        }
    }

    pub fn write(&mut self, record: &Record) {
        let Some(row) = self.rows.get_mut(&record.delivery) else { return };
        if row.progress.attempts + 1 != record.number {
            return;
        }
        let status = record.close.status();
        // What its endpoint's end has closed meanwhile stays closed.
        if row.status.is_owed() {
            row.status = status;
            row.next_attempt_at = record.close.retry_at();
        } else if row.status != Status::Dead && record.report.is_some() {
            // An end without an attempt has no number by which it would be known again: twice is once.
            self.wrongs.push(format!("{} was {:?} and became {status:?}", record.delivery, row.status));
        }
        if record.report.is_some() {
            row.progress.attempts = record.number;
        }
        self.states.entry(record.delivery.endpoint).or_default().condition = record.condition;
    }
}
