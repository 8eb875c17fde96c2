//! A ledger in memory: commits become visible late and out of order, and calls fail now and then.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::delivery::{Progress, Reason, Status};
use domain::endpoint::{Condition, Endpoint};
use domain::id::{DeliveryId, EndpointId, Shard};
use domain::verdict::Verdict;
use time::OffsetDateTime;

use super::{Dice, lock};
use crate::ports::{
    Changes, Clock, Close, Ledger, LedgerError, Owed, OwedPage, Posted, Posting, Record, Reference, Standing,
};

#[derive(Clone)]
pub struct MemoryLedger(Arc<Inner>);

struct Inner {
    dice: Dice,
    clock: Arc<dyn Clock>,
    /// Calls that fail, out of a hundred.
    failing: u64,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    version: i64,
    endpoints: Vec<Endpoint>,
    position: i64,
    rows: BTreeMap<DeliveryId, Row>,
    states: HashMap<EndpointId, EndpointState>,
    wrongs: Vec<String>,
}

#[derive(Clone, Copy, Default)]
struct EndpointState {
    condition: Condition,
    spill_from: Option<i64>,
}

struct Row {
    position: i64,
    made_at: OffsetDateTime,
    status: Status,
    progress: Progress,
    next_attempt_at: Option<OffsetDateTime>,
}

impl MemoryLedger {
    pub fn new(dice: Dice, clock: Arc<dyn Clock>, failing: u64, endpoints: Vec<Endpoint>) -> Self {
        let kept = Kept { version: 1, endpoints, ..Kept::default() };
        Self(Arc::new(Inner { dice, clock, failing, kept: Mutex::new(kept) }))
    }

    /// How many deliveries there are in each status.
    pub fn count(&self) -> HashMap<Status, usize> {
        let mut count = HashMap::new();
        for row in lock(&self.0.kept).rows.values() {
            *count.entry(row.status).or_default() += 1;
        }
        count
    }

    /// Deliveries that have not ended.
    pub fn owed(&self) -> usize {
        lock(&self.0.kept).rows.values().filter(|row| row.status.is_owed()).count()
    }

    pub fn wrongs(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.0.kept).wrongs)
    }

    pub fn still_spilling(&self) -> usize {
        lock(&self.0.kept).states.values().filter(|state| state.spill_from.is_some()).count()
    }

    async fn may_fail(&self) -> Result<(), LedgerError> {
        self.0.dice.pause(10).await;
        if self.0.dice.percent(self.0.failing) {
            return Err(LedgerError::Unavailable("by chance".to_owned()));
        }
        Ok(())
    }
}

