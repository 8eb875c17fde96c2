//! Makes a source.

use axum::extract::State as Given;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::SourceId;
use domain::tenant::Permission;
use utoipa::ToSchema;

use super::ledger::Created;
use super::{InboundSource, SourceWithSecret, input, ledger, new_secret, seal};
use crate::api::auth::Caller;
use crate::api::etag::etag;
use crate::api::fields::Fields;
use crate::api::idempotency::{Begun, Idempotency};
use crate::api::json::{Body, answer};
use crate::api::limit::Limit;
use crate::api::page::NoQuery;
use crate::api::problem::{Creating, Kind, Problem, SourceLimit};
use crate::api::state::State;
use crate::api::texts;
use crate::chance;

/// A source to be made.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({"kind": "github", "name": "Our repositories"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct NewSource {
    kind: texts::SourceKind,
    name: texts::Line,
    /// Made when absent.
    #[schema(required = false)]
    secret: texts::SourceSecret,
    /// Requests in any minute, at all nodes together; 100 when absent.
    #[schema(required = false, minimum = 1, maximum = 100_000)]
    per_minute: u32,
    /// For the kind `generic-hmac`, which needs it: `encoding` is `hex` and `prefix` empty where they are left out, all else
    /// null.
    #[schema(required = false)]
    hmac: NewHmac,
}

/// Where the signature, the event's type and its id are in a request. The signature is an HMAC-SHA256 of the body.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({"header": "X-Shop-Hmac-Sha256", "encoding": "base64", "fallbackType": "shop.changed"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct NewHmac {
    /// The one that has the signature.
    header: texts::HeaderName,
    #[schema(required = false)]
    encoding: texts::SignatureEncoding,
    #[schema(required = false)]
    prefix: texts::SignaturePrefix,
    /// Where the event's type is; what is there has to be one.
    r#type: Option<super::Place>,
    /// The event's type where `type` is null, or nothing is there. One of the two has to be given.
    fallback_type: Option<texts::EventType>,
    /// Where the sender's id of the event is.
    id: Option<super::Place>,
}

/// Make a source
///
/// Answered with the URL that its sender needs, and the secret, which is shown here and never again.
#[utoipa::path(post, path = "/sources", tag = "sources", operation_id = "createSource",
    extensions(("x-permission" = json!("write"))),
    request_body = NewSource,
    responses(
        (status = 201, description = "The source with its secret", body = SourceWithSecret,
            headers(("Location" = String, description = "Where the source is"),
                ("ETag" = texts::EntityTag, description = "Its version"))),
        SourceLimit,
        Creating,
    ))]
pub async fn create(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    body: Body,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Write, &state).await?;
    let mut fields = Fields::read(body.one()?)?;
    let wanted = input::new(&mut fields);
    let (settings, secret) = fields.finish(wanted)?;
    let by = caller.by(&state);
    let id = SourceId::new(by.at, chance::bytes());
    let secret = match secret {
        Some(secret) => secret,
        None => new_secret(settings.manner.kind())?,
    };
    let sealed = seal(&state, id, &secret)?;
    let mut once = match asked.begin(&state, &by, Some(&tenant), &body.bytes).await? {
        Begun::Now(once) => once,
        Begun::Before(answer) => return Ok(answer),
    };
    let limit = state.settings.sources_per_tenant;
    let source = match ledger::create(&mut once.act, &tenant, id, &settings, &sealed, limit).await? {
        Created::Done(source) => *source,
        Created::TenantUnknown => return Err(Problem::not_found("tenant")),
        Created::Full(max) => {
            drop(once);
            Limit { of: "sources", user: None, max }.reached(&state, &tenant, &by).await;
            let detail = format!("a tenant may have {max} sources");
            return Err(Problem::new(Kind::SourceLimitReached, detail));
        }
    };
    let (location, version) = (format!("/api/v1/sources/{id}"), source.version);
    let shown = InboundSource::with_secret(source, &secret, &state);
    let made = ([(header::LOCATION, location)], etag(version), answer(StatusCode::CREATED, &shown));
    once.commit(&state, made.into_response()).await
}
