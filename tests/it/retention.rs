//! Days: made ahead, dropped when their time is over and nothing in them is owed any more.

use std::time::Duration;

use hookyard::ledger::partitions::{drop_old, make_ahead};
use hookyard::ledger::{Ledger, Retention};

use crate::support::ledger::{World, now, world};

const DAY: Duration = Duration::from_hours(24);
const RETENTION: Retention =
    Retention { finished: Duration::from_hours(30 * 24), unfinished: Duration::from_hours(60 * 24) };

async fn count(ledger: &Ledger, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&ledger.pool).await.unwrap()
}

async fn with_one_event(finished: bool) -> World {
    let world = world().await;
    let endpoint = world.endpoint(">").await;
    world.publish(&["order.created"], &[endpoint]).await;
    if finished {
        sqlx::query("update deliveries set status = 2").execute(&world.pool).await.unwrap();
    }
    world
}

#[tokio::test]
async fn a_finished_day_is_dropped_when_it_is_old_enough() {
    let world = with_one_event(true).await;
    assert_eq!(drop_old(&world.pool, now() + 29 * DAY, RETENTION).await.unwrap(), Vec::<String>::new());
    assert_eq!(count(&world.ledger, "select count(*) from events").await, 1);
    let dropped = drop_old(&world.pool, now() + 31 * DAY, RETENTION).await.unwrap();
    let today = now().date().to_string().replace('-', "");
    assert!(dropped.contains(&today), "{dropped:?}");
    for table in
        ["select count(*) from events", "select count(*) from deliveries", "select count(*) from dedupe"]
    {
        assert_eq!(count(&world.ledger, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn what_is_owed_keeps_its_day_until_it_is_given_up() {
    let world = with_one_event(false).await;
    let today = now().date().to_string().replace('-', "");
    let dropped = drop_old(&world.pool, now() + 40 * DAY, RETENTION).await.unwrap();
    assert!(!dropped.contains(&today), "{dropped:?}");
    assert_eq!(count(&world.ledger, "select count(*) from deliveries where status = 0").await, 1);
    let dropped = drop_old(&world.pool, now() + 62 * DAY, RETENTION).await.unwrap();
    assert!(dropped.contains(&today), "{dropped:?}");
}

#[tokio::test]
async fn days_to_come_are_made_once() {
    let world = world().await;
    let later = now() + 20 * DAY;
    assert!(make_ahead(&world.pool, later).await.unwrap() > 0);
    assert_eq!(make_ahead(&world.pool, later).await.unwrap(), 0);
}
