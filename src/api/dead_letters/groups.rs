//! Shows dead letters by where they were for and why they are dead.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::delivery::Reason;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::auth::Caller;
use crate::api::json::{answer, time};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::overview as ledger;

/// Dead letters in groups.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({"items": [{"webhookId": "ep_01h455vb4pex5vsknk084sn02q", "webhookName": "Orders",
    "deadReason": "exhausted", "count": 12, "newestAt": "2026-01-02T03:04:05.678Z"}], "isComplete": true})))]
pub struct DeadLetterGroups {
    /// The largest first.
    #[schema(max_items = 100)]
    items: Vec<DeadLetterGroup>,
    /// Whether each dead letter there is was counted: the newest 100,000 are, and the 100 largest groups shown.
    is_complete: bool,
}

/// Those of one endpoint that are dead for one reason.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({"webhookId": "ep_01h455vb4pex5vsknk084sn02q", "webhookName": "Orders", "deadReason": "exhausted",
    "count": 12, "newestAt": "2026-01-02T03:04:05.678Z"})))]
pub struct DeadLetterGroup {
    #[schema(value_type = texts::EndpointId)]
    webhook_id: String,
    /// Null: it is deleted.
    #[schema(required, value_type = Option<texts::Line>)]
    webhook_name: Option<String>,
    #[schema(required, value_type = Option<texts::DeadReasonOfLetter>)]
    dead_reason: Option<&'static str>,
    count: u64,
    /// When the newest of their events was accepted.
    #[schema(value_type = texts::Time)]
    newest_at: String,
}

impl From<ledger::Group> for DeadLetterGroup {
    fn from(group: ledger::Group) -> Self {
        Self {
            webhook_id: group.endpoint.to_string(),
            webhook_name: group.name,
            dead_reason: group.reason.and_then(Reason::from_number).map(Reason::as_str),
            count: group.count,
            newest_at: time(group.newest_at),
        }
    }
}

/// Show dead letters in groups
///
/// By endpoint and reason: what one wants to know before they are sent again.
#[utoipa::path(get, path = "/dead-letters/groups", tag = "dead letters", operation_id = "groupDeadLetters",
    extensions(("x-permission" = json!("read"))),
    responses((status = 200, description = "The groups", body = DeadLetterGroups), Reading))]
pub async fn groups(Given(state): Given<State>, caller: Caller, _: NoQuery) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let (groups, is_complete) = {
        let _permit = state.rankings().acquire().await;
        ledger::groups(&state.pool, &tenant).await?
    };
    let items = groups.into_iter().map(DeadLetterGroup::from).collect();
    Ok(answer(StatusCode::OK, &DeadLetterGroups { items, is_complete }))
}
