//! Lists endpoints.

use axum::extract::State as Given;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::endpoint::Status;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::statistics::Window;
use super::{Endpoint, ledger};
use crate::api::auth::Caller;
use crate::api::json::{answer, time};
use crate::api::page::{Page, Paging, Query, sealed};
use crate::api::problem::{Problem, Reading};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::statistics::{self, Tried};

/// Which endpoints.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Filter {
    /// Those that stand like this.
    status: Option<texts::EndpointStatus>,
    /// Those that are told of events of this type; or that have this pattern, as it was written.
    event: Option<texts::Line>,
    /// Those of this user.
    user_id: Option<texts::Line>,
    /// Those with this in their name or URL, in whatever case.
    q: Option<texts::Line>,
    /// With `stats` of each, that far back: from `1h` to `7d`.
    stats: Option<texts::Span>,
}

/// An endpoint in a list.
#[derive(Serialize, ToSchema)]
pub struct ListedEndpoint {
    #[serde(flatten)]
    endpoint: Endpoint,
    /// Null where they were not asked for.
    #[schema(required)]
    stats: Option<ListedStats>,
}

/// What attempts at an endpoint came to, in brief.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({"attempts": 4, "failures": 1, "successRate": 0.75, "meanMs": 52,
    "hours": [{"hour": "2026-01-02T03:00:00.000Z", "attempts": 4, "failures": 1}]})))]
pub struct ListedStats {
    attempts: u64,
    failures: u64,
    /// Of 0 to 1.
    #[schema(required, minimum = 0, maximum = 1)]
    success_rate: Option<f64>,
    /// How long an attempt took.
    #[schema(required)]
    mean_ms: Option<u64>,
    /// Oldest first. An hour without attempts is left out.
    #[schema(max_items = 169)]
    hours: Vec<ListedHour>,
}

/// The same of one hour.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedHour {
    /// When it began.
    #[schema(value_type = texts::Time)]
    hour: String,
    attempts: u64,
    failures: u64,
}

impl ListedStats {
    fn of(hours: &[Tried]) -> Self {
        let sum = |of: fn(&Tried) -> u64| hours.iter().map(of).sum::<u64>();
        let (attempts, failures) = (sum(|hour| hour.attempts), sum(|hour| hour.failures));
        Self {
            attempts,
            failures,
            success_rate: (attempts > 0).then(|| 1.0 - failures as f64 / attempts as f64),
            mean_ms: sum(|hour| hour.duration_ms).checked_div(attempts),
            hours: hours
                .iter()
                .map(|hour| ListedHour {
                    hour: time(hour.hour),
                    attempts: hour.attempts,
                    failures: hour.failures,
                })
                .collect(),
        }
    }
}

/// List endpoints
///
/// A page looks at 20,000 endpoints at most: with filters it may be short, and still have a `nextCursor`.
#[utoipa::path(get, path = "/webhooks", tag = "endpoints", operation_id = "listEndpoints",
    extensions(("x-permission" = json!("read"))),
    params(Filter, Paging),
    responses((status = 200, description = "Endpoints, newest first", body = Page<ListedEndpoint>), Reading))]
pub async fn list(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let filter = ledger::Filter {
        status: query.parsed("status", |text| {
            let status = Status::ALL.into_iter().find(|status| status.as_str() == text);
            status.ok_or("must be active, paused, disabled or failed")
        }),
        event: query.text("event"),
        user_id: query.text("userId"),
        text: query.text("q"),
    };
    let stats = Window::of_list(&mut query, state.now());
    let (limit, before) = (query.limit(), query.cursor_id());
    query.finish()?;
    let page = ledger::list(&state.pool, &tenant, &filter, before, limit).await?;
    let ids: Vec<_> = page.endpoints.iter().map(|endpoint| endpoint.id).collect();
    let mut tried = match stats {
        Some(window) => Some(statistics::tried(&state.pool, &ids, window.since).await?),
        None => None,
    };
    let listed = page.endpoints.into_iter().map(|endpoint| {
        let stats = tried.as_mut().map(|tried| tried.remove(&endpoint.id).unwrap_or_default());
        ListedEndpoint { endpoint: endpoint.into(), stats: stats.map(|hours| ListedStats::of(&hours)) }
    });
    let page = Page { items: listed.collect(), next_cursor: page.next.map(|next| sealed(&next.to_string())) };
    Ok(answer(StatusCode::OK, &page))
}
