//! What came from a broker and could not be mapped to a tenant's event.

use domain::id::UnroutableId;
use domain::tenant::TenantId;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::ledger::Error;

/// Bytes of a payload that are shown.
const SHOWN_BYTES: i32 = 16 * 1024;

#[derive(Debug, Clone, PartialEq)]
pub struct Unroutable {
    pub id: UnroutableId,
    pub tenant: Option<String>,
    pub source: String,
    pub subject: String,
    pub reason: String,
    /// The beginning of it.
    pub payload: Vec<u8>,
    pub payload_bytes: u64,
    pub created_at: OffsetDateTime,
}

struct Row {
    id: Uuid,
    tenant: Option<String>,
    source: String,
    subject: String,
    reason: String,
    payload: Vec<u8>,
    payload_bytes: i32,
    created_at: OffsetDateTime,
}

impl From<Row> for Unroutable {
    fn from(row: Row) -> Self {
        Self {
            id: UnroutableId(row.id),
            tenant: row.tenant,
            source: row.source,
            subject: row.subject,
            reason: row.reason,
            payload: row.payload,
            payload_bytes: row.payload_bytes as u64,
            created_at: row.created_at,
        }
    }
}

/// Newest first, those made before `before`. Of one tenant, or of all and of none.
pub async fn list(
    pool: &PgPool,
    tenant: Option<&TenantId>,
    before: Option<UnroutableId>,
    limit: usize,
) -> Result<Vec<Unroutable>, Error> {
    let before = before.map_or(Uuid::max(), |before| before.0);
    // Two statements: one for both has a plan for both, which looks at everybody's messages.
    let rows =
        match tenant {
            Some(tenant) => sqlx::query_as!(
                Row,
                r#"select id, tenant, source, subject, reason, substring(payload from 1 for $4) as "payload!",
                       length(payload) as "payload_bytes!", created_at
                   from unroutable where tenant = $1 and id < $2 order by id desc limit $3"#,
                tenant.as_str(),
                before,
                limit as i64,
                SHOWN_BYTES,
            )
            .fetch_all(pool)
            .await?,
            None => sqlx::query_as!(
                Row,
                r#"select id, tenant, source, subject, reason, substring(payload from 1 for $3) as "payload!",
                       length(payload) as "payload_bytes!", created_at
                   from unroutable where id < $1 order by id desc limit $2"#,
                before,
                limit as i64,
                SHOWN_BYTES,
            )
            .fetch_all(pool)
            .await?,
        };
    Ok(rows.into_iter().map(Unroutable::from).collect())
}
