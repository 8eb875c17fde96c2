//! Days: made ahead, dropped when their time is over and nothing in them is owed any more.

use std::time::Duration;

use hookyard::ledger::partitions::{drop_old, make_ahead};
use hookyard::ledger::{Ledger, Retention};

use metrics_exporter_prometheus::PrometheusBuilder;
use sqlx::AssertSqlSafe;
use time::Date;

use crate::support::ledger::{World, now, world};
use crate::support::wait::until;

const DAY: Duration = Duration::from_hours(24);
const KEPT: Duration = Duration::from_hours(30 * 24);
const RETENTION: Retention = Retention {
    finished: KEPT,
    unfinished: Duration::from_hours(60 * 24),
    payloads: KEPT,
    attempts: KEPT,
    audit_log: KEPT,
    statistics: KEPT,
    unroutable: KEPT,
};

async fn count(ledger: &Ledger, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&ledger.pool).await.unwrap()
}

/// A ledger with one event, and the day it was made on: midnight may be near.
async fn with_one_event(finished: bool) -> (World, Date) {
    let world = world().await;
    let endpoint = world.endpoint(">").await;
    let event = world.publish(&["order.created"], &[endpoint]).await[0];
    if finished {
        sqlx::query("update deliveries set status = 2").execute(&world.pool).await.unwrap();
    }
    (world, event.made_at().date())
}

/// The name of a day, so many after this one.
fn name(day: Date, after: i64) -> String {
    (day + time::Duration::days(after)).to_string().replace('-', "")
}

