//! Tells once a minute what one node is enough for: how large the stores are, up to when the ledger is settled, which key
//! expires next.
//!
//! Promises: a node that does not lead any more tells nothing of it, which reads as 0.

use std::time::Duration;

use actors::answering::Answering;
use tokio::time::{MissedTickBehavior, interval};

use super::house::House;
use crate::ledger::{Error, vitals};
use crate::metrics;

const LOOK: Duration = Duration::from_mins(1);

/// Runs until it is dropped.
pub async fn tell(house: House) {
    let _told = Told;
    let mut ledger = Answering::default();
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (looked, store) = tokio::join!(look(&house), house.bus.store());
        if let Some(Err(error)) = ledger.news(&looked) {
            tracing::warn!(%error, "how the ledger is cannot be told");
        }
        if let Some(store) = store {
            metrics::queue_store(store.bytes, store.limit);
        }
    }
}

async fn look(house: &House) -> Result<(), Error> {
    let ledger = &house.ledger;
    let seen = ledger.await_call(vitals::vitals(&ledger.pool, house.clock.now())).await?;
    metrics::ledger(seen.bytes, seen.watermark, seen.key_expiry);
    Ok(())
}

/// As long as it is this node's to tell.
struct Told;

impl Drop for Told {
    fn drop(&mut self) {
        metrics::ledger(0, None, None);
        metrics::queue_store(0, None);
    }
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn who_leads_no_more_tells_nothing() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        ::metrics::with_local_recorder(&recorder, || {
            let told = Told;
            metrics::ledger(7, Some(OffsetDateTime::UNIX_EPOCH + LOOK), None);
            metrics::queue_store(5, Some(9));
            let shown = handle.render();
            for line in
                ["ledger_bytes 7", "ledger_watermark_timestamp_seconds 60", "queue_store_limit_bytes 9"]
            {
                assert!(shown.contains(&format!("hookyard_{line}\n")), "{shown}");
            }
            drop(told);
        });
        let shown = handle.render();
        assert!(
            shown
                .lines()
                .filter(|line| !line.starts_with('#') && !line.is_empty())
                .all(|line| line.ends_with(" 0")),
            "{shown}"
        );
    }
}
