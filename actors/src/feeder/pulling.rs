//! The pull loops of a feeder, one for each line of its shard: what is next is asked for when the feeder is done with the last.
//!
//! Promises: a retry reaches the feeder with a slot, so that few are under way however many are due. Leaves out: what becomes of
//! what was pulled.

use domain::lease::Lease;
use ractor::{ActorRef, MessagingErr};
use tokio::sync::oneshot;

use super::Message;
use crate::alarm::Alarm;
use crate::endpoint::Surroundings;
use crate::ports::{Line, Pulled};
use crate::retrying::Retrying;

/// Asks the queue for the next of a line when the feeder is done with the last.
pub async fn pull(feeder: ActorRef<Message>, lease: Lease, line: Line, surroundings: Surroundings) {
    let Surroundings { ports, limits, draining, leases, retrying, .. } = surroundings;
    let (_alarm, shard) = (Alarm::new(&feeder, || Message::Broken), lease.shard);
    let batch = match line {
        Line::Fresh => limits.pull_batch,
        Line::Retries => limits.pull_batch.min(limits.retries_at_once),
    };
    while !draining.is_on() {
        if !leases.may_send(lease, ports.clock.uptime()) {
            // Renewed late, or soon another's.
            tokio::time::sleep(limits.error_wait).await;
            continue;
        }
        match ports.queue.pull(lease, line, batch).await {
            Ok(pulled) => {
                let fed = match line {
                    Line::Fresh => feed(&feeder, pulled).await,
                    Line::Retries => feed_in_slots(&feeder, pulled, &retrying).await,
                };
                if fed.is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%shard, %error, "queue gave nothing: pulling again");
                tokio::time::sleep(limits.error_wait).await;
            }
        }
    }
}

/// Waits until the feeder is done with these.
async fn feed(feeder: &ActorRef<Message>, pulled: Vec<Pulled>) -> Result<(), MessagingErr<Message>> {
    if pulled.is_empty() {
        return Ok(());
    }
    let (done, fed) = oneshot::channel();
    feeder.cast(Message::Batch(pulled, done))?;
    let _ = fed.await;
    Ok(())
}

/// Each of these waits for a slot.
async fn feed_in_slots(
    feeder: &ActorRef<Message>,
    pulled: Vec<Pulled>,
    retrying: &Retrying,
) -> Result<(), MessagingErr<Message>> {
    let mut pulled = pulled.into_iter();
    while pulled.len() > 0 {
        let slots = retrying.slots(pulled.len()).await;
        let in_slots = |(slot, pulled): (_, Pulled)| Pulled { receipt: pulled.receipt.with(slot), ..pulled };
        feed(feeder, slots.into_iter().zip(pulled.by_ref()).map(in_slots).collect()).await?;
    }
    Ok(())
}
