//! Lists who did what.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::action::Action;
use domain::id::KeyId;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::api::auth::Caller;
use crate::api::json::{answer, time};
use crate::api::page::{Page, Paging, Query, sealed};
use crate::api::problem::{Problem, ReadingAll};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::audit as ledger;

/// What somebody did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "id": "aud_01h455vb4pex5vsknk084sn02q", "at": "2026-01-02T03:04:05.678Z", "tenantId": "acme",
    "action": "endpoint.changed", "subject": "ep_01h455vb4pex5vsknk084sn02q", "changed": ["status", "url"],
    "keyId": "key_01h455vb4pex5vsknk084sn02q", "keyName": "console", "role": "editor",
    "requestId": "req_0188b2c8fad14df1a6b4f0f7c7d1e5aa"})))]
pub struct AuditEntry {
    #[schema(value_type = texts::AuditId)]
    id: String,
    #[schema(value_type = texts::Time)]
    at: String,
    /// Null where it is about the instance, or an operator's key.
    #[schema(required, value_type = Option<texts::TenantId>)]
    tenant_id: Option<String>,
    #[schema(value_type = texts::Action)]
    action: String,
    /// The id of what it was done to.
    #[schema(max_length = 200, examples("ep_01h455vb4pex5vsknk084sn02q"))]
    subject: String,
    /// Of a change, the names of the fields that changed; never what is in them.
    #[schema(max_items = 100)]
    changed: Vec<String>,
    /// The key that asked for it. Null: the service itself, or its command line.
    #[schema(required, value_type = Option<texts::KeyId>)]
    key_id: Option<String>,
    /// What the key was called then; `hookyard` or `command line` where there is none.
    #[schema(value_type = texts::Line)]
    key_name: String,
    /// The key's role then.
    #[schema(required, value_type = Option<texts::Role>)]
    role: Option<&'static str>,
    /// `X-Request-Id` of the request.
    #[schema(required, value_type = Option<texts::RequestId>)]
    request_id: Option<String>,
}

impl From<ledger::Entry> for AuditEntry {
    fn from(entry: ledger::Entry) -> Self {
        let (key, role) = entry.by.key.unzip();
        Self {
            id: entry.id.to_string(),
            at: time(entry.by.at),
            tenant_id: entry.tenant,
            action: entry.action,
            subject: entry.subject,
            changed: entry.changed,
            key_id: key.map(|key| key.to_string()),
            key_name: entry.by.name,
            role: role.map(domain::tenant::Role::as_str),
            request_id: entry.by.request_id,
        }
    }
}

/// Which lines.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Which {
    /// Of this sort.
    action: Option<texts::Action>,
    /// Done to the thing of this id.
    subject: Option<texts::Line>,
    /// By this key.
    key_id: Option<texts::KeyId>,
    /// At this instant or later.
    since: Option<texts::Instant>,
    /// Before this instant.
    until: Option<texts::Instant>,
}

/// Show who did what
///
/// Every change and its author, for admins; kept as long as everything else. An operator who names no tenant sees
/// all, also what is of no tenant. A page looks at 20,000 lines at most: with filters it may be short, and still have a
/// `nextCursor`.
#[utoipa::path(get, path = "/audit-log", tag = "audit log", operation_id = "listAuditLog",
    extensions(("x-permission" = json!("audit"))),
    params(Which, Paging),
    responses((status = 200, description = "What was done, newest first", body = Page<AuditEntry>), ReadingAll))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let scope = caller.scope(Permission::Audit, &state).await?;
    let mut query = Query::of(&uri);
    let filter = ledger::Filter {
        action: query.parsed("action", str::parse::<Action>),
        subject: query.text("subject"),
        key: query.parsed("keyId", str::parse::<KeyId>),
        made: query.made(),
    };
    let (limit, before) = (query.limit(), query.cursor_id());
    query.finish()?;
    let page = ledger::list(&state.pool, scope.as_ref(), &filter, before, limit).await?;
    let items = page.entries.into_iter().map(AuditEntry::from).collect();
    let page = Page { items, next_cursor: page.next.map(|last| sealed(&last.to_string())) };
    Ok(answer(StatusCode::OK, &page))
}
