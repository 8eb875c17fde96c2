//! Whoever sends to a source that a tenant made.

use axum::extract::{Request, State as Given};
use axum::response::Response;
use domain::id::SourceId;
use domain::signature::Secret;
use zeroize::Zeroizing;

use super::receive::{Form, Pong, Source, receive};
use crate::api::events::Receipt;
use crate::api::json::Id;
use crate::api::page::NoQuery;
use crate::api::problem::{Inbound, Problem};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::inbound as ledger;
use crate::vault::Purpose;

/// Take a webhook
///
/// What is sent to a source becomes an event of its tenant. Which headers sign and name it follows from the source's kind:
/// GitHub's (`X-Hub-Signature-256`, `X-GitHub-Event`, `X-GitHub-Delivery`), those of Standard Webhooks (`webhook-id`,
/// `webhook-timestamp`, `webhook-signature`), or as its `hmac` says. The same id again, and where the id is not signed the same
/// body again within 24 hours, is answered with `duplicate: true` and delivered once. Without a key: the body is signed.
#[utoipa::path(post, path = "/inbound/{sourceId}", tag = "inbound", operation_id = "receiveFromSource",
    security(()),
    params(("sourceId" = texts::SourceId, Path, description = "The source")),
    request_body(content(
        (Value = "application/json", example = json!({"type": "invoice.paid"})),
        (Form = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "To GitHub's `ping`: it is understood, and no event", body = Pong),
        (status = 202, description = "It is in the ledger, and will be delivered", body = Receipt),
        Inbound,
    ))]
pub async fn source(
    Given(state): Given<State>,
    _: NoQuery,
    Id(id): Id<SourceId>,
    request: Request,
) -> Result<Response, Problem> {
    let found = {
        // Never closed: there is always a permit to come.
        let _permit = state.doors().lookups.acquire().await;
        ledger::find(&state.pool, id, state.now()).await?
    };
    let found = found.ok_or_else(|| Problem::not_found("source"))?;
    let mut secrets = Vec::with_capacity(found.secrets.len());
    for sealed in &found.secrets {
        let plain = state.vault.open(&sealed.bytes, &sealed.key_id, &Purpose::Source.of(id.0));
        let plain = plain.map_err(|error| Problem::internal(&error))?;
        let text = Zeroizing::new(String::from_utf8_lossy(&plain).into_owned());
        let secret: Result<Secret, _> = found.manner.kind().secret(&text);
        secrets.push(secret.map_err(|error| Problem::internal(&error))?);
    }
    let ledger::Source { tenant, manner, per_minute, .. } = found;
    receive(&state, Source { id: Some(id), tenant, manner, secrets, per_minute }, request).await
}
