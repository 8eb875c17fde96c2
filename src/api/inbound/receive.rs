//! A request to a source, whichever it is, from its body to the answer.

use actors::intake::Incoming;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use domain::channels::Channels;
use domain::event::{Event, dedupe_hash};
use domain::id::{EventId, SourceId};
use domain::inbound::{Kind as Sender, Manner, Mapped, Reading, Received, Refused, same_body};
use domain::signature::Secret;
use domain::tenant::TenantId;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::api::events::hand_over;
use crate::api::fields::malformed;
use crate::api::json::{answer, media, whole};
use crate::api::problem::{Kind, Problem};
use crate::api::state::State;
use crate::chance;
use crate::ledger::inbound::take_turn;

const FORM: &str = "application/x-www-form-urlencoded";

/// Who is sent to.
pub struct Source {
    /// `None`: the one of the configuration.
    pub id: Option<SourceId>,
    pub tenant: TenantId,
    pub manner: Manner,
    pub secrets: Vec<Secret>,
    pub per_minute: u32,
}

/// The answer to GitHub's `ping`.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({"pong": true})))]
pub struct Pong {
    pong: bool,
}

/// A form, as GitHub sends one where it is told to.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"payload": "{\"zen\":\"Keep it logically awesome.\"}"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Form {
    /// The payload: JSON.
    payload: String,
}

/// What a body turned out to be.
enum Checked {
    Unsigned,
    Signed(Result<Reading, Refused>),
}

pub async fn receive(state: &State, source: Source, request: Request) -> Result<Response, Problem> {
    let is_form = is_form(request.headers(), source.manner.kind())?;
    let headers = request.headers().clone();
    let trace = request.extensions().get().cloned();
    let (body, _held) = whole(request, &state.doors().rooms(source.id)).await?;
    let Source { id, tenant, manner, secrets, per_minute } = source;
    let kind = manner.kind();
    let (now, bytes) = (state.now(), body.clone());
    // Never closed: there is always a permit to come.
    let turn = state.doors().checking.acquire().await;
    let check = move || check(id, &manner, &secrets, &headers, is_form, &bytes, now);
    let checked = tokio::task::spawn_blocking(check).await.map_err(|error| Problem::internal(&error))?;
    drop(turn);
    let Checked::Signed(reading) = checked else {
        let detail = "nothing was taken: the signature has to be that of the body, by the source's secret";
        return Err(Problem::new(Kind::SignatureWrong, detail));
    };
    if let Err(wait_secs) = take_turn(&state.pool, id, per_minute).await? {
        let detail = format!("the source may send {per_minute} requests a minute");
        return Err(Problem::new(Kind::SourceRateLimited, detail).after_secs(wait_secs));
    }
    match reading.map_err(problem)? {
        Reading::Ping => Ok(answer(StatusCode::OK, &Pong { pong: true })),
        Reading::Event(mapped) => {
            let same_body = (!mapped.is_id_signed).then(|| same_body(id, &body));
            let incoming = incoming(*mapped, kind, tenant, same_body, now);
            let mut receipts = hand_over(state, vec![incoming], trace).await?;
            let receipt = receipts.pop().ok_or_else(|| Problem::internal(&"intake answered nothing"))?;
            Ok(answer(StatusCode::ACCEPTED, &receipt))
        }
    }
}

fn is_form(headers: &HeaderMap, kind: Sender) -> Result<bool, Problem> {
    let essence = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = essence.split(';').next().unwrap_or_default().trim();
    match (media(headers), kind) {
        (Some(false), _) => Ok(false),
        (_, Sender::Github) if essence.eq_ignore_ascii_case(FORM) => Ok(true),
        (_, Sender::Github) => {
            let detail = format!("send the body as application/json or {FORM}");
            Err(Problem::new(Kind::UnsupportedMediaType, detail))
        }
        (_, Sender::Standard | Sender::GenericHmac) => {
            Err(Problem::new(Kind::UnsupportedMediaType, "send the body as Content-Type: application/json"))
        }
    }
}

/// The work on a body: to be done where it holds nobody up.
fn check(
    id: Option<SourceId>,
    manner: &Manner,
    secrets: &[Secret],
    headers: &HeaderMap,
    is_form: bool,
    body: &Bytes,
    now: OffsetDateTime,
) -> Checked {
    let header = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let one = values.next().filter(|_| values.next().is_none());
        one.and_then(|value| value.to_str().ok())
    };
    let received = Received { header: &header, is_form, body };
    if manner.verifies(secrets, &received, now) {
        Checked::Signed(manner.read(id, &received))
    } else {
        Checked::Unsigned
    }
}

fn incoming(
    mapped: Mapped,
    kind: Sender,
    tenant: TenantId,
    same_body: Option<u128>,
    now: OffsetDateTime,
) -> Incoming {
    let dedupe = mapped.id.as_ref().map(|key| dedupe_hash(&tenant, key.as_str()));
    let event = Event {
        id: EventId::new(now, chance::bytes()),
        tenant,
        key: mapped.id,
        event_type: mapped.event_type,
        channels: Channels::default(),
        occurred_at: now,
        expires_at: None,
        source: kind.source(),
        data: mapped.data,
        inbound: Some(Box::new(mapped.note)),
        cloud_event: None,
        trace: None,
    };
    Incoming { same_body, ..Incoming::new(event, dedupe) }
}

fn problem(refused: Refused) -> Problem {
    match refused {
        Refused::NotJson(error) => malformed(&error),
        Refused::At(place, detail) => Problem::field(place, detail),
    }
}
