//! Replays worked off: one chunk of each in turn, so that a large one keeps no other waiting.
//!
//! Who: of an endpoint's, the node that owns its shard, which has it read; of all others, one node. Promises: a restart goes on where it was; one that waits for its endpoint is looked at less and less often, and takes
//! no other's place. Leaves out: what a chunk is (the ledger's replays say).

use std::collections::HashMap;
use std::time::Duration;

use actors::feeder::Waiting;
use domain::id::{EndpointId, ReplayId};

use super::house::House;
use crate::ledger::Error;
use crate::ledger::admin::replays::{self, Step};

/// Between two looks for replays that were asked for.
const LOOK: Duration = Duration::from_millis(500);
/// Replays that are worked off at a time; the others wait for these to be through.
const OPEN_MAX: usize = 100;
/// Those that are listed to find them among other nodes'.
const LISTED_MAX: usize = 1000;
/// One that waits is looked at again after this; after each look in vain after twice as long …
const PAUSE_FIRST: Duration = Duration::from_millis(50);
/// … but no longer than this.
const PAUSE_LONGEST: Duration = Duration::from_secs(2);

/// Works off what was asked to be delivered again, or for the first time.
pub async fn work_off(house: House) {
    let mut pauses = Pauses::default();
    loop {
        let wait = round(&house, &mut pauses).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "replays wait for the ledger");
            LOOK
        });
        tokio::time::sleep(wait).await;
    }
}

fn is_ours(house: &House, endpoint: Option<EndpointId>) -> bool {
    match endpoint {
        Some(endpoint) => house.leases.of(house.feeders.shard_of(endpoint)).is_some(),
        None => house.leases.leads(),
    }
}

/// One chunk of each. Answers with how long there is nothing to do.
async fn round(house: &House, pauses: &mut Pauses) -> Result<Duration, Error> {
    let (pool, began) = (&house.ledger.pool, house.clock.uptime());
    let waiting = pauses.at(began);
    let mut wait = LOOK;
    let open = house.ledger.await_call(replays::open(pool, &waiting, LISTED_MAX)).await?;
    let ours = open.into_iter().filter(|(_, endpoint)| is_ours(house, *endpoint)).take(OPEN_MAX);
    for (id, _) in ours {
        match house.ledger.await_call(replays::step(pool, id, house.clock.now())).await {
            Ok(Some(step)) => {
                let (finished, waits, to_read) = (step.finished, step.waits, step.to_read);
                bring(house, step).await;
                if finished {
                    tracing::info!(replay = %id, "replay is through");
                    pauses.end(id);
                } else if waits || to_read.is_some() {
                    pauses.begin(id, house.clock.uptime(), to_read.is_some());
                } else {
                    pauses.end(id);
                    wait = Duration::ZERO;
                }
            }
            // It was cancelled since.
            Ok(None) => pauses.end(id),
            Err(error) => {
                tracing::warn!(replay = %id, %error, "replay waits");
                pauses.begin(id, house.clock.uptime(), false);
            }
        }
    }
    Ok(wait.min(pauses.next(began, house.clock.uptime())))
}

/// Has it delivered.
async fn bring(house: &House, step: Step) {
    house.queue(step.owed).await;
    let waiting =
        step.to_read.map(|(endpoint, count)| Waiting { endpoint, lowest: None, deliveries: Some(count) });
    house.feeders.spill(waiting);
}

/// The replays that wait for their endpoints: until when, and for how long.
#[derive(Default)]
struct Pauses(HashMap<ReplayId, (Duration, Duration)>);

impl Pauses {
    /// Those that wait at an instant, all instants being counted from the same.
    fn at(&self, now: Duration) -> Vec<ReplayId> {
        self.0.iter().filter(|(_, (until, _))| *until > now).map(|(id, _)| *id).collect()
    }

    /// Waits, the first time of many where it `got_on` just now.
    fn begin(&mut self, id: ReplayId, now: Duration, got_on: bool) {
        let former = self.0.get(&id).map(|(_, length)| *length).filter(|_| !got_on);
        let length = former.map_or(PAUSE_FIRST, |former| (former * 2).min(PAUSE_LONGEST));
        self.0.insert(id, (now + length, length));
    }

    fn end(&mut self, id: ReplayId) {
        self.0.remove(&id);
    }

    /// How long it is until the next of them is looked at. One that was looked for when the round `began`, and waits no
    /// more, is forgotten.
    fn next(&mut self, began: Duration, now: Duration) -> Duration {
        self.0.retain(|_, (until, _)| *until > began);
        self.0.values().map(|(until, _)| until.saturating_sub(now)).min().unwrap_or(LOOK)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn one_that_waits_is_looked_at_less_and_less_often() {
        let (mut pauses, id, mut now) = (Pauses::default(), ReplayId(Uuid::nil()), Duration::ZERO);
        let mut waits = Vec::new();
        for _ in 0..8 {
            pauses.begin(id, now, false);
            assert_eq!(pauses.at(now), [id]);
            let wait = pauses.next(now, now);
            waits.push(wait.as_millis());
            now += wait;
            assert!(pauses.at(now).is_empty());
        }
        assert_eq!(waits, [50, 100, 200, 400, 800, 1600, 2000, 2000]);
        pauses.begin(id, now, true);
        assert_eq!(pauses.next(now, now), PAUSE_FIRST);
        // Its time came while others were looked at; it was cancelled when it is looked for.
        let later = now + PAUSE_FIRST;
        assert_eq!(pauses.next(now, later), Duration::ZERO);
        assert_eq!(pauses.next(later, later), LOOK);
    }
}
