//! Scheduled events, released when their time has come.
//!
//! Who acts: every node; which of them releases an event, a claim in the ledger decides. Promises: an event that was
//! claimed gets into the ledger's events once, whoever dies meanwhile: it is published under a name of its own, by which a
//! second release is known, and leaves the schedule after that; what cannot be published yet is tried again. Leaves out:
//! what an event is then, which is what every other is.

use std::time::Duration;

use actors::answering::Answering;
use actors::intake::{Handle, Incoming, Refusal};
use domain::event::{Event, dedupe_hash};
use domain::id::EventId;

use super::house::House;
use crate::ledger::Error;
use crate::ledger::scheduled::{self, Due};

/// Between two looks, at most: what is scheduled meanwhile may be due before what was next.
const LOOK: Duration = Duration::from_secs(1);

/// Releases what is due, for ever.
pub async fn release(house: House, intake: Handle) {
    let mut ledger = Answering::default();
    loop {
        let wait = round(&house, &intake).await;
        if let Some(Err(error)) = ledger.news(&wait) {
            tracing::warn!(%error, "scheduled events wait for the ledger");
        }
        tokio::time::sleep(wait.unwrap_or(LOOK)).await;
    }
}

/// Claims, publishes, takes out of the schedule. Answers with how long there is nothing to do.
async fn round(house: &House, intake: &Handle) -> Result<Duration, Error> {
    let House { ledger, clock, .. } = house;
    let due = ledger.await_call(scheduled::claim(&ledger.pool, clock.now())).await?;
    if due.is_empty() {
        let next = ledger.await_call(scheduled::next(&ledger.pool)).await?;
        let wait = next.map(|next| Duration::try_from(next - clock.now()).unwrap_or_default());
        return Ok(wait.map_or(LOOK, |wait| wait.min(LOOK)));
    }
    let (out, held): (Vec<Due>, Vec<Due>) = due.into_iter().partition(|due| due.is_out);
    let mut released: Vec<EventId> = out.into_iter().map(|due| due.event.id).collect();
    let held = held.into_iter().map(|due| incoming(due.event, house)).collect();
    released.extend(publish(intake, held).await);
    if released.is_empty() {
        return Ok(LOOK);
    }
    ledger.await_call(scheduled::released(&ledger.pool, &released, clock.now())).await?;
    Ok(Duration::ZERO)
}

fn incoming(event: Event, house: &House) -> Incoming {
    // No producer's key has such a character.
    let dedupe = dedupe_hash(&event.tenant, &format!("\u{1}released:{}", event.id));
    Incoming { came_at: house.clock.now(), ..Incoming::new(event, Some(dedupe)) }
}

/// Publishes these together; each on its own, where that is refused for one of them. Answers with those that are in the
/// ledger. The others stay claimed, and are tried again when the claim is over.
async fn publish(intake: &Handle, events: Vec<Incoming>) -> Vec<EventId> {
    let ids: Vec<EventId> = events.iter().map(|incoming| incoming.event.id).collect();
    if ids.is_empty() {
        return ids;
    }
    match intake.publish(events.clone()).await {
        Ok(_) => return ids,
        Err(refusal @ (Refusal::Overloaded | Refusal::Unavailable(_))) => {
            tracing::warn!(events = ids.len(), %refusal, "scheduled events wait");
            return Vec::new();
        }
        Err(Refusal::FanOut { .. } | Refusal::Choosing | Refusal::Refused(_)) => {}
    }
    let mut taken = Vec::new();
    for incoming in events {
        let (event, tenant) = (incoming.event.id, incoming.event.tenant.clone());
        match intake.publish(vec![incoming]).await {
            Ok(_) => taken.push(event),
            Err(refusal) => {
                tracing::error!(%event, %tenant, %refusal, "scheduled event is refused: tried again later");
            }
        }
    }
    taken
}
