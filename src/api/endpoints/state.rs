//! Shows how an endpoint stands at this moment.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::EndpointId;
use domain::tenant::Permission;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::api::auth::Caller;
use crate::api::json::{Id, answer, time};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::state::State as Service;
use crate::api::texts;
use crate::ledger::admin as ledger;

/// How an endpoint stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EndpointState, examples(json!({"status": "active", "consecutiveFailures": 5, "failingSince": "2026-01-02T03:04:05.678Z",
    "breaker": {"state": "open", "until": "2026-01-02T03:05:05.678Z"}, "heldUntil": null, "waiting": 12,
    "nextAttemptAt": "2026-01-02T03:05:05.678Z", "node": "pid 7 on hooks-1", "inFlight": 0, "tokens": 10})))]
pub struct State {
    #[schema(value_type = texts::EndpointStatus)]
    status: &'static str,
    /// Attempts that failed since one succeeded.
    consecutive_failures: u32,
    #[schema(required, value_type = Option<texts::Time>)]
    failing_since: Option<String>,
    breaker: Breaker,
    /// It asked to be left alone until then (`Retry-After`). Null: it did not.
    #[schema(required, value_type = Option<texts::Time>)]
    held_until: Option<String>,
    /// Deliveries that wait, counted up to 10,000 of each sort.
    waiting: u64,
    /// When the first of its retries is due; null where there is none.
    #[schema(required, value_type = Option<texts::Time>)]
    next_attempt_at: Option<String>,
    /// The node that runs its actor. Null: its shard is nobody's at this moment.
    #[schema(required)]
    node: Option<String>,
    /// Requests under way. Null where another node than the one that answers runs it.
    #[schema(required)]
    in_flight: Option<u64>,
    /// Attempts that its rate limit allows at once. Null where there is none, or where another node runs it.
    #[schema(required)]
    tokens: Option<u32>,
}

/// What spares an endpoint that does nothing but fail.
#[derive(Debug, Serialize, ToSchema)]
pub struct Breaker {
    /// `open`: nothing is sent. `probing`: its pause is over, and one request at a time is, to see.
    #[schema(value_type = texts::BreakerState)]
    state: &'static str,
    /// When its pause is over, or was.
    #[schema(required, value_type = Option<texts::Time>)]
    until: Option<String>,
}

impl Breaker {
    fn of(until: Option<OffsetDateTime>, now: OffsetDateTime) -> Self {
        let state = match until {
            None => "closed",
            Some(until) if until > now => "open",
            Some(_) => "probing",
        };
        Self { state, until: until.map(time) }
    }
}

/// Show how an endpoint stands
///
/// What its actor goes by: its breaker, what it asked for itself, its bucket, and what waits.
#[utoipa::path(get, path = "/webhooks/{id}/state", tag = "endpoints", operation_id = "getEndpointState",
    extensions(("x-permission" = json!("read"))),
    params(("id" = texts::EndpointId, Path, description = "The endpoint")),
    responses((status = 200, description = "How it stands", body = State), Reading))]
pub async fn state(
    Given(service): Given<Service>,
    caller: Caller,
    _: NoQuery,
    Id(id): Id<EndpointId>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &service).await?;
    let shard = service.control.shard_of(id);
    let found = ledger::standing(&service.pool, &tenant, id, shard).await?;
    let standing = found.ok_or_else(|| Problem::not_found("endpoint"))?;
    let now = service.now();
    let here = service.directory.endpoint(id).filter(|_| standing.owner == Some(service.control.node()));
    let seen = here.map(|endpoint| service.directory.registry().seen(&endpoint, service.clock.moment()));
    let shown = State {
        status: standing.status.as_str(),
        consecutive_failures: standing.consecutive_failures,
        failing_since: standing.failing_since.map(time),
        breaker: Breaker::of(standing.breaker_until, now),
        held_until: standing.hold_until.filter(|until| *until > now).map(time),
        waiting: standing.waiting,
        next_attempt_at: standing.next_attempt_at.map(time),
        node: standing.node,
        in_flight: seen.map(|seen| seen.in_flight as u64),
        tokens: seen.and_then(|seen| seen.tokens),
    };
    Ok(answer(StatusCode::OK, &shown))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_breaker_is_open_until_its_pause_is_over() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let state = |until| Breaker::of(until, now).state;
        assert_eq!(state(None), "closed");
        assert_eq!(state(Some(now + Duration::from_secs(1))), "open");
        assert_eq!(state(Some(now)), "probing");
    }
}
