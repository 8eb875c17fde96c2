//! Shows what a new endpoint gets where its owner says nothing.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::retry::Schedule;
use domain::span::Span;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::wanted;
use crate::api::auth::Caller;
use crate::api::json::answer;
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, Reading};
use crate::api::settings::Settings;
use crate::api::state::State;
use crate::api::texts;

/// What a new endpoint gets where nothing else is said, as this Hookyard is configured (`[delivery]`).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({"rateLimitEnabled": false, "maxRequestsPerMinute": 60, "burst": 10, "maxInFlight": 8, "timeoutMs": 15000,
    "timeoutMsMax": 30000, "maxRetries": 3, "retrySchedule": ["0s", "1m", "5m", "15m"], "autoDisableAfter": 20,
    "autoDisableMinDuration": "1h"})))]
pub struct EndpointDefaults {
    /// Where neither of the next two is given.
    rate_limit_enabled: bool,
    #[schema(minimum = 1, maximum = 1_000_000)]
    max_requests_per_minute: u32,
    #[schema(minimum = 1, maximum = 100_000)]
    burst: u32,
    /// Of kind `http`; of `discord` and `slack`, 1.
    #[schema(minimum = 1, maximum = 256)]
    max_in_flight: u32,
    #[schema(minimum = 10)]
    timeout_ms: u32,
    /// The longest that may be asked for.
    #[schema(minimum = 10)]
    timeout_ms_max: u32,
    #[schema(maximum = 100)]
    max_retries: u32,
    #[schema(value_type = wanted::RetrySchedule)]
    retry_schedule: Schedule,
    /// Null: never.
    #[schema(required, minimum = 1, maximum = 1_000_000)]
    auto_disable_after: Option<u32>,
    #[schema(value_type = texts::Span)]
    auto_disable_min_duration: String,
}

impl From<&Settings> for EndpointDefaults {
    fn from(settings: &Settings) -> Self {
        let defaults = &settings.delivery;
        Self {
            rate_limit_enabled: defaults.rate_limit_enabled,
            max_requests_per_minute: defaults.max_requests_per_minute,
            burst: defaults.burst,
            max_in_flight: defaults.max_in_flight,
            timeout_ms: settings.timeout_ms(),
            timeout_ms_max: settings.timeout_ms_max,
            max_retries: defaults.max_retries,
            retry_schedule: defaults.retry_schedule.clone(),
            auto_disable_after: defaults.auto_disable_after,
            // What the configuration holds was a span once.
            auto_disable_min_duration: Span::new(defaults.auto_disable_min_duration)
                .unwrap_or_default()
                .to_string(),
        }
    }
}

/// Show what a new endpoint gets
///
/// Where `POST /webhooks` says nothing else.
#[utoipa::path(get, path = "/webhooks/defaults", tag = "endpoints", operation_id = "showEndpointDefaults",
    extensions(("x-permission" = json!("read"))),
    responses((status = 200, description = "The defaults", body = EndpointDefaults), Reading))]
pub async fn defaults(Given(state): Given<State>, caller: Caller, _: NoQuery) -> Result<Response, Problem> {
    caller.tenant(Permission::Read, &state).await?;
    Ok(answer(StatusCode::OK, &EndpointDefaults::from(&state.settings)))
}
