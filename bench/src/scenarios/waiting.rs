//! Deliveries that wait behind a pause: a backlog of any size, made over the API in batches.

use anyhow::Context as _;
use hookyard::bench::{EVENT_TYPE, Pace, Spread, resident_bytes};

use crate::context::Context;
use crate::crowd::{Crowd, endpoint};
use crate::flow::{self, Source, taken};
use crate::stage::Stage;

/// Paused ones, each of which gets every event of the backlog.
pub const PAUSED: u32 = 50;
/// Events in one request: 20,000 deliveries, which is what one commit of the ledger takes at most.
const BATCH: u32 = 400;
const CONNECTIONS: usize = 4;

pub struct Waiting {
    crowd: Crowd,
    book: String,
    events: u32,
}

impl Waiting {
    /// Nothing waits yet.
    pub async fn none(cx: &mut Context, stage: &Stage, book: &str) -> anyhow::Result<Self> {
        let url = stage.sink.url(book);
        let crowd =
            Crowd::of(cx, stage, book, PAUSED, move |number| endpoint(number, &url, EVENT_TYPE)).await?;
        let waiting = Self { crowd, book: book.to_owned(), events: 0 };
        waiting.set("paused", stage).await?;
        Ok(waiting)
    }

    async fn set(&self, status: &str, stage: &Stage) -> anyhow::Result<()> {
        let tenant = self.crowd.tenants.first().context("a tenant")?;
        for id in &self.crowd.ids {
            stage.api.set_status(tenant, id, status).await?;
        }
        Ok(())
    }

    pub fn deliveries(&self) -> u64 {
        u64::from(self.events) * u64::from(PAUSED)
    }

    /// Lets as many more wait as make so many deliveries; answers with what the service holds in memory then.
    pub async fn grow(&mut self, cx: &mut Context, stage: &Stage, deliveries: u64) -> anyhow::Result<u64> {
        let more = u32::try_from(deliveries.saturating_sub(self.deliveries()) / u64::from(PAUSED))?;
        cx.show("waiting", self.deliveries(), deliveries);
        let mut load = stage.load(&self.crowd.tenants, more, Spread::Alike, Pace::FlatOut)?;
        (load.batch, load.connections) = (BATCH.min(more.max(1)), CONNECTIONS);
        taken(&Source::Http(load).publish(std::sync::Arc::default()).await?, more)?;
        self.events += more;
        Ok(resident_bytes(stage.node_pid()?)?)
    }

    /// Lets all of it go, and waits until it has arrived, each once.
    pub async fn drain(&self, cx: &mut Context, stage: &mut Stage) -> anyhow::Result<()> {
        cx.begin("what waits is let go");
        self.set("active", stage).await?;
        flow::until_arrived(cx, stage, &self.book, self.deliveries()).await
    }
}
