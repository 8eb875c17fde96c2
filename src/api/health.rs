//! Whether the process turns, and whether publishing works.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::control::{Health, Part};
use super::json::answer;
use super::state::State;

pub async fn livez() -> Response {
    answer(StatusCode::OK, &json!({"status": "ok"}))
}

pub async fn readyz(Given(state): Given<State>) -> Response {
    let (status, body) = report(&state.control.health());
    answer(status, &body)
}

fn report(health: &Health) -> (StatusCode, Value) {
    let any = |wanted: Part| health.parts.iter().any(|(_, part)| *part == wanted);
    let (status, whole) = if any(Part::Failed) {
        (StatusCode::SERVICE_UNAVAILABLE, "failed")
    } else if any(Part::Degraded) {
        (StatusCode::OK, "degraded")
    } else {
        (StatusCode::OK, "ok")
    };
    let parts: Map<String, Value> =
        health.parts.iter().map(|(name, part)| ((*name).to_owned(), part.as_str().into())).collect();
    (status, json!({"status": whole, "parts": parts}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stops_publishing_is_a_503() {
        let of = |ledger, queue| report(&Health { parts: vec![("ledger", ledger), ("queue", queue)] });
        assert_eq!(of(Part::Ok, Part::Ok).0, StatusCode::OK);
        let (status, body) = of(Part::Ok, Part::Degraded);
        assert_eq!((status, body["status"].as_str()), (StatusCode::OK, Some("degraded")));
        let (status, body) = of(Part::Failed, Part::Ok);
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body, json!({"status": "failed", "parts": {"ledger": "failed", "queue": "ok"}}));
    }
}
