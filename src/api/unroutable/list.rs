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
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::ledger::admin::unroutable as ledger;

/// A message that is nobody's event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unroutable {
    #[schema(example = "unr_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(required)]
    tenant_id: Option<String>,
    source: String,
    #[schema(example = "events.acme")]
    subject: String,
    #[schema(example = "the subject has no event type")]
    reason: String,
    /// Its first 16 KiB, as text.
    payload: String,
    truncated: bool,
    #[schema(format = DateTime)]
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
#[utoipa::path(get, path = "/unroutable", tag = "events", operation_id = "listUnroutable", params(Paging),
    responses((status = 200, description = "Messages, newest first", body = Page<Unroutable>), Reading))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let scope = caller.scope(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let (limit, before) = (query.limit(), query.cursor_id());
    query.finish()?;
    let messages = ledger::list(&state.pool, scope.as_ref(), before, limit + 1).await?;
    Ok(answer(StatusCode::OK, &Page::of(messages, limit, |last| last.id.to_string(), Unroutable::from)))
}
