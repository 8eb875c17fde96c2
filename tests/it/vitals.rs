//! What one node tells of the ledger once a minute.

use hookyard::ledger::vitals::vitals;
use time::{Duration, OffsetDateTime};

use crate::support::ledger::{World, now, world};

/// A key, as days from now: made, last used, and at its end.
async fn key(world: &World, made: i64, used: Option<i64>, ends: Option<i64>) -> Option<OffsetDateTime> {
    let at = |days| now() + Duration::days(days);
    sqlx::query(
        "insert into keys (id, tenant, name, role, hash, prefix, created_at, expires_at, last_used_at, version)
         values (gen_random_uuid(), 'acme', 'key', 1, uuid_send(gen_random_uuid()), 'hy_', $1, $2, $3, 0)",
    )
    .bind(at(made))
    .bind(ends.map(at))
    .bind(used.map(at))
    .execute(&world.pool)
    .await
    .unwrap();
    vitals(&world.pool, now()).await.unwrap().key_expiry
}

#[tokio::test]
async fn the_key_that_somebody_would_miss_first() {
    let world = world().await;
    let days = |expiry: OffsetDateTime| (expiry - now()).whole_hours().div_euclid(24) + 1;
    assert_eq!(key(&world, -100, Some(0), None).await, None, "without an end");
    assert_eq!(key(&world, -100, Some(-1), Some(-1)).await, None, "over");
    assert_eq!(key(&world, -100, None, Some(2)).await, None, "never used");
    assert_eq!(key(&world, -100, Some(-8), Some(2)).await, None, "not used any more");
    assert_eq!(key(&world, -5, Some(0), Some(3)).await, None, "made for a short time");
    assert_eq!(key(&world, -100, Some(-2), Some(20)).await.map(days), Some(20));
    assert_eq!(key(&world, -100, Some(0), Some(9)).await.map(days), Some(9));
    assert_eq!(key(&world, -100, Some(0), Some(30)).await.map(days), Some(9));
}

#[tokio::test]
async fn the_lowest_watermark_and_the_size() {
    let world = world().await;
    let settled = now().replace_nanosecond(0).unwrap() - Duration::hours(1);
    assert_eq!(vitals(&world.pool, now()).await.unwrap().watermark, None, "nobody has ever started");
    let shards = "insert into shards (shard, watermark) values (0, now()), (1, $1), (2, now())";
    sqlx::query(shards).bind(settled).execute(&world.pool).await.unwrap();
    let seen = vitals(&world.pool, now()).await.unwrap();
    assert_eq!(seen.watermark, Some(settled));
    let size: i64 = sqlx::query_scalar("select pg_database_size(current_database())")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    // It may have grown between the two.
    assert!(seen.bytes > 1_000_000 && seen.bytes <= size as u64, "{seen:?}");
}
