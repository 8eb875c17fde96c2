//! Keeps the servers of `hookyard dev` up: one that ended by itself is started again on its old port, so that the
//! service finds it there.

use std::time::Duration;

use hookyard::servers::{Error, Nats, Postgres};
use tokio::time::{Instant, sleep};

use crate::cli::terminal;

/// How often is looked.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A server that ends more often than this without a calm while between is beyond help.
const RESTARTS_MAX: u32 = 5;
const CALM: Duration = Duration::from_mins(1);

/// Returns only when a server cannot be kept up: why.
pub(super) async fn keep_up(postgres: &mut Postgres, nats: &mut Nats) -> String {
    let mut restarts = 0;
    let mut last = Instant::now();
    loop {
        sleep(LOOK_EVERY).await;
        if last.elapsed() > CALM {
            restarts = 0;
        }
        let before = restarts;
        if postgres.pid().is_none() {
            restarts += 1;
            if let Err(error) = again("Postgres", postgres.restart()).await {
                return format!("{:#}", anyhow::Error::from(error));
            }
        }
        if nats.pid().is_none() {
            restarts += 1;
            if let Err(error) = again("nats-server", nats.restart()).await {
                return format!("{:#}", anyhow::Error::from(error));
            }
        }
        if restarts > before {
            last = Instant::now();
        }
        if restarts > RESTARTS_MAX {
            return format!("the servers ended {restarts} times shortly after each other");
        }
    }
}

async fn again(server: &str, restart: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    terminal::note(&format!("{server} ended by itself: starting it again …"));
    restart.await
}
