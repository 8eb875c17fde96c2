//! Tells a tenant's attempts as they end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as Given;
use axum::http::Uri;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::id::EndpointId;
use domain::tenant::Permission;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout};
use utoipa::IntoParams;

use super::written::{StreamedAttempt, attempt, lost};
use crate::api::auth::Caller;
use crate::api::page::Query;
use crate::api::problem::{Kind, Problem, Streaming};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::admin::{endpoints, events};
use crate::live::{Full, Seen, Watch};

/// A stream says at least so often that it is there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What ends meanwhile is told together: each telling asks the ledger once what the events were.
const GATHER: Duration = Duration::from_millis(100);
/// For telling other nodes that somebody looks on: they are told again.
const SAID: Duration = Duration::from_millis(500);
/// A stream looks so often whether its key still opens it.
const KEY_LOOK: Duration = Duration::from_secs(3);

/// Which attempts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Filter {
    /// To this endpoint.
    webhook_id: Option<texts::EndpointId>,
}

/// Follow attempts
///
/// Server-sent events: an `attempt` for each attempt of the tenant as it ends, after it is recorded, whichever node made
/// it, its `id` made of delivery and number. Test events are not among them. Who reads too slowly gets a `lost` with
/// `{"attempts": n}`: so many were left out. While NATS is away, those of other nodes are left out too, and not counted.
/// What ended before the stream began, or between two streams, is in the deliveries. A comment comes every 15 seconds when
/// nothing else does. The stream ends when its key does, when the service drains, and at the latest with the connection.
#[utoipa::path(get, path = "/stream", tag = "deliveries", operation_id = "followAttempts",
    extensions(("x-permission" = json!("read"))),
    params(Filter),
    responses(
        (status = 200, description = "Attempts, as they end: the schema is that of an `attempt`'s data",
            content_type = "text/event-stream", body = StreamedAttempt),
        Streaming,
    ))]
pub async fn follow(Given(state): Given<State>, caller: Caller, uri: Uri) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Read, &state).await?;
    let mut query = Query::of(&uri);
    let endpoint = query.parsed("webhookId", str::parse::<EndpointId>);
    query.finish()?;
    if let Some(id) = endpoint
        && !endpoints::exists(&state.pool, &tenant, id).await?
    {
        return Err(Problem::not_found("endpoint"));
    }
    let watch = state.live.watch(caller.key, tenant, endpoint).map_err(|full| {
        let detail = match full {
            Full::OfKey => "the key has as many streams as it may have: end one of them",
            Full::OfTenant => "the tenant has as many streams as it may have: end one of them",
            Full::OfProcess => "the service has as many streams as it may have",
        };
        Problem::new(Kind::TooManyStreams, detail)
    })?;
    // Answered, it is told of what other nodes send too.
    let _ = timeout(SAID, watch.said()).await;
    let now = Instant::now();
    let reader = Reader { state, caller, watch, next_look: now + KEY_LOOK, next_telling: now };
    let told = stream::once(async { vec![Event::default().comment("here")] })
        .chain(stream::unfold(reader, Reader::next))
        .flat_map(|events| stream::iter(events.into_iter().map(Ok::<_, Infallible>)));
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("here")).into_response())
}

async fn gathered(until: Instant, watch: &mut Watch) -> Vec<Arc<Seen>> {
    tokio::time::sleep_until(until).await;
    watch.next().await
}

struct Reader {
    state: State,
    caller: Caller,
    watch: Watch,
    next_look: Instant,
    next_telling: Instant,
}

impl Reader {
    /// What to say next; `None` at the end.
    async fn next(mut self) -> Option<(Vec<Event>, Self)> {
        let ended = self.state.live.ended().clone();
        loop {
            tokio::select! {
                biased;
                () = ended.cancelled() => return None,
                () = tokio::time::sleep_until(self.next_look) => {
                    if !self.may_go_on().await {
                        return None;
                    }
                    self.next_look = Instant::now() + KEY_LOOK;
                }
                seen = gathered(self.next_telling, &mut self.watch) => {
                    self.next_telling = Instant::now() + GATHER;
                    let events = self.tell(&seen).await;
                    return Some((events, self));
                }
            }
        }
    }

    /// Whether the key still opens this stream. A ledger that is away closes none: it tells of nothing new either.
    async fn may_go_on(&self) -> bool {
        let still =
            async { self.caller.again(&self.state).await?.tenant(Permission::Read, &self.state).await };
        still.await.map_or_else(|problem| problem.kind() == Kind::Unavailable, |_| true)
    }

    async fn tell(&self, seen: &[Arc<Seen>]) -> Vec<Event> {
        let ids: Vec<_> = seen.iter().map(|seen| seen.delivery.event).collect();
        let named =
            events::named(&self.state.pool, self.watch.tenant(), &ids).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "attempts of a stream could not be named");
                std::collections::HashMap::new()
            });
        let mut events: Vec<Event> =
            seen.iter().filter_map(|seen| Some(attempt(seen, named.get(&seen.delivery.event)?))).collect();
        let missed = self.watch.missed() + (seen.len() - events.len()) as u64;
        if missed > 0 {
            events.push(lost(missed));
        }
        events
    }
}
