//! Payloads that go before their events: an old day is written anew without them, and takes the old one's place.
//!
//! Promises: nothing that is written meanwhile is lost, since writers of that
//! day wait, and readers do not; it is all or nothing, so a round that was cut short leaves nothing behind. Leaves out: whether
//! the day still owes something, and what attempts recorded of requests and answers.
//!
//! (Blanking rows in place wrote each of them twice, and left a day larger than it was for as long as it stood.)

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use super::Error;
use super::admin::lowest_id;
use super::partitions::{LOCK_WAIT, bounds};

/// On a day's table of events.
const MARK: &str = "without payloads";
/// Between two tries to take a day's place, which others have for themselves.
const SWAP_PAUSE: Duration = Duration::from_millis(500);
const SWAP_TRIES: u32 = 20;

/// Whether this was not done to a day yet.
pub(super) async fn are_there(conn: &mut PgConnection, day: &str) -> Result<bool, Error> {
    let there = sqlx::query_scalar!(
        r#"
        select exists (select from pg_inherits where inhrelid = to_regclass('events_' || $1))
            and obj_description(to_regclass('events_' || $1), 'pg_class') is distinct from $2 as "there!"
        "#,
        day,
        MARK,
    );
    Ok(there.fetch_one(conn).await?)
}

/// Takes the payloads out of a day that owes nothing. Answers with how many events it has.
pub(super) async fn expire(conn: &mut PgConnection, day: &str) -> Result<u64, Error> {
    let (from, to) = bounds(day)?;
    let (from, to) = (lowest_id(from), lowest_id(to));
    let mut tx = conn.begin().await?;
    let table = format!("events_{day}");
    let slim = format!("{table}_slim");
    sqlx::query(LOCK_WAIT).execute(&mut *tx).await?;
    run(&mut tx, format!("lock table {table} in share mode")).await?;
    run(&mut tx, format!("create table {slim} (like events including all, {})", within(from, to))).await?;
    let columns = columns(&mut tx).await?;
    let without = columns.iter().map(|column| match column.as_str() {
        "data" => "null",
        "inbound" => "(inbound::jsonb - 'rawBody')::text",
        other => other,
    });
    let without = without.collect::<Vec<_>>().join(", ");
    let columns = columns.join(", ");
    let copy = format!("insert into {slim} ({columns}) select {without} from {table} order by id");
    let events = run(&mut tx, copy).await?;
    swap(&mut tx, &table, &slim, from, to).await?;
    run(&mut tx, format!("comment on table {table} is '{MARK}'")).await?;
    tx.commit().await?;
    run(conn, format!("vacuum (analyze) {table}")).await?;
    Ok(events)
}

/// The bound of the partition, so that attaching it needs no look at its rows.
fn within(from: Uuid, to: Uuid) -> String {
    format!("constraint within check (id >= '{from}' and id < '{to}')")
}

/// Of events, as they are after whatever migration.
async fn columns(conn: &mut PgConnection) -> Result<Vec<String>, Error> {
    let columns = sqlx::query_scalar!(
        r#"
        select quote_ident(attname) as "name!" from pg_attribute
        where attrelid = 'events'::regclass and attnum > 0 and not attisdropped order by attnum
        "#
    );
    Ok(columns.fetch_all(conn).await?)
}

/// Tries until nobody is in the way; the copy is not made twice for that.
async fn swap(conn: &mut PgConnection, table: &str, slim: &str, from: Uuid, to: Uuid) -> Result<(), Error> {
    for tried in 1.. {
        let mut step = conn.begin().await?;
        match run(&mut step, format!("alter table events detach partition {table}")).await {
            Ok(_) => {
                run(&mut step, format!("drop table {table}")).await?;
                run(&mut step, format!("alter table {slim} rename to {table}")).await?;
                let attach = format!(
                    "alter table events attach partition {table} for values from ('{from}') to ('{to}')"
                );
                run(&mut step, attach).await?;
                run(&mut step, format!("alter table {table} drop constraint within")).await?;
                step.commit().await?;
                return Ok(());
            }
            Err(error) if tried == SWAP_TRIES => return Err(error),
            Err(_) => step.rollback().await?,
        }
        tokio::time::sleep(SWAP_PAUSE).await;
    }
    Ok(())
}

/// Names of tables cannot be arguments. A day is eight digits, by the pattern it was found with; a bound is an id.
async fn run(conn: &mut PgConnection, sql: String) -> Result<u64, Error> {
    Ok(sqlx::query(AssertSqlSafe(sql)).execute(conn).await?.rows_affected())
}
