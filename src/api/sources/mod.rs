//! Sources: who may send webhooks to us.

pub mod create;
pub mod delete;
pub mod get;
mod input;
pub mod list;
pub mod rotate_secret;
pub mod update;

use domain::id::SourceId;
use domain::inbound::{GenericHmac, Kind, Manner};
use domain::signature::Secret;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::json::time;
use super::problem::Problem;
use super::state::State;
use super::texts;
use crate::chance;
use crate::ledger::admin::sources as ledger;
use crate::vault::Purpose;

/// A source: a URL that somebody sends webhooks to, and what they are signed with.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({
    "id": "src_01h455vb4pex5vsknk084sn02q", "tenantId": "acme", "name": "Our repositories", "kind": "github",
    "url": "https://hooks.example.com/api/v1/inbound/src_01h455vb4pex5vsknk084sn02q", "perMinute": 100, "hmac": null,
    "secretHint": "b1d2", "createdAt": "2026-01-02T03:04:05.678Z", "updatedAt": "2026-01-02T03:04:05.678Z"})))]
pub struct InboundSource {
    #[schema(value_type = texts::SourceId)]
    id: String,
    #[schema(value_type = texts::TenantId)]
    tenant_id: String,
    #[schema(value_type = texts::Line)]
    name: String,
    #[schema(value_type = texts::SourceKind)]
    kind: &'static str,
    #[schema(value_type = texts::SourceUrl)]
    url: String,
    /// Requests in any minute, at all nodes together.
    #[schema(minimum = 1, maximum = 100_000)]
    per_minute: u32,
    /// Of the kind `generic-hmac`: where things are. Null for the others.
    #[schema(required, value_type = Option<Hmac>)]
    hmac: Option<GenericHmac>,
    /// The last 4 characters of the newest secret.
    #[schema(max_length = 4)]
    secret_hint: String,
    #[schema(value_type = texts::Time)]
    created_at: String,
    #[schema(value_type = texts::Time)]
    updated_at: String,
}

/// Where the signature, the event's type and its id are in a request. The signature is an HMAC-SHA256 of the body.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(examples(json!({"header": "X-Shop-Hmac-Sha256", "encoding": "base64", "prefix": "",
    "type": {"header": "X-Shop-Topic"}, "fallbackType": "shop.other", "id": {"pointer": "/order/id"}})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Hmac {
    /// The one that has the signature.
    header: texts::HeaderName,
    encoding: texts::SignatureEncoding,
    prefix: texts::SignaturePrefix,
    /// Where the event's type is; what is there has to be one.
    #[schema(required)]
    r#type: Option<Place>,
    /// The event's type where `type` is null, or nothing is there. One of the two has to be given.
    #[schema(required)]
    fallback_type: Option<texts::EventType>,
    /// Where the sender's id of the event is. The event's id is the source's, a colon, and this. Null: only the same body
    /// within 24 hours is a repeat. In a header, which is not signed, both are.
    #[schema(required)]
    id: Option<Place>,
}

/// A header, or a text or whole number in the body.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub enum Place {
    Header(InHeader),
    Pointer(InBody),
}

/// A header that is there once.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"header": "X-Shop-Topic"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct InHeader {
    header: texts::HeaderName,
}

/// A text or whole number in the body.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"pointer": "/order/id"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct InBody {
    pointer: texts::BodyPointer,
}

/// A source with its secret: shown when it is made, and when the secret is changed for another.
#[derive(Serialize, ToSchema)]
pub struct SourceWithSecret {
    #[serde(flatten)]
    source: InboundSource,
    #[schema(value_type = texts::SourceSecret)]
    secret: String,
}

impl InboundSource {
    fn of(source: ledger::Source, state: &State) -> Self {
        let base = state.settings.base_url.as_deref().unwrap_or_default();
        let kind = source.settings.manner.kind().as_str();
        Self {
            id: source.id.to_string(),
            tenant_id: source.tenant.to_string(),
            name: source.settings.name,
            kind,
            url: format!("{base}/api/v1/inbound/{}", source.id),
            per_minute: source.settings.per_minute,
            hmac: match source.settings.manner {
                Manner::GenericHmac(settings) => Some(settings),
                Manner::Github | Manner::Standard => None,
            },
            secret_hint: source.secret_hint,
            created_at: time(source.created_at),
            updated_at: time(source.updated_at),
        }
    }

    fn with_secret(source: ledger::Source, secret: &Secret, state: &State) -> SourceWithSecret {
        SourceWithSecret { source: Self::of(source, state), secret: secret.expose().to_owned() }
    }
}

/// A new secret for a sender of this kind.
fn new_secret(kind: Kind) -> Result<Secret, Problem> {
    if kind == Kind::Standard {
        return Ok(Secret::generate(chance::bytes()));
    }
    // 256 random bits in hex: text that goes through any form unharmed.
    let [high, low] = [chance::bytes(), chance::bytes()].map(|bytes| Uuid::from_bytes(bytes).simple());
    kind.secret(&format!("{high}{low}")).map_err(|error| Problem::internal(&error))
}

/// A secret as the ledger may hold it.
fn seal(state: &State, id: SourceId, secret: &Secret) -> Result<ledger::NewSecret, Problem> {
    let plain = secret.expose().as_bytes();
    let sealed = state.vault.seal(plain, &Purpose::Source.of(id.0), chance::bytes());
    let sealed = sealed.map_err(|error| Problem::internal(&error))?;
    Ok(ledger::NewSecret { sealed, hint: secret.hint().to_owned() })
}
