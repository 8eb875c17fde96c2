//! Works replays off, chunk by chunk. What is committed of one is never lost: whoever goes on goes on behind it.

use std::time::Duration;

use domain::id::ReplayId;

use crate::api::state::State;
use crate::ledger::Error;
use crate::ledger::admin::replays as ledger;

/// The wait after the ledger could not be reached, doubled up to the longest.
const WAIT_FIRST: Duration = Duration::from_secs(1);
const WAIT_LONGEST: Duration = Duration::from_secs(60);

/// Goes on with every replay that is not through. For the start of the service.
pub async fn resume(state: &State) -> Result<(), Error> {
    for id in ledger::open(&state.pool).await? {
        spawn(state, id);
    }
    Ok(())
}

pub(super) fn spawn(state: &State, id: ReplayId) {
    tokio::spawn(drive(state.clone(), id));
}

async fn drive(state: State, id: ReplayId) {
    let mut wait = WAIT_FIRST;
    loop {
        match ledger::step(&state.pool, id, state.now()).await {
            Ok(step) => {
                wait = WAIT_FIRST;
                if !step.owed.is_empty() {
                    state.control.retry(step.owed).await;
                }
                if step.finished {
                    tracing::info!(replay = %id, "replay finished");
                    return;
                }
            }
            Err(error @ Error::Unavailable(_)) => {
                tracing::warn!(replay = %id, %error, "replay waits for the ledger");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(WAIT_LONGEST);
            }
            Err(error) => {
                tracing::error!(replay = %id, %error, "replay stopped");
                return;
            }
        }
    }
}
