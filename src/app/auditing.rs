//! An audit on request: what became of all that was accepted, and a look of the owners at what is late.
//!
//! Promises: what is late with nobody to bring it is asked for, and the owners have looked, or it is said that they did
//! not; safe beside running nodes, whose work it is to bring it. Leaves out: looking into the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context as _;
use domain::id::Shard;
use time::{Date, OffsetDateTime};
use tokio::time::{Instant, sleep};

use crate::ledger::Ledger;
use crate::ledger::account::{self, Counts};
use crate::ledger::ownership;

/// An owner looks every few seconds, and may have much to look through.
const LOOK_WAIT: Duration = Duration::from_secs(30);
/// Between two looks at whether it has.
const PAUSE: Duration = Duration::from_millis(100);

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub now: OffsetDateTime,
    /// What is overdue by less is not late.
    pub grace: Duration,
    /// So many of the last days; all there are, without.
    pub days: Option<u32>,
}

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// Those of which something is in the ledger, oldest first.
    pub days: Vec<(Date, Counts)>,
    pub total: Counts,
    /// Deliveries that were late for no reason that the ledger knows, and that their owners have looked after.
    pub looked_after: u64,
    /// Nodes that run.
    pub nodes: usize,
    /// Shards with something missing whose owner has not looked, or that have none.
    pub unseen: BTreeSet<Shard>,
}

/// What is heard of it meanwhile.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    Counted(Date),
    /// The owners are asked to look after so many deliveries.
    Asking(u64),
}

/// Counts, has the owners look at what is late, and counts that again.
pub async fn audit(
    ledger: &Ledger,
    asked: Asked,
    mut progress: impl FnMut(Progress),
) -> anyhow::Result<Report> {
    let Asked { now, grace, days } = asked;
    let looks = ledger.await_call(account::looks(&ledger.pool)).await;
    let looks = looks.context("read the shards (in a new database, `hookyard migrate` comes first)")?;
    let shards = looks.len() as u16;
    let shard_of = |endpoint| Shard::of(endpoint, shards);
    let nodes = ledger.await_call(ownership::nodes(&ledger.pool)).await.context("read the nodes")?.len();
    let count = async |date| {
        let counted = account::count(ledger, date, now - grace, now).await;
        counted.with_context(|| format!("count the deliveries of {date}"))
    };
    let mut dates = account::days(ledger, now).await.context("list the days")?;
    let first = days.map_or(0, |days| dates.len().saturating_sub(days as usize));
    let mut counted = Vec::new();
    for date in dates.drain(first..) {
        counted.push(count(date).await?);
        progress(Progress::Counted(date));
    }
    let mut from: BTreeMap<Shard, OffsetDateTime> = BTreeMap::new();
    let mut late = 0;
    for (endpoint, found) in counted.iter().flat_map(|day| &day.late) {
        late += found.deliveries;
        let oldest = from.entry(shard_of(*endpoint)).or_insert(found.oldest);
        *oldest = found.oldest.min(*oldest);
    }
    let mut looked = BTreeSet::new();
    if from.keys().any(|shard| looks.get(shard).is_some_and(|look| look.owned)) {
        progress(Progress::Asking(late));
        looked = have_looked(ledger, &from).await.context("ask the owners to look")?;
        for day in counted.iter_mut().filter(|day| !day.late.is_empty()) {
            *day = count(day.date).await?;
            day.trust(shard_of, &looked);
        }
    }
    let unseen: BTreeSet<Shard> = from.into_keys().filter(|shard| !looked.contains(shard)).collect();
    let left = counted.iter().flat_map(|day| &day.late);
    let left =
        left.filter(|(endpoint, _)| unseen.contains(&shard_of(**endpoint))).map(|(_, late)| late.deliveries);
    let looked_after = late.saturating_sub(left.sum());
    counted.retain(|day| day.counts.accepted > 0);
    let days: Vec<_> = counted.into_iter().map(|day| (day.date, day.counts)).collect();
    let total = days.iter().map(|(_, counts)| *counts).sum();
    Ok(Report { days, total, looked_after, nodes, unseen })
}

/// Asks the owners of these shards to look from these instants on. Answers with those that have.
async fn have_looked(
    ledger: &Ledger,
    from: &BTreeMap<Shard, OffsetDateTime>,
) -> Result<BTreeSet<Shard>, crate::ledger::Error> {
    let asked = ledger.await_call(account::ask(&ledger.pool, from)).await?;
    let deadline = Instant::now() + LOOK_WAIT;
    loop {
        let looks = ledger.await_call(account::looks(&ledger.pool)).await?;
        let mut open = false;
        let mut looked = BTreeSet::new();
        for (shard, lowered) in &asked {
            let Some(look) = looks.get(shard) else { continue };
            if look.looked >= *lowered {
                looked.insert(*shard);
            } else {
                open |= look.owned;
            }
        }
        if !open || Instant::now() >= deadline {
            return Ok(looked);
        }
        sleep(PAUSE).await;
    }
}
