//! A connection that one sort of statement keeps to itself while one follows the other.
//!
//! The pool asks a connection whether it still answers whenever it is given out and whenever it comes back: two round trips
//! more for each statement, and the next statement goes out on whichever was idle longest. Intake and the recorder run one
//! statement after the other, so each keeps a connection, warm, and asks nothing of it. Promises: a connection that
//! was idle for a moment, or whose statement failed or was given up, goes through the pool's hands again. Leaves out:
//! order: two statements at a time are on two connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};
use tokio::time::Instant;

use super::Error;

/// Idle for longer, a connection may have lost its server: nobody restarts one within this.
const WARM: Duration = Duration::from_millis(200);

#[derive(Clone)]
pub(super) struct Lane {
    pool: PgPool,
    kept: Arc<Mutex<Kept>>,
}

/// Since when it is idle.
type Kept = Option<(PoolConnection<Postgres>, Instant)>;

impl Lane {
    pub(super) fn of(pool: PgPool) -> Self {
        Self { pool, kept: Arc::default() }
    }

    pub(super) async fn enter(&self) -> Result<Entered<'_>, Error> {
        let warm = self.kept().take().filter(|(_, since)| since.elapsed() < WARM);
        let connection = match warm {
            Some((connection, _)) => connection,
            None => self.pool.acquire().await?,
        };
        Ok(Entered { lane: self, connection })
    }

    /// Gives the connection back to its pool, which waits for it when it is closed.
    pub(super) fn let_go(&self) {
        drop(self.kept().take());
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use. Dropped, it goes back to the pool, which looks at what is still under way on it.
pub(super) struct Entered<'a> {
    lane: &'a Lane,
    connection: PoolConnection<Postgres>,
}

impl Entered<'_> {
    pub(super) fn conn(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// The statement was answered in full: the next one has the connection as it is.
    pub(super) fn leave(self) {
        *self.lane.kept() = Some((self.connection, Instant::now()));
    }
}
