//! Acts that share a transaction.
//!
//! Changes of endpoints go one by one, since each holds the row lock of `subscriptions_version` to the end of its commit: so
//! there are no more of them than the disk flushes. Those that wait for one another on this node anyway may as well
//! be committed together. Whoever comes first begins a transaction, and a committer waits in line behind all who are waiting
//! then; each of them has its turn, in a savepoint of its own, and their lines in the audit log are one statement.
//! Promises: an act is told that it is done when all of it is committed; one that fails takes nothing of the others with
//! it. Leaves out: acts that lock something before `subscriptions_version`, which two nodes could wait for each other's of.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, oneshot};
use tokio::time::timeout;

use super::audit::{self, Entry};
use super::next_version;
use crate::ledger::Error;

/// Acts of one transaction.
const ACTS_MAX: usize = 64;
/// A commit that is not answered for so long is given up.
const COMMIT: Duration = Duration::from_secs(30);

/// Where acts of this node meet.
#[derive(Clone)]
pub struct Together {
    pool: PgPool,
    /// First come, first served.
    running: Arc<Mutex<Option<Running>>>,
}

struct Running {
    transaction: Transaction<'static, Postgres>,
    version: i64,
    turn: Turn,
    noted: Vec<Entry>,
    done: Vec<oneshot::Sender<()>>,
}

#[derive(Clone, Copy)]
enum Turn {
    /// Nobody's: all that was done stands.
    Nobodys,
    /// An act's, from its savepoint on.
    Acting,
    /// An act was given up before its savepoint was there: nobody knows what can be undone.
    Broken,
}

impl Together {
    pub fn new(pool: PgPool) -> Self {
        Self { pool, running: Arc::default() }
    }

    /// Waits for a turn.
    pub(super) async fn enter(&self) -> Result<Part, Error> {
        let mut held = Arc::clone(&self.running).lock_owned().await;
        if let Some(full) = held.take_if(|running| running.done.len() >= ACTS_MAX) {
            full.commit().await;
        }
        if held.is_none() {
            let mut transaction = self.pool.begin().await?;
            let version = next_version(&mut transaction).await?;
            *held = Some(Running {
                transaction,
                version,
                turn: Turn::Nobodys,
                noted: Vec::new(),
                done: Vec::new(),
            });
            tokio::spawn(commit(Arc::clone(&self.running)));
        }
        let mut running = OwnedMutexGuard::try_map(held, Option::as_mut).map_err(|_| Error::given_up())?;
        running.undo().await?;
        running.turn = Turn::Broken;
        sqlx::query!("savepoint act").execute(&mut *running.transaction).await?;
        running.turn = Turn::Acting;
        Ok(Part(running))
    }
}

/// Waits in line behind all who wait now, and commits what they did.
async fn commit(running: Arc<Mutex<Option<Running>>>) {
    let mut held = running.lock().await;
    if let Some(running) = held.take() {
        running.commit().await;
    }
}

impl Running {
    /// Undoes what an act did that was given up.
    async fn undo(&mut self) -> Result<(), Error> {
        match self.turn {
            Turn::Nobodys => return Ok(()),
            Turn::Acting => {}
            Turn::Broken => return Err(Error::given_up()),
        }
        self.turn = Turn::Broken;
        sqlx::query!("rollback to savepoint act").execute(&mut *self.transaction).await?;
        self.turn = Turn::Nobodys;
        Ok(())
    }

    /// Tells everybody when it is done. Whoever is not told knows that it may not be.
    async fn commit(mut self) {
        let done = std::mem::take(&mut self.done);
        let committing = async {
            self.undo().await?;
            audit::write(&mut self.transaction, &self.noted).await?;
            Ok(self.transaction.commit().await?)
        };
        match timeout(COMMIT, committing).await.unwrap_or_else(|_| Err(Error::silent(COMMIT))) {
            // Whoever asked may have hung up.
            Ok(()) => done.into_iter().for_each(|done| {
                let _ = done.send(());
            }),
            Err(error) => tracing::warn!(acts = done.len(), %error, "acts could not be committed"),
        }
    }
}

/// One act's turn. Dropped, what it did is undone before the next one's.
pub(super) struct Part(OwnedMappedMutexGuard<Option<Running>, Running>);

impl Part {
    pub(super) fn conn(&mut self) -> &mut PgConnection {
        &mut self.0.transaction
    }

    /// Raised when the transaction began.
    pub(super) fn version(&self) -> i64 {
        self.0.version
    }

    /// Ends the turn, and waits until all of it is committed, with what everybody noted.
    pub(super) async fn commit(mut self, noted: &[Entry]) -> Result<(), Error> {
        let (told, committed) = oneshot::channel();
        self.0.turn = Turn::Nobodys;
        self.0.noted.extend_from_slice(noted);
        self.0.done.push(told);
        drop(self);
        committed.await.map_err(|_| Error::given_up())
    }
}
