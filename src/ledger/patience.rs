//! How long Postgres is waited for by this side. A statement has its timeout over there; this is for a Postgres that
//! says nothing at all: stopped, or behind a network that swallows.
//!
//! Promises: a call ends within its time, and a connection that has gone silent is closed instead of keeping its place
//! in the pool until TCP gives up. Leaves out: calls that their callers bound already.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, timeout};

use super::Error;

/// Beyond the timeout of a statement: for a connection from the pool, and for the way there and back.
const MARGIN: Duration = Duration::from_secs(5);
/// A connection that says nothing for so long when it is given back is closed.
const PING: Duration = Duration::from_secs(5);
/// So long after a silence connections are looked at when they are given back.
const WARY: Duration = Duration::from_mins(2);

#[derive(Debug, Clone)]
pub struct Patience {
    longest: Duration,
    silent_at: Arc<Mutex<Option<Instant>>>,
}

impl Patience {
    pub fn new(statement_timeout: Duration) -> Self {
        Self { longest: statement_timeout + MARGIN, silent_at: Arc::default() }
    }

    /// Awaits one call; where nothing is answered, Postgres counts as unavailable.
    pub fn with<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        self.within(self.longest, call)
    }

    pub fn within<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        // A call is kilobytes that every caller would carry.
        let mut call = Box::pin(call);
        async move {
            timeout(limit, &mut call).await.unwrap_or_else(|_| {
                // Noted before the call, and its connection with it, is dropped.
                *self.silent_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                Err(Error::silent(limit))
            })
        }
    }

    /// Whether a connection may go back to its pool. Costs nothing unless there was silence lately.
    pub async fn allows(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let silent_at = *self.silent_at.lock().unwrap_or_else(PoisonError::into_inner);
        if silent_at.is_none_or(|at| at.elapsed() > WARY) {
            return Ok(true);
        }
        match timeout(PING, connection.ping()).await {
            Ok(answered) => answered.map(|()| true),
            // An error closes it without a word to the other side.
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }
}
