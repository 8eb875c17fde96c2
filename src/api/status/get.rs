//! Shows how the instance stands: nodes, actors, what waits.

use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::endpoint::Status as OfEndpoint;
use domain::tenant::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::auth::Caller;
use crate::api::json::{answer, time};
use crate::api::page::NoQuery;
use crate::api::problem::{Problem, ReadingAll};
use crate::api::state::State;
use crate::api::texts;
use crate::ledger::ownership::{self, Seen};

/// How the instance stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    #[schema(value_type = texts::Time)]
    at: String,
    /// Of the node that answers.
    #[schema(examples("0.1.0"))]
    version: &'static str,
    stores: Stores,
    /// Those that were seen within the last 10 seconds.
    #[schema(max_items = 256)]
    nodes: Vec<Node>,
    actors: Actors,
    endpoints: Endpoints,
    backlog: Backlog,
}

/// Whether the stores answer.
#[derive(Serialize, ToSchema)]
pub struct Stores {
    #[schema(value_type = texts::PartStatus)]
    ledger: &'static str,
    /// Degraded: it is away, and deliveries go on from the ledger.
    #[schema(value_type = texts::PartStatus)]
    queue: &'static str,
}

/// A node, and what it owns.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(json!({"name": "pid 7 on hooks-1", "version": "0.1.0", "seenAt": "2026-11-25T09:00:00.000Z",
    "shards": [0, 1, 2, 3]})))]
pub struct Node {
    #[schema(max_length = 300)]
    name: String,
    #[schema(max_length = 100)]
    version: String,
    /// By the database's clock.
    #[schema(value_type = texts::Time)]
    seen_at: String,
    #[schema(max_items = 256)]
    shards: Vec<i16>,
}

impl From<Seen> for Node {
    fn from(seen: Seen) -> Self {
        let Seen { name, version, seen_at, shards, .. } = seen;
        Self { name, version, seen_at: time(seen_at), shards }
    }
}

/// Actors of all nodes; those of others as of a few seconds ago.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Actors {
    /// Of endpoints that have work.
    #[schema(examples(12))]
    endpoints: usize,
    /// Endpoints of whom only probes are sent.
    #[schema(examples(1))]
    breakers_open: usize,
    /// Requests that endpoints have not answered, and answers that are not recorded.
    #[schema(examples(3))]
    in_flight: usize,
}

/// How many there are, by status.
#[derive(Serialize, ToSchema)]
pub struct Endpoints {
    #[schema(examples(140))]
    active: usize,
    #[schema(examples(2))]
    paused: usize,
    #[schema(examples(3))]
    disabled: usize,
    #[schema(examples(1))]
    failed: usize,
}

/// What waits, at the last look of a few seconds ago. Null: nobody could look.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Backlog {
    /// In the queue, to be handed out: messages, each of up to 64 deliveries that were published together.
    #[schema(required, examples(40))]
    ready: Option<u64>,
    /// In the queue, retries whose time has not come.
    #[schema(required, examples(7))]
    scheduled: Option<u64>,
    /// Messages handed out, of which not every delivery is done with.
    #[schema(required, examples(3))]
    in_flight: Option<u64>,
    /// Deliveries in the ledger alone, of endpoints that cannot take them now.
    #[schema(examples(900))]
    spilled: u64,
}

/// Show how the instance stands
///
/// The nodes with their shards, the actors, the endpoints, and what waits, of all nodes together. How the stores answer is what
/// the node that is asked finds.
#[utoipa::path(get, path = "/status", tag = "status", operation_id = "getStatus",
    extensions(("x-permission" = json!("manage-tenants"))),
    responses((status = 200, description = "How it stands", body = Status), ReadingAll))]
pub async fn get(Given(state): Given<State>, caller: Caller, _: NoQuery) -> Result<Response, Problem> {
    caller.may(Permission::ManageTenants)?;
    let nodes = ownership::nodes(&state.pool).await?;
    let (me, mut counts) = (state.control.node(), state.directory.registry().counts());
    nodes.iter().filter(|node| node.id != me).for_each(|other| counts += other.counts);
    let (health, endpoints) = (state.control.health(), state.directory.counts());
    let of = |status: OfEndpoint| endpoints.get(&status).copied().unwrap_or_default();
    Ok(answer(
        StatusCode::OK,
        &Status {
            at: time(state.now()),
            version: env!("CARGO_PKG_VERSION"),
            stores: Stores { ledger: health.word("ledger"), queue: health.word("queue") },
            nodes: nodes.into_iter().map(Node::from).collect(),
            actors: Actors {
                endpoints: counts.actors,
                breakers_open: counts.breakers_open,
                in_flight: counts.in_flight,
            },
            endpoints: Endpoints {
                active: of(OfEndpoint::Active),
                paused: of(OfEndpoint::Paused),
                disabled: of(OfEndpoint::Disabled),
                failed: of(OfEndpoint::Failed),
            },
            backlog: Backlog {
                ready: counts.depth.map(|depth| depth.ready),
                scheduled: counts.depth.map(|depth| depth.scheduled),
                in_flight: counts.depth.map(|depth| depth.in_flight),
                spilled: counts.spilled,
            },
        },
    ))
}
