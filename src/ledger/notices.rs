//! Notices: what Hookyard tells a tenant's endpoints of itself, from the change that it is about until it is published.
//!
//! Promises: a notice is committed with what it is about, or not at all. Leaves out: dead letters, which the recorder's
//! statement notes (`record`); whom it is owed to.

use domain::delivery::Reason;
use domain::event::{public_id, rfc3339_millis};
use domain::id::{DeliveryId, EndpointId, EventId};
use domain::notice::Notice;
use domain::tenant::TenantId;
use serde_json::{Map, Value, json};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;

/// One that is to be published.
#[derive(Debug)]
pub struct Told {
    pub id: i64,
    pub tenant: TenantId,
    pub kind: Notice,
    /// The endpoint that it is about.
    pub endpoint: Option<EndpointId>,
    /// Of those of one key one is published.
    pub key: Option<String>,
    pub at: OffsetDateTime,
    pub data: Value,
}

/// Notes that an endpoint has something to tell of itself, with what only this moment knows.
pub(super) async fn of_endpoint(
    conn: &mut PgConnection,
    tenant: &TenantId,
    kind: Notice,
    endpoint: EndpointId,
    data: &Value,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into notices (tenant, kind, endpoint_id, data) values ($1, $2, $3, $4)",
        tenant.as_str(),
        kind as i16,
        endpoint.0,
        data,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes something of no endpoint. Of those of one `key` one is published, as long as keys are remembered.
pub async fn of_tenant(
    conn: &mut PgConnection,
    tenant: &TenantId,
    kind: Notice,
    data: &Value,
    key: Option<&str>,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into notices (tenant, kind, data, key) values ($1, $2, $3, $4)",
        tenant.as_str(),
        kind as i16,
        data,
        key,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An endpoint that failed is active again: its first delivery from now on is told of.
pub(super) async fn awaits_recovery(
    conn: &mut PgConnection,
    endpoint: EndpointId,
    now: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into recoveries (endpoint_id, since) values ($1, $2)
         on conflict (endpoint_id) do update set since = excluded.since",
        endpoint.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes which endpoints have delivered since they were set active again. One that failed or was deleted anew is
/// waited for no more.
pub async fn note_recoveries(pool: &PgPool) -> Result<(), Error> {
    sqlx::query!(
        "with over as (
            delete from recoveries r using endpoints e left join endpoint_state s on s.endpoint_id = e.id
            where e.id = r.endpoint_id
                and (s.last_success_at > r.since or e.status = 3 or e.deleted_at is not null)
            returning e.id, e.tenant, e.status < 3 and e.deleted_at is null as recovered
        )
        insert into notices (tenant, kind, endpoint_id) select tenant, $1, id from over where recovered",
        Notice::EndpointRecovered as i16,
    )
    .execute(pool)
    .await?;
    Ok(())
}

struct Row {
    id: i64,
    tenant: String,
    kind: i16,
    endpoint_id: Option<Uuid>,
    event_id: Option<Uuid>,
    data: Value,
    key: Option<String>,
    made_at: OffsetDateTime,
    name: Option<String>,
    url: Option<String>,
    event_key: Option<String>,
    event_type: Option<String>,
    attempts: Option<i32>,
    reason: Option<i16>,
    response_status: Option<i16>,
    error: Option<String>,
}

/// The first notices, with what the ledger knows of what they are about.
pub async fn first(pool: &PgPool, limit: usize) -> Result<Vec<Told>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select n.id, n.tenant, n.kind, n.endpoint_id, n.event_id, n.data, n.key, n.made_at,
            e.name as "name?", e.url as "url?", v.key as event_key, v.type as "event_type?",
            d.attempts as "attempts?", d.reason, d.response_status, d.error
        from notices n left join endpoints e on e.id = n.endpoint_id
            left join deliveries d on d.event_id = n.event_id and d.endpoint_id = n.endpoint_id
            left join events v on v.id = n.event_id
        order by n.id limit $1
        "#,
        limit as i64,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// These are published.
pub async fn published(pool: &PgPool, notices: &[i64]) -> Result<(), Error> {
    sqlx::query!("delete from notices where id = any($1)", notices).execute(pool).await?;
    Ok(())
}

impl Row {
    fn read(self) -> Result<Told, Error> {
        let kind = Notice::from_number(self.kind).ok_or(Error::Unreadable("kind of notice"))?;
        let tenant = self.tenant.parse().map_err(|_| Error::Unreadable("tenant id"))?;
        let endpoint = self.endpoint_id.map(EndpointId);
        let mut data = Map::new();
        if let Some(endpoint) = endpoint {
            data.insert("webhookId".to_owned(), json!(endpoint.to_string()));
            data.insert("name".to_owned(), json!(self.name));
            data.insert("url".to_owned(), json!(self.url));
        }
        if let Some((event, endpoint)) = self.event_id.map(EventId).zip(endpoint) {
            let reason = self.reason.and_then(Reason::from_number);
            let of_delivery = [
                ("deliveryId", json!(DeliveryId { event, endpoint }.to_string())),
                ("eventId", json!(public_id(event, self.event_key.as_deref()))),
                ("event", json!(self.event_type)),
                ("deadReason", json!(reason)),
                ("attemptCount", json!(self.attempts)),
                ("responseStatus", json!(self.response_status)),
                ("error", json!(self.error)),
            ];
            data.extend(of_delivery.map(|(name, value)| (name.to_owned(), value)));
        }
        if let Value::Object(more) = self.data {
            data.extend(more);
        }
        data.insert("at".to_owned(), json!(rfc3339_millis(self.made_at)));
        Ok(Told { id: self.id, tenant, kind, endpoint, key: self.key, at: self.made_at, data: data.into() })
    }
}
