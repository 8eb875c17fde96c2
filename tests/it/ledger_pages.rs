//! Filtered listings against a Postgres with more rows than a page may look at: each page looks at so many and no more,
//! and the next one goes on right behind them, so that nothing is missed and nothing comes twice.

use std::sync::LazyLock;
use std::time::Duration;

use domain::delivery::Status;
use domain::endpoint::Status as EndpointStatus;
use domain::id::{EndpointId, EventId};
use hookyard::ledger::admin::deliveries::{self, Cursor};
use hookyard::ledger::admin::{endpoints, events};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::support::ledger::{World, now, world};

/// As the API's document says.
const LOOKED_AT: usize = 20_000;
/// Counted from the newest, the places of rows that are looked for: the last one a first page looks at, the first one a
/// second page does, and the oldest of all.
const WANTED: [usize; 3] = [LOOKED_AT, LOOKED_AT + 1, ROWS];
const ROWS: usize = 2 * LOOKED_AT + 5000;
/// What each page finds, and the last place it looked at where there is more.
const PAGES: [(usize, Option<usize>); 3] =
    [(WANTED[0], Some(LOOKED_AT)), (WANTED[1], Some(2 * LOOKED_AT)), (WANTED[2], None)];

/// The time in every row's id, a minute ago: read once, so that rows of several tables meet.
static MADE_AT: LazyLock<u64> = LazyLock::new(|| {
    let at = now() - Duration::from_mins(1);
    u64::try_from(at.unix_timestamp_nanos() / 1_000_000).expect("after 1970")
});

/// The id of the row that `n` says; rows are numbered from the oldest.
fn id() -> String {
    format!("('{:012x}' || lpad(to_hex(n), 20, '0'))::uuid", *MADE_AT)
}

fn place_of(id: Uuid) -> usize {
    let number = id.as_u128() & 0xffff_ffff;
    ROWS + 1 - number as usize
}

/// Rows of a table, out of `n` and whether the row `is_wanted`.
async fn fill(world: &World, table_and_columns: &str, values: &str) {
    let wanted: Vec<String> = WANTED.iter().map(|place| (ROWS + 1 - place).to_string()).collect();
    let statement = format!(
        "insert into {table_and_columns} select {values}
         from (select n, n in ({}) as is_wanted from generate_series(1, {ROWS}) n) rows",
        wanted.join(", ")
    );
    let filled = sqlx::query(AssertSqlSafe(statement)).execute(&world.pool).await.unwrap();
    assert_eq!(filled.rows_affected(), ROWS as u64);
    // As it would be by itself a while later.
    sqlx::query("analyze").execute(&world.pool).await.unwrap();
}

async fn fill_events(world: &World) {
    let id = id();
    let values = format!(
        "{id}, 'acme', case when is_wanted then 'order.wanted' else 'order.other' end, now(), 0, '1'"
    );
    fill(world, "events (id, tenant, type, occurred_at, source, data)", &values).await;
}

async fn fill_deliveries(world: &World, endpoint: EndpointId) {
    let id = id();
    let values = format!("{id}, '{}', n, 3, 0", endpoint.0);
    fill(world, "deliveries (event_id, endpoint_id, position, status, reason)", &values).await;
    let values = format!(
        "{id}, '{}', 'acme', case when is_wanted then 'order.wanted' else 'order.other' end, n, 3, 0, 4",
        endpoint.0
    );
    let columns = "troubled (event_id, endpoint_id, tenant, type, position, status, reason, attempts)";
    fill(world, columns, &values).await;
}

#[tokio::test]
async fn events_of_a_pattern() {
    let world = world().await;
    fill_events(&world).await;
    let filter = events::Filter { pattern: Some("*.wanted".parse().unwrap()), ..events::Filter::default() };
    let mut before: Option<EventId> = None;
    for (found, last) in PAGES {
        let page = events::list(&world.pool, &world.tenant, &filter, before, 10).await.unwrap();
        let places: Vec<usize> = page.events.iter().map(|event| place_of(event.id.0)).collect();
        assert_eq!((places, page.next.map(|next| place_of(next.0))), (vec![found], last));
        before = page.next;
    }
}

