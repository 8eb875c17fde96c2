//! A ledger in memory: commits become visible late and out of order, and calls fail now and then.

mod kept;
mod looks;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::delivery::{Progress, Reason, Status};
use domain::endpoint::{Condition, Endpoint};
use domain::id::{DeliveryId, EndpointId};
use domain::lease::Lease;
use domain::tenant::TenantId;
use domain::turns;
use time::OffsetDateTime;

use self::kept::{Kept, Row};
use super::{Dice, lock};
use crate::ports::{
    Changes, Clock, Ledger, LedgerError, Order, Overdue, Owed, OwedPage, Posted, Posting, Record, Reference,
    Standing,
};

#[derive(Clone)]
pub struct MemoryLedger(Arc<Inner>);

struct Inner {
    dice: Dice,
    clock: Arc<dyn Clock>,
    /// Calls that fail, out of a hundred.
    failing: u64,
    kept: Mutex<Kept>,
    /// Held from the drawing of an ordered endpoint's position to its commit.
    in_order: tokio::sync::Mutex<()>,
}

impl MemoryLedger {
    pub fn new(dice: Dice, clock: Arc<dyn Clock>, failing: u64, endpoints: Vec<Endpoint>) -> Self {
        let kept = Kept { version: 1, endpoints, ..Kept::default() };
        Self(Arc::new(Inner {
            dice,
            clock,
            failing,
            kept: Mutex::new(kept),
            in_order: tokio::sync::Mutex::default(),
        }))
    }

    /// From now on only the owner under this lease may write what is of its shard.
    pub fn take_over(&self, lease: Lease) {
        lock(&self.0.kept).epochs.insert(lease.shard, lease.epoch);
    }

    /// An owner changes an endpoint. What it is owed when it ends is closed with it; what is posted at this moment
    /// is not.
    pub fn change(&self, endpoint: EndpointId, change: impl FnOnce(&mut Endpoint)) {
        let mut kept = lock(&self.0.kept);
        kept.version += 1;
        let Some(known) = kept.endpoints.iter_mut().find(|known| known.id == endpoint) else { return };
        let was_owed = known.status.is_owed();
        change(known);
        known.changed_at = self.0.clock.now();
        if was_owed && !known.status.is_owed() {
            let of_endpoint = kept.rows.iter_mut().filter(|(delivery, _)| delivery.endpoint == endpoint);
            for (_, row) in of_endpoint.filter(|(_, row)| row.status.is_owed()) {
                row.status = Status::Dead;
            }
        }
    }

    /// What is wrong with a request that starts now.
    pub fn objection(&self, order: &Order) -> Option<String> {
        lock(&self.0.kept).objection(order)
    }

    /// The queue is told that it need not bring this any more.
    pub fn acknowledged(&self, delivery: DeliveryId) {
        lock(&self.0.kept).acknowledged(delivery);
    }

    fn check(&self, lease: Lease) -> Result<(), LedgerError> {
        if lock(&self.0.kept).is_held(lease) { Ok(()) } else { Err(LedgerError::Fenced) }
    }

    async fn carry_out(&self, records: &[Record], leases: &[Lease]) -> Result<(), LedgerError> {
        self.may_fail().await?;
        for &lease in leases {
            self.check(lease)?;
        }
        {
            let mut kept = lock(&self.0.kept);
            if kept.refuses(records) {
                return Err(LedgerError::Refused("as it was told".to_owned()));
            }
            for &lease in leases {
                kept.count_write(lease);
            }
            for record in records {
                kept.write(record);
            }
        }
        // Committed, and the answer lost: it is written again.
        self.may_fail().await
    }

    /// A statement on its way: less than a feeder's restart takes, so that its writes stay in order.
    async fn arrive(&self) -> Result<(), LedgerError> {
        self.0.dice.pause(50).await;
        self.may_fail().await
    }

