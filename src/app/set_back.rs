//! Minds a clock that was set back: what is to be retried at a time that it told while it was ahead would wait for as long
//! as it was ahead.
//!
//! Promises: seconds after the step, and wherever this node takes a shard, a retry waits no longer than it was to wait.
//! Leaves out: a clock that is set forward, after which retries come as much earlier.

use std::collections::HashSet;
use std::time::Duration;

use actors::answering::Answering;
use domain::id::EndpointId;
use domain::lease::Lease;
use time::OffsetDateTime;

use super::house::House;
use crate::ledger::{Error, ahead};

const LOOK: Duration = Duration::from_secs(1);
/// What was judged before the step may be recorded after the first look.
const LOOKS: u32 = 3;

/// Runs until it is dropped.
pub async fn mind(house: House) {
    let mut last = house.clock.moment();
    let mut seen: HashSet<Lease> = HashSet::new();
    let (mut looks, mut ledger) = (0, Answering::default());
    loop {
        let at = house.clock.moment();
        let back = at.set_back_since(last);
        last = at;
        if back > ahead::SLACK {
            tracing::warn!(seconds = back.as_secs(), "clock was set back: retries wait no longer for it");
            looks = LOOKS;
        }
        let held: HashSet<Lease> = house.leases.held().into_iter().collect();
        if !held.is_subset(&seen) {
            // A former owner's clock may have been ahead.
            looks = looks.max(1);
        }
        seen = held;
        if looks > 0 {
            let looked = draw_nearer(&house, at.now).await;
            if let Some(Err(error)) = ledger.news(&looked) {
                tracing::warn!(%error, "retries of a clock that was ahead wait for the ledger");
            }
            looks -= u32::from(looked.is_ok());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Of the endpoints of this node's shards.
async fn draw_nearer(house: &House, now: OffsetDateTime) -> Result<(), Error> {
    let is_ours = |endpoint: &EndpointId| house.leases.of(house.feeders.shard_of(*endpoint)).is_some();
    let mut after = None;
    loop {
        let endpoints = ahead::troubled(&house.ledger, after).await?;
        let Some(&last) = endpoints.last() else { return Ok(()) };
        after = Some(last);
        let ours: Vec<EndpointId> = endpoints.into_iter().filter(is_ours).collect();
        let drawn = ahead::draw_nearer(&house.ledger, &ours, now).await?;
        if !drawn.is_empty() {
            let endpoints = drawn.len();
            tracing::info!(
                endpoints,
                "retries of a clock that was ahead wait for as long as they were to wait"
            );
        }
        // What is in hand was read as it was before.
        house.directory.read_again(drawn);
    }
}
