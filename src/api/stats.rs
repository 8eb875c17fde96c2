//! Shows a tenant at a glance.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::counts::Counts;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::endpoints::statistics::{Lag, Latency, Outcomes, Window};
use super::endpoints::stats::Asked;
use super::json::{answer, time};
use super::page::Query;
use super::problem::{Problem, Reading};
use super::state::State;
use super::texts;
use crate::ledger::admin::overview as ledger;

/// What was accepted, what attempts came to, and what waits.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "since": "2026-01-01T03:00:00.000Z", "until": "2026-01-02T03:04:05.678Z", "accepted": 3, "attempts": 4,
    "outcomes": {"succeeded": 3, "http_error": 1, "timeout": 0, "unreachable": 0, "tls_error": 0,
        "protocol_error": 0, "blocked": 0},
    "successRate": 0.75, "latencyMs": {"mean": 52, "p50": 49, "p95": 98, "p99": 98},
    "lagMs": {"p50": 98, "p95": 196, "p99": 196}, "waiting": 2, "dead": 1,
    "hours": [{"hour": "2026-01-02T03:00:00.000Z", "accepted": 3, "attempts": 4,
        "outcomes": {"succeeded": 3, "http_error": 1, "timeout": 0, "unreachable": 0, "tls_error": 0,
            "protocol_error": 0, "blocked": 0},
        "successRate": 0.75, "latencyMs": {"mean": 52, "p50": 49, "p95": 98, "p99": 98},
        "lagMs": {"p50": 98, "p95": 196, "p99": 196}}]})))]
pub struct TenantStats {
    #[schema(value_type = texts::Time)]
    since: String,
    #[schema(value_type = texts::Time)]
    until: String,
    /// Events.
    accepted: u64,
    attempts: u64,
    outcomes: Outcomes,
    /// Of 0 to 1.
    #[schema(required, minimum = 0, maximum = 1)]
    success_rate: Option<f64>,
    latency_ms: Latency,
    lag_ms: Lag,
    /// Deliveries that wait now: for their first attempt, for a retry, or because their endpoint is paused. Counted up to
    /// 1,000 of each endpoint, and of 1,000 endpoints.
    waiting: u64,
    /// Dead letters that are there now, counted up to 100,000.
    dead: u64,
    /// Oldest first. An hour in which nothing happened is left out.
    #[schema(max_items = 721)]
    hours: Vec<TenantHour>,
}

/// The same of one hour.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantHour {
    /// When it began.
    #[schema(value_type = texts::Time)]
    hour: String,
    accepted: u64,
    attempts: u64,
    outcomes: Outcomes,
    #[schema(required, minimum = 0, maximum = 1)]
    success_rate: Option<f64>,
    latency_ms: Latency,
    lag_ms: Lag,
}

impl TenantHour {
    fn of(ledger::Hour { hour, accepted, counts }: &ledger::Hour) -> Self {
        Self {
            hour: time(*hour),
            accepted: *accepted,
            attempts: counts.attempts(),
            outcomes: counts.into(),
            success_rate: counts.success_rate(),
            latency_ms: counts.into(),
            lag_ms: counts.into(),
        }
    }
}

/// Show a tenant's statistics
///
/// Of all its endpoints together, those that are deleted by now included; counted as those of one endpoint are, and shown a
/// few seconds later.
#[utoipa::path(get, path = "/stats", tag = "endpoints", operation_id = "getStats",
    extensions(("x-permission" = json!("read"))),
    params(Asked),
    responses((status = 200, description = "The tenant at a glance", body = TenantStats), Reading))]
pub async fn get(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let window = Window::read(&mut query, state.now());
    query.finish()?;
    let hours = ledger::by_hour(&state.pool, &tenant, window.since).await?;
    // It looks at all of a tenant's endpoints, as rankings do.
    let ledger::Standing { waiting, dead } = {
        let _permit = state.rankings().acquire().await;
        ledger::standing(&state.pool, &tenant).await?
    };
    let mut all = Counts::default();
    for hour in &hours {
        all.merge(&hour.counts);
    }
    let stats = TenantStats {
        since: time(window.since),
        until: time(window.until),
        accepted: hours.iter().map(|hour| hour.accepted).sum(),
        attempts: all.attempts(),
        outcomes: (&all).into(),
        success_rate: all.success_rate(),
        latency_ms: (&all).into(),
        lag_ms: (&all).into(),
        waiting,
        dead,
        hours: hours.iter().map(TenantHour::of).collect(),
    };
    Ok(answer(StatusCode::OK, &stats))
}