    async fn may_fail(&self) -> Result<(), LedgerError> {
        self.0.dice.pause(10).await;
        if self.0.dice.percent(self.0.failing) {
            return Err(LedgerError::Unavailable("by chance".to_owned()));
        }
        Ok(())
    }
}

/// A statement is carried out whether or not who asked is still there.
async fn with_the_server(
    statement: impl Future<Output = Result<(), LedgerError>> + Send + 'static,
) -> Result<(), LedgerError> {
    let carried_out = tokio::spawn(statement).await;
    carried_out.unwrap_or_else(|error| Err(LedgerError::Unavailable(error.to_string())))
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn post(
        &self,
        postings: &[Posting],
        ordered: &[EndpointId],
        version: i64,
    ) -> Result<Posted, LedgerError> {
        self.may_fail().await?;
        let mut owed = Vec::new();
        let _in_order = if ordered.is_empty() { None } else { Some(self.0.in_order.lock().await) };
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
            let endpoint = reference.delivery.endpoint;
            let row = Row {
                position: reference.position,
                made_at: self.0.clock.now(),
                status: Status::Pending,
                progress: Progress::default(),
                next_attempt_at: None,
                out_of_order: !ordered.contains(&endpoint) && kept.is_ordered(endpoint),
            };
            kept.rows.insert(reference.delivery, row);
        }
        Ok(Posted::Committed { owed, fresh: vec![true; postings.len()] })
    }

    async fn record(&self, records: &[Record], leases: &[Lease]) -> Result<(), LedgerError> {
        let (ledger, records, leases) = (self.clone(), records.to_vec(), leases.to_vec());
        with_the_server(async move { ledger.carry_out(&records, &leases).await }).await
    }

    async fn standing(
        &self,
        deliveries: &[DeliveryId],
    ) -> Result<HashMap<DeliveryId, Standing>, LedgerError> {
        self.may_fail().await?;
        let standing = {
            let kept = lock(&self.0.kept);
            let standing =
                |row: &Row| Standing { status: row.status, position: row.position, progress: row.progress };
            let known = |delivery: &DeliveryId| Some((*delivery, standing(kept.rows.get(delivery)?)));
            deliveries.iter().filter_map(known).collect()
        };
        // Seen, and on its way: what happens now is not in it.
        self.0.dice.pause(100).await;
        Ok(standing)
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
        self.may_fail().await?;
        let page = {
            let kept = lock(&self.0.kept);
            let mut owed: Vec<Owed> = kept
                .rows
                .iter()
                .filter(|(delivery, row)| {
                    let waiting = row.status == Status::Pending && row.position >= from;
                    delivery.endpoint == endpoint && (waiting || row.status == Status::Retrying)
                })
                .map(|(delivery, row)| Owed {
                    delivery: *delivery,
                    position: row.position,
                    progress: row.progress,
                    due: row.next_attempt_at,
                })
                .collect();
            owed.sort_by_key(|owed| owed.position);
            owed.truncate(limit as usize);
            let last = owed.last().filter(|_| owed.len() == limit as usize);
            let next = last.map(|last| from.max(last.position + 1));
            OwedPage { owed, next }
        };
        self.0.dice.pause(50).await;
        Ok(page)
    }

    async fn count_owed(
        &self,
        from: &[(EndpointId, i64)],
        now: OffsetDateTime,
    ) -> Result<HashMap<EndpointId, u64>, LedgerError> {
        self.may_fail().await?;
        let kept = lock(&self.0.kept);
        Ok(from.iter().map(|&(endpoint, from)| (endpoint, kept.count_owed(endpoint, from, now))).collect())
    }

    async fn lowest_pending(
        &self,
        endpoints: &[EndpointId],
    ) -> Result<HashMap<EndpointId, i64>, LedgerError> {
        self.may_fail().await?;
        let kept = lock(&self.0.kept);
        let mut lowest: HashMap<EndpointId, i64> = HashMap::new();
        for (delivery, row) in &kept.rows {
            if row.status == Status::Pending && endpoints.contains(&delivery.endpoint) {
                let known = lowest.entry(delivery.endpoint).or_insert(row.position);
                *known = row.position.min(*known);
            }
        }
        for &endpoint in endpoints {
            if let Some(from) = kept.states.get(&endpoint).and_then(|state| state.spill_from) {
                let known = lowest.entry(endpoint).or_insert(from);
                *known = from.min(*known);
            }
        }
        Ok(lowest)
    }

    async fn spill(&self, from: &[(EndpointId, i64)], lease: Lease) -> Result<(), LedgerError> {
        let (ledger, from) = (self.clone(), from.to_vec());
        with_the_server(async move {
            ledger.arrive().await?;
            ledger.check(lease)?;
            lock(&ledger.0.kept).spill(&from, lease);
            ledger.may_fail().await
        })
        .await
    }

    async fn unspill(&self, endpoint: EndpointId, lease: Lease) -> Result<(), LedgerError> {
        let ledger = self.clone();
        lock(&self.0.kept).ending += 1;
        with_the_server(async move {
            let arrived = ledger.arrive().await;
            lock(&ledger.0.kept).ending -= 1;
            arrived?;
            ledger.check(lease)?;
            lock(&ledger.0.kept).clear(endpoint, lease);
            ledger.may_fail().await
        })
        .await
    }

    async fn spilling(&self) -> Result<Vec<(EndpointId, i64)>, LedgerError> {
        let kept = lock(&self.0.kept);
        Ok(kept.states.iter().filter_map(|(endpoint, state)| Some((*endpoint, state.spill_from?))).collect())
    }

    async fn overdue(
        &self,
        made: OffsetDateTime,
        due: OffsetDateTime,
        _: &[Lease],
    ) -> Result<Vec<Overdue>, LedgerError> {
        self.may_fail().await?;
        let kept = lock(&self.0.kept);
        let mut found: HashMap<EndpointId, Overdue> = HashMap::new();
        for (delivery, row) in &kept.rows {
            let endpoint = delivery.endpoint;
            let overdue = || Overdue { endpoint, untried: Vec::new(), retries: Vec::new() };
            if row.status == Status::Retrying && row.next_attempt_at.is_some_and(|at| at < due) {
                found.entry(endpoint).or_insert_with(overdue).retries.push(delivery.event);
            }
            let spilling = kept.states.get(&endpoint).is_some_and(|state| state.spill_from.is_some());
            if row.status == Status::Pending && row.made_at < made && !spilling {
                found.entry(endpoint).or_insert_with(overdue).untried.push(row.position);
            }
        }
        for overdue in found.values_mut() {
            overdue.untried.sort_unstable();
        }
        Ok(found.into_values().collect())
    }

    async fn close(&self, _: EndpointId, _: Reason) -> Result<u64, LedgerError> {
        Ok(0)
    }

    async fn conditions(&self) -> Result<Vec<(EndpointId, Condition)>, LedgerError> {
        self.may_fail().await?;
        let kept = lock(&self.0.kept);
        let conditions = kept.states.iter().map(|(&endpoint, state)| (endpoint, state.condition));
        Ok(conditions.filter(|(_, condition)| *condition != Condition::default()).collect())
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

    async fn take_turns(
        &self,
        stretches: &[(TenantId, Duration)],
    ) -> Result<HashMap<TenantId, Duration>, LedgerError> {
        self.may_fail().await?;
        let waits = {
            let (now, mut kept) = (self.0.clock.now(), lock(&self.0.kept));
            let take = |(tenant, length): &(TenantId, Duration)| {
                let from = turns::begin(kept.lines.get(tenant).copied(), now);
                kept.lines.insert(tenant.clone(), from + *length);
                (tenant.clone(), Duration::try_from(from - now).unwrap())
            };
            stretches.iter().map(take).collect()
        };
        // Taken, and the answer late or lost.
        self.may_fail().await?;
        Ok(waits)
    }
}
