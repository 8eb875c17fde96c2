//! Lists what could not be mapped.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::auth::Caller;
use crate::api::json::{answer, time};
use crate::api::page::{Page, Paging, Query};
use crate::api::problem::{Problem, ReadingAll};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::unroutable as ledger;

/// A message that is nobody's event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "id": "unr_01h455vb4pex5vsknk084sn02q", "tenantId": "acme", "source": "nats", "subject": "events.acme",
    "reason": "the subject is not events.<tenant>.<event type>", "payload": "{\"order\":42}", "truncated": false,
    "createdAt": "2026-01-02T03:04:05.678Z"})))]
pub struct Unroutable {
    #[schema(value_type = texts::UnroutableId)]
    id: String,
    /// Null where it is of no tenant that there is.
    #[schema(required, value_type = Option<texts::TenantId>)]
    tenant_id: Option<String>,
    /// The broker it came from.
    source: String,
    /// Where it was published.
    subject: String,
    /// Why it is nobody's event.
    reason: String,
    /// Its first 16 KiB, as text.
    payload: String,
    /// There was more of it.
    truncated: bool,
    #[schema(value_type = texts::Time)]
    created_at: String,
}

impl From<ledger::Unroutable> for Unroutable {
    fn from(message: ledger::Unroutable) -> Self {
        Self {
            id: message.id.to_string(),
            tenant_id: message.tenant,
            source: message.source,
            subject: message.subject,
            reason: message.reason,
            truncated: (message.payload.len() as u64) < message.payload_bytes,
            payload: String::from_utf8_lossy(&message.payload).into_owned(),
            created_at: time(message.created_at),
        }
    }
}

/// List what could not be mapped
///
/// An operator who names no tenant sees all, also what is of no tenant.
#[utoipa::path(get, path = "/unroutable", tag = "events", operation_id = "listUnroutable",
    extensions(("x-permission" = json!("read"))),
    params(Paging),
    responses((status = 200, description = "Messages, newest first", body = Page<Unroutable>), ReadingAll))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let scope = caller.scope(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let (limit, before) = (query.limit(), query.cursor_id());
    query.finish()?;
    let messages = ledger::list(&state.pool, scope.as_ref(), before, limit + 1).await?;
    Ok(answer(StatusCode::OK, &Page::of(messages, limit, |last| last.id.to_string(), Unroutable::from)))
}
