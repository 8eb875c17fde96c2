//! The keeper: this node's part in the sharing of shards. It renews what the node has, takes what falls to it, and
//! hands over what others are to have.
//!
//! Promises: what this node believes to hold ends before the ledger's word does, and by a clock that goes on while the
//! process stands still; a shard is handed over when what is under way has ended and is recorded, within a bound.
//! Leaves out: who is to have what (`domain::share`), and the work itself (the actors).

use std::sync::Arc;
use std::time::Duration;

use actors::answering::Answering;
use actors::feeder::Feeders;
use actors::leases::{Leases, Renewed};
use actors::ports::Clock;
use actors::registry::Registry;
use actors::supervisor;
use domain::id::Shard;
use domain::lease::Lease;
use domain::share::{self, Moves};
use ractor::ActorRef;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::DRAIN;
use crate::ledger::Error;
use crate::ledger::ownership::{Ownership, Sharing, TTL};

/// After a lease has ended by the ledger's clock, which is not told to the microsecond.
const ENDED: Duration = Duration::from_millis(5);
/// Four fit into the time that a lease is good for.
const RENEW: Duration = Duration::from_secs(2);
/// Less than the ledger's lease: for a request to get from the last look at it to the wire, and for clocks that run
/// unlike each other.
const MARGIN: Duration = Duration::from_secs(2);
/// From before it is asked for, however long the answer takes.
const GOOD_FOR: Duration = TTL.saturating_sub(MARGIN);
/// What is under way in a shard that is handed over may take so long to end.
const HAND_OVER: Duration = DRAIN;
/// Between two looks at whether it has.
const LOOK: Duration = Duration::from_millis(50);

pub struct Keeper {
    pub ownership: Ownership,
    pub clock: Arc<dyn Clock>,
    pub leases: Leases,
    pub registry: Arc<Registry>,
    pub feeders: Feeders,
    pub supervisor: ActorRef<supervisor::Message>,
    /// This node is to have nothing any more.
    pub leaving: CancellationToken,
    pub giving: JoinSet<Lease>,
    /// The ledger answered when it was last asked.
    pub answering: Answering,
}

impl Keeper {
    /// Runs until it is dropped.
    pub async fn keep(mut self) {
        let leaving = self.leaving.clone();
        let mut left = false;
        // When a lease may have ended that was not renewed.
        let mut end = None;
        let mut ticks = interval(RENEW);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => end = self.look().await,
                () = sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => end = self.look().await,
                () = leaving.cancelled(), if !left => {
                    left = true;
                    end = self.look().await;
                }
                Some(given) = self.giving.join_next() => match given {
                    Ok(lease) => self.free(lease).await,
                    Err(error) => tracing::error!(%error, "hand-over of a shard broke"),
                },
            }
        }
    }

    /// Renews, and does what falls to this node. Says once when the ledger does not answer, and once when it does again.
    /// Answers when there may be more to do, if that is known.
    pub async fn look(&mut self) -> Option<Instant> {
        let result = self.round().await;
        match self.answering.news(&result) {
            Some(Err(error)) => {
                tracing::warn!(%error, "shards cannot be renewed: what is held goes on for a while");
            }
            Some(Ok(())) => tracing::info!("shards are renewed again"),
            None => {}
        }
        result.ok().flatten()
    }

    async fn round(&mut self) -> Result<Option<Instant>, Error> {
        let until = self.clock.uptime() + GOOD_FOR;
        let renewed = self.ownership.renew(self.leaving.is_cancelled(), self.registry.counts()).await?;
        let Renewed { lost, resumed, stray } = self.leases.renew(&renewed, until, self.clock.uptime());
        for lease in lost {
            tracing::warn!(shard = %lease.shard, epoch = lease.epoch, "shard is another node's by now");
            self.tell(supervisor::Message::Drop(lease, None));
        }
        for lease in resumed {
            tracing::info!(shard = %lease.shard, "lease had run out, and goes on");
            self.registry.wake(|endpoint| self.feeders.shard_of(endpoint) == lease.shard);
        }
        if !stray.is_empty() {
            // Let go when the ledger could not be told.
            self.ownership.free(&stray).await?;
        }
        let sharing = self.ownership.sharing().await?;
        let end = sharing.first_ends_in.map(|left| Instant::now() + left + ENDED);
        let Moves { take, give } = self.moves(&sharing);
        let give: Vec<Lease> = give.into_iter().filter_map(|shard| self.leases.of(shard)).collect();
        for lease in give {
            self.give(lease);
        }
        if !take.is_empty() {
            self.take().await?;
        }
        Ok(end)
    }

    fn moves(&self, sharing: &Sharing) -> Moves {
        let (me, giving) = (self.ownership.node.id, self.leases.handed_over());
        share::moves(me, &sharing.live, &sharing.shards, &giving)
    }

    async fn take(&self) -> Result<(), Error> {
        let taken = self.clock.moment();
        let choose = |sharing: &Sharing| -> Vec<Shard> { self.moves(sharing).take };
        for lease in self.ownership.take(choose).await? {
            self.leases.take(lease, taken.uptime + GOOD_FOR, taken);
            self.tell(supervisor::Message::Take(lease));
        }
        Ok(())
    }

    fn give(&mut self, lease: Lease) {
        tracing::info!(shard = %lease.shard, epoch = lease.epoch, "handing shard over");
        // At once: it is not to be given twice.
        self.leases.hand_over(lease);
        let (registry, feeders) = (Arc::clone(&self.registry), self.feeders.clone());
        let supervisor = self.supervisor.clone();
        self.giving.spawn(async move {
            let in_flight =
                || registry.in_flight_of(|endpoint| feeders.shard_of(endpoint) == lease.shard);
            let ended = async {
                // Who looked a moment before has begun by the first look here.
                sleep(LOOK).await;
                while in_flight() > 0 {
                    sleep(LOOK).await;
                }
            };
            if timeout(HAND_OVER, ended).await.is_err() {
                let (shard, left) = (lease.shard, in_flight());
                tracing::warn!(%shard, left, "requests are still under way: they are repeated by the next owner");
            }
            let (done, dropped) = oneshot::channel();
            let _ = supervisor.cast(supervisor::Message::Drop(lease, Some(done)));
            let _ = dropped.await;
            lease
        });
    }

    /// What cannot be freed now is stray at the next look.
    async fn free(&self, lease: Lease) {
        if let Err(error) = self.ownership.free(&[lease]).await {
            tracing::warn!(shard = %lease.shard, %error, "shard cannot be freed yet");
        }
    }

    fn tell(&self, message: supervisor::Message) {
        // One that is gone has ended the process.
        let _ = self.supervisor.cast(message);
    }
}

/// Does what one node alone has to do, as long as it falls to this one.
pub async fn leading<W: Clone, F: Future<Output = ()>>(leases: Leases, who: W, work: impl Fn(W) -> F) {
    loop {
        leases.until(Leases::leads).await;
        tokio::select! {
            () = work(who.clone()) => return,
            () = leases.until(|leases| !leases.leads()) => {}
        }
    }
}
