//! GitHub, to the one source of the configuration.

use axum::extract::{Request, State as Given};
use axum::response::Response;
use domain::inbound::Manner;

use super::receive::{Form, Pong, Source, receive};
use crate::api::events::Receipt;
use crate::api::page::NoQuery;
use crate::api::problem::{Inbound, Problem};
use crate::api::state::State;
use crate::ledger::admin::tenants;

/// Take a webhook of GitHub
///
/// What GitHub sends to the source of the configuration (`inbound.github`) becomes an event of its tenant: `github.push`,
/// `github.pull_request.opened`. The event's id is `X-GitHub-Delivery`: the same again, or the same body again within 24
/// hours, is answered with `duplicate: true` and delivered once. Without a key: the body is signed.
#[utoipa::path(post, path = "/webhooks/github", tag = "inbound", operation_id = "receiveFromGithub",
    security(()),
    params(
        ("X-Hub-Signature-256" = String, Header, description = "`sha256=` and the HMAC-SHA256 of the body in hex"),
        ("X-GitHub-Event" = String, Header, description = "What happened"),
        ("X-GitHub-Delivery" = Option<String>, Header, description = "GitHub's id of it: required but for a `ping`"),
    ),
    request_body(content(
        (Value = "application/json", example = json!({"ref": "refs/heads/main"})),
        (Form = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "To a `ping`: it is understood, and no event", body = Pong),
        (status = 202, description = "It is in the ledger, and will be delivered", body = Receipt),
        Inbound,
    ))]
pub async fn github(Given(state): Given<State>, _: NoQuery, request: Request) -> Result<Response, Problem> {
    let Some(github) = state.settings.github.clone() else {
        return Err(Problem::not_found("source: inbound.github is not set in the configuration"));
    };
    // The directory may not have heard of one that another node made just now.
    let is_known = state.directory.has_tenant(&github.tenant)
        || tenants::get(&state.pool, &github.tenant).await?.is_some();
    if !is_known {
        return Err(Problem::not_found("source: the tenant of inbound.github does not exist"));
    }
    let source = Source {
        id: None,
        tenant: github.tenant,
        manner: Manner::Github,
        secrets: vec![github.secret],
        per_minute: github.per_minute,
    };
    receive(&state, source, request).await
}