#[tokio::test]
async fn deliveries_whatever_the_way() {
    let world = world().await;
    let endpoint = world.endpoint("order.>").await;
    fill_events(&world).await;
    fill_deliveries(&world, endpoint).await;
    let pattern = Some("order.wanted".parse().unwrap());
    let of_type = deliveries::Filter { pattern, ..deliveries::Filter::default() };
    let of_endpoint = deliveries::Filter { endpoint: Some(endpoint), ..of_type.clone() };
    let status = Some(Status::Dead);
    let dead = deliveries::Filter { status, ..of_type.clone() };
    let dead_of_endpoint = deliveries::Filter { status, ..of_endpoint.clone() };
    for filter in [of_type, of_endpoint, dead, dead_of_endpoint] {
        let mut after: Option<Cursor> = None;
        for (found, last) in PAGES {
            let page = deliveries::list(&world.pool, &world.tenant, &filter, after, 10).await.unwrap();
            assert_page(&page, found, last);
            after = page.next;
        }
    }
}

#[track_caller]
fn assert_page(page: &deliveries::Page, found: usize, last: Option<usize>) {
    let places: Vec<usize> = page.deliveries.iter().map(|delivery| place_of(delivery.id.event.0)).collect();
    let next = page.next.map(|next| match next {
        Cursor::Delivery(event, _) => place_of(event.0),
        Cursor::Position(position) => ROWS + 1 - position as usize,
    });
    assert_eq!((places, next), (vec![found], last));
}

#[tokio::test]
async fn deliveries_of_another_status_and_of_another_endpoint() {
    let world = world().await;
    let (endpoint, other) = (world.endpoint("order.>").await, world.endpoint("order.>").await);
    fill_events(&world).await;
    fill_deliveries(&world, endpoint).await;
    // Nothing fits: a page says so after as many rows as it may look at.
    let skipped = deliveries::Filter { status: Some(Status::Skipped), ..deliveries::Filter::default() };
    let of_other = deliveries::Filter {
        status: Some(Status::Dead),
        endpoint: Some(other),
        ..deliveries::Filter::default()
    };
    // What is in trouble of one endpoint is found without a look at that of others.
    for (filter, expected) in [(skipped, Some(LOOKED_AT)), (of_other, None)] {
        let page = deliveries::list(&world.pool, &world.tenant, &filter, None, 10).await.unwrap();
        let next = page.next.map(|next| match next {
            Cursor::Delivery(event, _) => place_of(event.0),
            Cursor::Position(_) => panic!("not along an endpoint"),
        });
        assert_eq!((page.deliveries.len(), next), (0, expected));
    }
}

#[tokio::test]
async fn endpoints_by_whatever_they_are() {
    let world = world().await;
    let id = id();
    let values = format!(
        "{id}, 'acme', case when is_wanted then 'The wanted one' else 'Other' end, 'https://example.com/',
         case when is_wanted then 'u_1' else 'u_2' end, case when is_wanted then 1 else 0 end, 'X-', 1, 1, 1, '[\"0s\"]',
         0, 1"
    );
    let columns = "endpoints (id, tenant, name, url, user_id, status, header_prefix, max_in_flight, timeout_ms, \
        max_retries, retry_schedule, auto_disable_min_duration_ms, version)";
    fill(&world, columns, &values).await;
    let values = format!("{id}, case when is_wanted then 'order.>' else 'user.*' end, 0");
    fill(&world, "subscriptions (endpoint_id, pattern, ordinal)", &values).await;
    let none = endpoints::Filter::default;
    for filter in [
        endpoints::Filter { text: Some("WANTED".to_owned()), ..none() },
        endpoints::Filter { user_id: Some("u_1".to_owned()), ..none() },
        endpoints::Filter { status: Some(EndpointStatus::Paused), ..none() },
        endpoints::Filter { event: Some("order.paid.late".to_owned()), ..none() },
    ] {
        let mut before: Option<EndpointId> = None;
        for (found, last) in PAGES {
            let page = endpoints::list(&world.pool, &world.tenant, &filter, before, 10).await.unwrap();
            let places: Vec<usize> = page.endpoints.iter().map(|endpoint| place_of(endpoint.id.0)).collect();
            assert_eq!((places, page.next.map(|next| place_of(next.0))), (vec![found], last), "{filter:?}");
            before = page.next;
        }
    }
    let page = endpoints::list(&world.pool, &world.tenant, &none(), None, 2).await.unwrap();
    let places: Vec<usize> = page.endpoints.iter().map(|endpoint| place_of(endpoint.id.0)).collect();
    assert_eq!((places, page.next.map(|next| place_of(next.0))), (vec![1, 2], Some(2)));
}