impl Kept {
    fn write(&mut self, record: &Record) {
        let Some(row) = self.rows.get_mut(&record.delivery) else { return };
        if row.progress.attempts + 1 != record.number {
            return;
        }
        let (status, next) = match record.close {
            Close::Verdict(Verdict::Delivered) => (Status::Success, None),
            Close::Verdict(Verdict::Retry { at }) => (Status::Retrying, Some(at)),
            Close::Verdict(Verdict::DeadLetter(reason)) | Close::Ended(reason) => (reason.ends_in(), None),
        };
        if !row.status.may_become(status) {
            self.wrongs.push(format!("{} moved from {:?} to {status:?}", record.delivery, row.status));
        }
        row.status = status;
        row.next_attempt_at = next;
        if record.report.is_some() {
            row.progress.attempts = record.number;
        }
        self.states.entry(record.delivery.endpoint).or_default().condition = record.condition;
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn post(
        &self,
        postings: &[Posting],
        _: &[EndpointId],
        version: i64,
    ) -> Result<Posted, LedgerError> {
        self.may_fail().await?;
        let mut owed = Vec::new();
        {
            let mut kept = lock(&self.0.kept);
            if kept.version != version {
                return Ok(Posted::Stale);
            }
            for posting in postings {
                for &endpoint in &posting.endpoints {
                    kept.position += 1;
                    let delivery = DeliveryId { event: posting.event.id, endpoint };
                    owed.push(Reference { delivery, position: kept.position, number: 1 });
                }
            }
        }
        // The sequence was drawn; others may commit before.
        self.0.dice.pause(200).await;
        let mut kept = lock(&self.0.kept);
        for reference in &owed {
            let row = Row {
                position: reference.position,
                made_at: self.0.clock.now(),
                status: Status::Pending,
                progress: Progress::default(),
                next_attempt_at: None,
            };
            kept.rows.insert(reference.delivery, row);
        }
        Ok(Posted::Committed { owed, fresh: vec![true; postings.len()] })
    }

    async fn record(&self, records: &[Record], _: &HashMap<Shard, i64>) -> Result<(), LedgerError> {
        self.may_fail().await?;
        {
            let mut kept = lock(&self.0.kept);
            for record in records {
                kept.write(record);
            }
        }
        // Committed, and the answer lost: it is written again.
        self.may_fail().await
    }

    async fn standing(
        &self,
        deliveries: &[DeliveryId],
    ) -> Result<HashMap<DeliveryId, Standing>, LedgerError> {
        self.may_fail().await?;
        let kept = lock(&self.0.kept);
        let standing =
            |row: &Row| Standing { status: row.status, position: row.position, progress: row.progress };
        Ok(deliveries
            .iter()
            .filter_map(|delivery| Some((*delivery, standing(kept.rows.get(delivery)?))))
            .collect())
    }

    async fn owed(
        &self,
        endpoint: EndpointId,
        from: i64,
        now: OffsetDateTime,
        limit: u32,
    ) -> Result<OwedPage, LedgerError> {
        self.may_fail().await?;
        let page = {
            let kept = lock(&self.0.kept);
            let of_endpoint = || kept.rows.iter().filter(|(delivery, _)| delivery.endpoint == endpoint);
            let owed = |(delivery, row): (&DeliveryId, &Row)| Owed {
                delivery: *delivery,
                position: row.position,
                progress: row.progress,
                due: None,
            };
            let due =
                |row: &Row| row.status == Status::Retrying && row.next_attempt_at.is_some_and(|at| at <= now);
            let mut page: Vec<Owed> = of_endpoint().filter(|(_, row)| due(row)).map(owed).collect();
            page.truncate(limit as usize);
            let mut next = (page.len() == limit as usize).then_some(from);
            if next.is_none() {
                let waiting = |row: &Row| row.status == Status::Pending && row.position >= from;
                let mut rest: Vec<Owed> = of_endpoint().filter(|(_, row)| waiting(row)).map(owed).collect();
                rest.sort_by_key(|owed| owed.position);
                rest.truncate(limit as usize);
                next = rest.last().filter(|_| rest.len() == limit as usize).map(|owed| owed.position + 1);
                page.extend(rest);
            }
            OwedPage { owed: page, next }
        };
        // Read, and on its way: what happens now is not in it.
        self.0.dice.pause(50).await;
        Ok(page)
    }

    async fn owed_in_order(
        &self,
        endpoint: EndpointId,
        from: i64,
        limit: u32,
    ) -> Result<OwedPage, LedgerError> {
        Ledger::owed(self, endpoint, from, OffsetDateTime::UNIX_EPOCH, limit).await
    }

    async fn lowest_pending(&self, _: &[EndpointId]) -> Result<HashMap<EndpointId, i64>, LedgerError> {
        Ok(HashMap::new())
    }

    async fn spill(&self, from: &[(EndpointId, i64)], _: Shard, _: i64) -> Result<(), LedgerError> {
        self.may_fail().await?;
        let mut kept = lock(&self.0.kept);
        for &(endpoint, position) in from {
            let spill_from = &mut kept.states.entry(endpoint).or_default().spill_from;
            *spill_from = Some(spill_from.map_or(position, |known| known.min(position)));
        }
        Ok(())
    }

    async fn unspill(&self, endpoint: EndpointId, _: Shard, _: i64) -> Result<(), LedgerError> {
        self.may_fail().await?;
        lock(&self.0.kept).states.entry(endpoint).or_default().spill_from = None;
        Ok(())
    }

    async fn spilling(&self) -> Result<Vec<(EndpointId, i64)>, LedgerError> {
        let kept = lock(&self.0.kept);
        Ok(kept.states.iter().filter_map(|(endpoint, state)| Some((*endpoint, state.spill_from?))).collect())
    }

    async fn overdue(&self, before: OffsetDateTime) -> Result<Vec<(EndpointId, Option<i64>)>, LedgerError> {
        self.may_fail().await?;
        let kept = lock(&self.0.kept);
        let mut lowest: HashMap<EndpointId, Option<i64>> = HashMap::new();
        for (delivery, row) in &kept.rows {
            let retry_overdue =
                row.status == Status::Retrying && row.next_attempt_at.is_some_and(|at| at < before);
            if retry_overdue {
                lowest.entry(delivery.endpoint).or_default();
            }
            let spilling =
                kept.states.get(&delivery.endpoint).is_some_and(|state| state.spill_from.is_some());
            if row.status == Status::Pending && row.made_at < before && !spilling {
                let known = lowest.entry(delivery.endpoint).or_default();
                *known = Some(known.map_or(row.position, |known| known.min(row.position)));
            }
        }
        Ok(lowest.into_iter().collect())
    }

    async fn close(&self, _: EndpointId, _: Reason) -> Result<u64, LedgerError> {
        Ok(0)
    }

    async fn condition(&self, endpoint: EndpointId) -> Result<Condition, LedgerError> {
        self.may_fail().await?;
        Ok(lock(&self.0.kept).states.get(&endpoint).copied().unwrap_or_default().condition)
    }

    async fn changes_since(&self, version: i64) -> Result<Changes, LedgerError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let kept = lock(&self.0.kept);
        if kept.version <= version {
            return Ok(Changes { version: kept.version, ..Changes::default() });
        }
        let endpoints = kept.endpoints.iter().map(|endpoint| (endpoint.clone(), true)).collect();
        let tenants = vec![("demo".parse().unwrap(), true)];
        Ok(Changes { version: kept.version, tenants, endpoints })
    }
}
