//! Looks into the ledger and the queue, past the service: what is owed still, and what became of everything.

use std::collections::HashMap;

use anyhow::Context as _;
use domain::delivery::{Reason, Status};
use domain::id::EndpointId;
use futures_util::TryStreamExt as _;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::reconciler::Row;

/// Deliveries that are still owed.
pub async fn unfinished(url: &str) -> anyhow::Result<u64> {
    let mut connection = PgConnection::connect(url).await?;
    let query = "select count(*) from deliveries where status = any($1)";
    let owed: Vec<i16> =
        Status::ALL.into_iter().filter(|status| status.is_owed()).map(|status| status as i16).collect();
    let count: i64 = sqlx::query_scalar(query).bind(owed).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(count.unsigned_abs())
}

/// What is in the streams of deliveries.
#[derive(Debug, Clone, Copy, Default)]
pub struct Depth {
    /// Messages that are handed out.
    pub deliveries: u64,
    /// Messages that wait for their time.
    pub schedules: u64,
    pub bytes: u64,
}

pub async fn queue(url: &str) -> anyhow::Result<Depth> {
    let client = async_nats::connect(url).await?;
    let streams: Vec<_> = async_nats::jetstream::new(client.clone()).streams().try_collect().await?;
    let jetstream = async_nats::jetstream::new(client);
    let mut depth = Depth::default();
    for info in streams.iter().filter(|info| info.config.name != "EVENTS") {
        let stream = jetstream.get_stream(&info.config.name).await?;
        let subjects: Vec<(String, usize)> =
            stream.info_with_subjects("retry.>").await?.try_collect().await?;
        let schedules = subjects.iter().map(|(_, count)| *count as u64).sum::<u64>();
        depth.schedules += schedules;
        // One may have fired since.
        depth.deliveries += info.state.messages.saturating_sub(schedules);
        depth.bytes += info.state.bytes;
    }
    Ok(depth)
}

/// Every delivery; the endpoints are known by their places among these ids.
pub async fn rows(url: &str, endpoints: &[&str]) -> anyhow::Result<Vec<Row>> {
    let places = endpoints.iter().enumerate().map(|(place, id)| Ok((id.parse::<EndpointId>()?.0, place)));
    let places: HashMap<Uuid, usize> = places.collect::<anyhow::Result<_>>()?;
    let mut connection = PgConnection::connect(url).await?;
    let query = "select e.key, d.endpoint_id, d.status, d.reason from deliveries d
        join events e on e.id = d.event_id";
    let found: Vec<(Option<String>, Uuid, i16, Option<i16>)> =
        sqlx::query_as(query).fetch_all(&mut connection).await?;
    connection.close().await?;
    let row = |(key, endpoint, status, reason): (Option<String>, Uuid, i16, Option<i16>)| {
        let key = key.unwrap_or_default();
        let number = key.strip_prefix("chaos-").and_then(|number| number.parse().ok());
        Ok(Row {
            endpoint: *places.get(&endpoint).context("a delivery to an endpoint that nobody made")?,
            number: number.with_context(|| format!("an event that nobody published: {key}"))?,
            status: Status::from_number(status).context("a status that there is not")?,
            reason: reason.and_then(Reason::from_number),
        })
    };
    found.into_iter().map(row).collect()
}