#[tokio::test]
async fn a_finished_day_is_dropped_when_it_is_old_enough() {
    let (world, day) = with_one_event(true).await;
    assert_eq!(drop_old(&world.pool, now() + 29 * DAY, RETENTION).await.unwrap(), Vec::<String>::new());
    assert_eq!(count(&world.ledger, "select count(*) from events").await, 1);
    let dropped = drop_old(&world.pool, now() + 31 * DAY, RETENTION).await.unwrap();
    let today = name(day, 0);
    assert!(dropped.contains(&today), "{dropped:?}");
    for table in
        ["select count(*) from events", "select count(*) from deliveries", "select count(*) from dedupe"]
    {
        assert_eq!(count(&world.ledger, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn what_is_owed_keeps_its_day_until_it_is_given_up() {
    let (world, day) = with_one_event(false).await;
    let today = name(day, 0);
    let dropped = drop_old(&world.pool, now() + 40 * DAY, RETENTION).await.unwrap();
    assert!(!dropped.contains(&today), "{dropped:?}");
    assert_eq!(count(&world.ledger, "select count(*) from deliveries where status = 0").await, 1);
    let recorder = PrometheusBuilder::new().build_recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let dropped = drop_old(&world.pool, now() + 62 * DAY, RETENTION).await.unwrap();
    assert!(dropped.contains(&today), "{dropped:?}");
    let counted = recorder.handle().render();
    assert!(counted.contains("hookyard_dead_letters_total{reason=\"retention\"} 1"), "{counted}");
}

/// More than one chunk of rows, made today.
const MANY: i64 = 5_001;

async fn run(world: &World, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&world.pool).await.unwrap();
}

/// Tables of days that are left, by name.
async fn left(world: &World, days: &[&str]) -> Vec<String> {
    let days: Vec<String> = days.iter().map(|day| (*day).to_owned()).collect();
    sqlx::query_scalar(
        "select relname::text from pg_class
         where relkind = 'r' and right(relname::text, 8) = any($1) order by relname",
    )
    .bind(days)
    .fetch_all(&world.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn all_that_is_owed_is_given_up_and_all_of_its_trouble_forgotten() {
    let (world, day) = with_one_event(false).await;
    for table in [
        "deliveries (event_id, endpoint_id)",
        "troubled (event_id, endpoint_id, tenant, type, position, status, attempts)",
    ] {
        let more = if table.starts_with('t') { ", 'acme', 'a', n, 3, 1" } else { "" };
        run(&world, &format!("insert into {table} select uuid_at(now()), gen_random_uuid(){more} from generate_series(1, {MANY}) n")).await;
    }
    let dropped = drop_old(&world.pool, now() + 62 * DAY, RETENTION).await.unwrap();
    assert!(dropped.contains(&name(day, 0)), "{dropped:?}");
    assert_eq!(count(&world.ledger, "select count(*) from troubled").await, 0);
}

#[tokio::test]
async fn a_round_cut_short_is_finished_by_the_next() {
    let (world, day) = with_one_event(true).await;
    let (yesterday, today, tomorrow) = (name(day, -1), name(day, 0), name(day, 1));
    // Between the first table and the second; between the detach and the drop of the second; before the last.
    run(&world, &format!("drop table attempts_{yesterday}")).await;
    run(
        &world,
        &format!("drop table attempts_{today}; alter table deliveries detach partition deliveries_{today}"),
    )
    .await;
    run(&world, &format!("drop table attempts_{tomorrow}; drop table deliveries_{tomorrow}")).await;
    // Not what a round leaves behind; but no one table is the one that days are known by.
    let other = name(day, 2);
    run(&world, &format!("drop table events_{other}")).await;

    let dropped = drop_old(&world.pool, now() + 40 * DAY, RETENTION).await.unwrap();
    let days = [&*yesterday, &*today, &*tomorrow, &*other];
    assert!(days.iter().all(|day| dropped.iter().any(|one| one == day)), "{dropped:?}");
    assert_eq!(left(&world, &days).await, Vec::<String>::new());
    assert_eq!(drop_old(&world.pool, now() + 40 * DAY, RETENTION).await.unwrap(), Vec::<String>::new());
}

const PENDING: &str = "select count(*) from pg_inherits where inhdetachpending";

#[tokio::test]
async fn a_detach_cut_short_is_finalized() {
    // Owed, so that the day itself stays at first: its table must not be in the way of others all the same.
    let (world, day) = with_one_event(false).await;
    let today = name(day, 0);
    // A reader that a detach waits for.
    let mut reader = world.pool.begin().await.unwrap();
    sqlx::query("select from attempts").fetch_all(&mut *reader).await.unwrap();
    let mut detaching = world.pool.acquire().await.unwrap();
    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *detaching).await.unwrap();
    let detach = format!("alter table attempts detach partition attempts_{today} concurrently");
    let detach =
        tokio::spawn(async move { sqlx::query(AssertSqlSafe(detach)).execute(&mut *detaching).await });
    until("the detach to wait", async || count(&world.ledger, PENDING).await, |pending| *pending == 1).await;
    sqlx::query("select pg_cancel_backend($1)").bind(pid).execute(&world.pool).await.unwrap();
    assert!(detach.await.unwrap().is_err());
    reader.rollback().await.unwrap();
    assert_eq!(count(&world.ledger, PENDING).await, 1);

    let dropped = drop_old(&world.pool, now() + 40 * DAY, RETENTION).await.unwrap();
    assert!(dropped.contains(&name(day, -1)) && dropped.contains(&name(day, 1)), "{dropped:?}");
    assert!(!dropped.contains(&today), "{dropped:?}");
    assert_eq!(count(&world.ledger, PENDING).await, 0);
    run(&world, "update deliveries set status = 2").await;
    assert_eq!(drop_old(&world.pool, now() + 40 * DAY, RETENTION).await.unwrap(), [&*today]);
    assert_eq!(left(&world, &[&today]).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_day_that_cannot_go_holds_up_no_other() {
    let (world, day) = with_one_event(true).await;
    let (yesterday, today) = (name(day, -1), name(day, 0));
    run(&world, &format!("create view watched as select id from events_{yesterday}")).await;
    let dropped = drop_old(&world.pool, now() + 40 * DAY, RETENTION).await.unwrap();
    assert!(dropped.contains(&today) && !dropped.contains(&yesterday), "{dropped:?}");
    assert_eq!(left(&world, &[&yesterday, &today]).await, [format!("events_{yesterday}")]);
    run(&world, "drop view watched").await;
    assert_eq!(drop_old(&world.pool, now() + 40 * DAY, RETENTION).await.unwrap(), [yesterday]);
}

#[tokio::test]
async fn what_is_kept_by_no_day_goes_when_it_is_old_enough() {
    let (world, _) = with_one_event(false).await;
    let id = "(left(uuid_at(now())::text, 24) || lpad(to_hex(n), 12, '0'))::uuid";
    let rows = format!("from generate_series(1, {MANY}) n");
    run(
        &world,
        &format!(
            "insert into unroutable (id, source, subject, reason, payload) select {id}, 'nats', 's', 'r', '' {rows};
             insert into audit_log (id, key_name, action, subject, changed)
                 select {id}, 'hookyard', 'endpoint.failed', 'ep', '{{}}' {rows};
             insert into replays (id, tenant, filter, total, finished_at)
                 select {id}, 'acme', '{{}}', 0, case when n > 1 then now() end {rows};
             insert into endpoint_hours (endpoint_id, hour, tenant, outcomes, duration_ms, durations)
                 select {id}, now(), 'acme', '{{}}', 0, '{{}}' {rows};
             insert into dedupe (hash, event_id, expires_at)
                 select gen_random_uuid(), {id}, now() + interval '1 hour' {rows}"
        ),
    )
    .await;
    let counts = async || {
        let unroutable = count(&world.ledger, "select count(*) from unroutable").await;
        let replays = count(&world.ledger, "select count(*) from replays").await;
        let audited = count(&world.ledger, "select count(*) from audit_log").await;
        let hours = count(&world.ledger, "select count(*) from endpoint_hours").await;
        (unroutable, replays, audited, hours, count(&world.ledger, "select count(*) from dedupe").await)
    };
    drop_old(&world.pool, now() + 29 * DAY, RETENTION).await.unwrap();
    assert_eq!(counts().await, (MANY, MANY, MANY + 2, MANY, MANY + 1));
    // The day is still owed, so its keys stay; and so does the replay that is not through.
    drop_old(&world.pool, now() + 40 * DAY, RETENTION).await.unwrap();
    assert_eq!(counts().await, (0, 1, 0, 0, MANY + 1));
    run(&world, "update deliveries set status = 2").await;
    drop_old(&world.pool, now() + 40 * DAY, RETENTION).await.unwrap();
    assert_eq!(counts().await, (0, 1, 0, 0, 0));
}

#[tokio::test]
async fn days_to_come_are_made_once() {
    let world = world().await;
    let later = now() + 20 * DAY;
    assert!(make_ahead(&world.pool, later).await.unwrap() > 0);
    assert_eq!(make_ahead(&world.pool, later).await.unwrap(), 0);
}

#[tokio::test]
async fn what_has_a_time_of_its_own_goes_then() {
    let (world, _) = with_one_event(true).await;
    let audited = async || count(&world.ledger, "select count(*) from audit_log").await;
    let long = Retention { audit_log: 50 * DAY, ..RETENTION };
    let before = audited().await;
    assert!(before > 0);
    drop_old(&world.pool, now() + 40 * DAY, long).await.unwrap();
    assert_eq!(audited().await, before);
    drop_old(&world.pool, now() + 51 * DAY, long).await.unwrap();
    assert_eq!(audited().await, 0);
}
