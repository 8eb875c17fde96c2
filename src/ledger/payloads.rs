//! The bodies of events: those just published from memory, the others from the ledger, each read once for all
//! the endpoints that want it.

use std::sync::Arc;

use actors::ports::Posting;
use bytes::Bytes;
use domain::cloudevents::Attributes;
use domain::event::{Event, body, public_id};
use domain::id::EventId;
use domain::matching::EventType;
use domain::tenant::TenantId;
use domain::trace::TraceContext;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::{Error, Patience, columns};

/// What is sent of an event, the same bytes at every attempt, and what else is made of it.
#[derive(Debug, Clone)]
pub struct Payload {
    /// Whose it is, and nobody else's.
    pub tenant: TenantId,
    pub event_type: EventType,
    pub occurred_at: OffsetDateTime,
    /// Not sent from then on.
    pub expires_at: Option<OffsetDateTime>,
    /// As receivers see it.
    pub public_id: String,
    /// In the format `hookyard`.
    pub body: Bytes,
    /// Of an event that came as a CloudEvent.
    pub cloud_event: Option<Arc<Attributes>>,
    pub trace: Option<Arc<TraceContext>>,
    data_bytes: usize,
}

impl Payload {
    pub fn new(
        tenant: TenantId,
        event_type: EventType,
        occurred_at: OffsetDateTime,
        public_id: String,
        data: &[u8],
    ) -> Self {
        let body = body(&event_type, occurred_at, &public_id, data).into();
        let data_bytes = data.len();
        Self {
            tenant,
            event_type,
            occurred_at,
            expires_at: None,
            public_id,
            body,
            cloud_event: None,
            trace: None,
            data_bytes,
        }
    }

    /// `data` as it was published, which is the end of the body.
    pub fn data(&self) -> &[u8] {
        let end = self.body.len() - 1;
        self.body.get(end - self.data_bytes..end).unwrap_or_default()
    }
}

impl From<&Event> for Payload {
    fn from(event: &Event) -> Self {
        let (tenant, kind) = (event.tenant.clone(), event.event_type.clone());
        let data = event.data.get().as_bytes();
        let cloud_event = event.cloud_event.as_ref().map(|cloud| Arc::new(cloud.as_ref().clone()));
        let payload = Self::new(tenant, kind, event.occurred_at, event.public_id(), data);
        Self { cloud_event, expires_at: event.expires_at, trace: event.trace.clone(), ..payload }
    }
}

/// Bodies in memory, all together.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;
/// The size that the cache is laid out for.
const TYPICAL_BYTES: usize = 2 * 1024;

#[derive(Clone)]
struct ByBytes;

impl Weighter<EventId, Payload> for ByBytes {
    fn weight(&self, _: &EventId, payload: &Payload) -> u64 {
        let cloud_event = payload.cloud_event.as_ref().map_or(0, |cloud| cloud.bytes());
        let trace = payload.trace.as_ref().map_or(0, |trace| trace.bytes());
        (payload.body.len() + payload.public_id.len() + cloud_event + trace) as u64 + 160
    }
}

#[derive(Clone)]
pub struct Payloads {
    pool: PgPool,
    patience: Patience,
    kept: Arc<Cache<EventId, Payload, ByBytes>>,
}

impl Payloads {
    pub(super) fn new(pool: PgPool, patience: Patience) -> Self {
        let items = KEPT_BYTES as usize / TYPICAL_BYTES;
        let kept = Arc::new(Cache::with_weighter(items, KEPT_BYTES, ByBytes));
        Self { pool, patience, kept }
    }

    /// Keeps what somebody will ask for in a moment.
    pub(super) fn keep<'a>(&self, postings: impl Iterator<Item = &'a Posting>) {
        for posting in postings.filter(|posting| !posting.endpoints.is_empty()) {
            let event = &posting.event;
            self.kept.insert(event.id, Payload::from(event));
        }
    }

    /// What is sent of an event; `None` when the ledger does not hold it any more, or not its payload.
    pub async fn get(&self, event: EventId) -> Result<Option<Payload>, Error> {
        let found = self.kept.get_or_insert_async(&event, async {
            self.patience.with(self.read(event)).await.transpose().ok_or(None)?.map_err(Some)
        });
        match found.await {
            Ok(payload) => Ok(Some(payload)),
            Err(None) => Ok(None),
            Err(Some(error)) => Err(error),
        }
    }

    async fn read(&self, event: EventId) -> Result<Option<Payload>, Error> {
        let row = sqlx::query!(
            r#"select tenant, key, type, occurred_at, expires_at, data as "data!", cloud_event::text, trace
               from events where id = $1 and data is not null"#,
            event.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let event_type = row.r#type.parse::<EventType>().map_err(|_| Error::Unreadable("event type"))?;
            let tenant = row.tenant.parse().map_err(|_| Error::Unreadable("tenant of an event"))?;
            let public_id = public_id(event, row.key.as_deref());
            let cloud_event = row.cloud_event.map(|cloud| serde_json::from_str(&cloud)).transpose();
            let cloud_event = cloud_event.map_err(|_| Error::Unreadable("attributes of a CloudEvent"))?;
            let payload = Payload::new(tenant, event_type, row.occurred_at, public_id, &row.data);
            let (cloud_event, trace) =
                (cloud_event.map(Arc::new), columns::trace(row.trace.as_deref()).map(Arc::new));
            Ok(Payload { cloud_event, expires_at: row.expires_at, trace, ..payload })
        })
        .transpose()
    }
}
