//! Listings look no further than they have to.

use std::time::Duration;

use domain::delivery::Status;
use domain::endpoint::Status as EndpointStatus;
use hookyard::ledger::admin::deliveries::{self, Filter};
use hookyard::ledger::admin::{Made, SCAN_ROWS_MAX};

use crate::support::ledger::{now, world};

#[tokio::test]
async fn dead_letters_of_one_endpoint_are_not_looked_for_among_all_others() {
    let world = world().await;
    let (one, other) = (world.endpoint("a").await, world.endpoint("a").await);
    world.publish(&["a"], &[one]).await;
    world.set_status(one, EndpointStatus::Disabled).await;
    // Newer, and as many as a page may look at.
    sqlx::query(
        "insert into troubled (event_id, endpoint_id, tenant, type, position, status, attempts)
         select (left(uuid_at(now() + interval '1 minute')::text, 24) || lpad(to_hex(n), 12, '0'))::uuid, $1, 'acme',
             'a', n, 3, 1 from generate_series(1, $2) n",
    )
    .bind(other.0)
    .bind(SCAN_ROWS_MAX as i64)
    .execute(&world.pool)
    .await
    .unwrap();
    let filter = Filter { status: Some(Status::Dead), endpoint: Some(one), ..Filter::default() };
    let page = deliveries::list(&world.pool, &world.tenant, &filter, None, 10).await.unwrap();
    assert_eq!(page.deliveries.iter().map(|found| found.id.endpoint).collect::<Vec<_>>(), [one]);
    assert!(page.next.is_none());
}

#[tokio::test]
async fn a_walk_along_an_endpoint_ends_where_all_is_too_old() {
    let world = world().await;
    let endpoint = world.endpoint("a").await;
    let old = now() - Duration::from_hours(2);
    let second = Duration::from_secs(1);
    for (key, made_at) in [("old-1", old), ("old-2", old + second), ("new-1", now()), ("new-2", now())] {
        world.post(&[world.posting("a", key, made_at, &[endpoint])], &[]).await;
    }
    let made = Made { since: Some(now() - Duration::from_hours(1)), until: None };
    let filter = Filter { endpoint: Some(endpoint), made, ..Filter::default() };
    let page = deliveries::list(&world.pool, &world.tenant, &filter, None, 2).await.unwrap();
    assert_eq!(page.deliveries.len(), 2);
    assert!(page.next.is_none(), "it would look at what is older");
    // A backfill: it is owed last, and is older than what is asked for.
    world.post(&[world.posting("a", "old-3", old + 2 * second, &[endpoint])], &[]).await;
    let page = deliveries::list(&world.pool, &world.tenant, &filter, None, 2).await.unwrap();
    assert_eq!((page.deliveries.len(), page.next), (2, None));
    let made = Made { since: None, until: Some(now() - Duration::from_hours(1)) };
    let filter = Filter { made, ..filter };
    let page = deliveries::list(&world.pool, &world.tenant, &filter, None, 2).await.unwrap();
    let keys: Vec<&str> = page.deliveries.iter().map(|found| found.event_id.as_str()).collect();
    assert_eq!((keys, page.next.is_some()), (vec!["old-3", "old-2"], true));
}
