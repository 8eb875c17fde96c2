//! Notices on their way to a tenant's endpoints: published through the intake, as events like any other.
//!
//! Who acts: the leading node. Promises: a notice that somebody subscribed to is an event once, whatever dies in between;
//! none begets another, since what became of one is never told of (`ledger::notices`). Leaves out: how it is delivered.

use std::sync::Arc;
use std::time::Duration;

use actors::answering::Answering;
use actors::intake::{Handle, Incoming, Refusal};
use domain::channels::Channels;
use domain::event::{Event, Source, dedupe_hash};
use domain::id::EventId;
use serde_json::value::to_raw_value;

use super::house::House;
use crate::chance;
use crate::ledger::notices::{self, Told};

/// Between two looks, and after an error.
const PAUSE: Duration = Duration::from_secs(1);
/// Published at a time.
const BATCH: usize = 100;

pub struct Telling {
    pub house: House,
    pub intake: Handle,
}

impl Telling {
    /// For ever.
    pub async fn run(self: Arc<Self>) {
        let mut answering = Answering::default();
        loop {
            let round = self.round().await;
            if let Some(Err(error)) = answering.news(&round) {
                tracing::warn!(%error, "notices wait to be published");
            }
            if !matches!(round, Ok(BATCH)) {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// The first of them. Answers with how many those were.
    async fn round(&self) -> anyhow::Result<usize> {
        let House { ledger, .. } = &self.house;
        ledger.await_call(notices::note_recoveries(&ledger.pool)).await?;
        let told = ledger.await_call(notices::first(&ledger.pool, BATCH)).await?;
        let (ids, count): (Vec<i64>, _) = (told.iter().map(|told| told.id).collect(), told.len());
        for told in told {
            let kind = told.kind;
            if let Some(incoming) = self.event(told).await? {
                match self.intake.publish(vec![incoming]).await {
                    Ok(_) => {}
                    Err(away @ (Refusal::Overloaded | Refusal::Unavailable(_))) => return Err(away.into()),
                    // It would be refused again, and keep all others waiting.
                    Err(error) => {
                        tracing::warn!(notice = kind.as_str(), %error, "notice cannot be published");
                    }
                }
            }
        }
        if !ids.is_empty() {
            ledger.await_call(notices::published(&ledger.pool, &ids)).await?;
        }
        Ok(count)
    }

    /// `None`: nobody asked for it, or there is no such tenant any more.
    async fn event(&self, told: Told) -> anyhow::Result<Option<Incoming>> {
        let House { directory, clock, .. } = &self.house;
        let Told { id, tenant, kind, endpoint, key, at, data } = told;
        let event = Event {
            id: EventId::new(clock.now(), chance::bytes()),
            tenant,
            key: None,
            event_type: kind.as_str().parse()?,
            channels: Channels::default(),
            occurred_at: at,
            expires_at: None,
            source: Source::Hookyard,
            data: to_raw_value(&data)?,
            inbound: None,
            cloud_event: None,
            trace: None,
        };
        if !directory.has_listener(&event) {
            // Somebody may have asked a moment ago.
            self.house.refresh().await?;
            if !directory.has_listener(&event) {
                return Ok(None);
            }
        }
        // No key of a producer's begins so.
        let name = key.unwrap_or_else(|| id.to_string());
        let dedupe = dedupe_hash(&event.tenant, &format!("\u{1}notice:{kind:?}:{name}"));
        Ok(Some(Incoming { about: endpoint, ..Incoming::new(event, Some(dedupe)) }))
    }
}
