//! What the ledger promises an ordered endpoint, and what it keeps of an endpoint's condition, against a real Postgres.

use std::time::Duration;

use actors::ports::{Ledger as _, Owed, Posted, Posting, Reference};
use domain::breaker::Pause;
use domain::delivery::Reason;
use domain::endpoint::{Condition, Failures, RateLimit, Status as EndpointStatus};
use domain::id::{EndpointId, EventId};
use domain::matching::Pattern;
use domain::verdict::Verdict;
use hookyard::ledger::admin::endpoints::{self, Created, Settings};
use sqlx::Row as _;
use time::OffsetDateTime;

use crate::support::ledger::{World, now, record, settings, world};
use crate::support::wait;

/// An instant as Postgres keeps it.
fn instant(from_now: time::Duration) -> OffsetDateTime {
    let at = now() + from_now;
    at.replace_microsecond(at.microsecond()).unwrap()
}

/// How many sessions wait for a lock of this kind.
async fn waiting(world: &World, kind: &str) -> i64 {
    let count = "select count(*) from pg_locks where locktype = $1 and not granted";
    sqlx::query(count).bind(kind).fetch_one(&world.pool).await.unwrap().get(0)
}

fn numbered(world: &World, count: usize, owed: &[EndpointId]) -> Vec<Posting> {
    // The ids go down while the postings go on: it is not by them that positions are given.
    let made_at = |at: usize| now() - Duration::from_millis(at as u64);
    (0..count).map(|at| world.posting("a", &format!("key-{at}"), made_at(at), owed)).collect()
}

#[tokio::test]
async fn positions_follow_the_order_of_the_postings() {
    let world = world().await;
    let (ordered, other) = (world.endpoint("a").await, world.endpoint("a").await);
    let postings = numbered(&world, 200, &[other, ordered]);
    let mut owed = world.post(&postings, &[ordered]).await;
    owed.sort_by_key(|reference| reference.position);
    let expected: Vec<(EventId, EndpointId)> = postings
        .iter()
        .flat_map(|posting| [other, ordered].map(|endpoint| (posting.event.id, endpoint)))
        .collect();
    let found: Vec<_> = owed.iter().map(|owed| (owed.delivery.event, owed.delivery.endpoint)).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_an_ordered_endpoint_is_owed_becomes_visible_in_the_order_of_positions() {
    let world = world().await;
    let (ordered, other) = (world.endpoint("a").await, world.endpoint("a").await);
    let version = world.ledger.changes_since(-1).await.unwrap().version;
    let [first, second, third] = [(0, ordered), (1, ordered), (2, other)]
        .map(|(at, owed)| world.posting("a", &format!("key-{at}"), now(), &[owed]));
    // The first to come draws its position, and then has to wait for this transaction: it wrote the same delivery.
    let mut obstacle = world.pool.begin().await.unwrap();
    sqlx::query("insert into deliveries (event_id, endpoint_id) values ($1, $2)")
        .bind(first.event.id.0)
        .bind(ordered.0)
        .execute(&mut *obstacle)
        .await
        .unwrap();
    let post = |posting: Posting, ordered: Vec<EndpointId>| {
        let ledger = world.ledger.clone();
        tokio::spawn(async move {
            match ledger.post(&[posting], &ordered, version).await.unwrap() {
                Posted::Committed { owed, .. } => owed[0].position,
                Posted::Stale => panic!("the version is the ledger's"),
            }
        })
    };
    let first = post(first, vec![ordered]);
    let obstructed = async || waiting(&world, "transactionid").await;
    wait::until("the first to have its position", obstructed, |waiting| *waiting == 1).await;
    let second = post(second, vec![ordered]);
    let queued = async || waiting(&world, "advisory").await;
    wait::until("the second to wait for the first", queued, |waiting| *waiting == 1).await;
    // What has no order goes by.
    let third = post(third, Vec::new()).await.unwrap();
    assert!(world.ledger.owed_in_order(ordered, 0, 10).await.unwrap().owed.is_empty());
    obstacle.rollback().await.unwrap();
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert!(first < third && third < second, "{first} {third} {second}");
}

#[tokio::test]
async fn nobody_waits_for_the_order_of_a_directory_that_is_behind() {
    let world = world().await;
    let ordered = world.endpoint("a").await;
    let posting = world.posting("a", "key", now(), &[ordered]);
    let posted = world.ledger.post(&[posting], &[ordered], 0).await.unwrap();
    assert!(matches!(posted, Posted::Stale), "{posted:?}");
}

#[tokio::test]
async fn more_ordered_endpoints_than_postgres_has_locks_for_are_posted_to() {
    let world = world().await;
    let ordered: Vec<EndpointId> = (0..20_000_u128).map(|at| EndpointId(uuid::Uuid::from_u128(at))).collect();
    let postings = numbered(&world, 1, &ordered);
    assert_eq!(world.post(&postings, &ordered).await.len(), ordered.len());
}

/// Six deliveries by position: 0 and 3 are retried in an hour, 1 is delivered, the others were never tried.
async fn six(world: &World, endpoint: EndpointId) -> (Vec<Reference>, OffsetDateTime) {
    let leases = world.own().await;
    let owed = world.post(&numbered(world, 6, &[endpoint]), &[endpoint]).await;
    let due = instant(time::Duration::hours(1));
    let retry = Verdict::Retry { at: due };
    let records = [(0, retry), (1, Verdict::Delivered), (3, retry)]
        .map(|(at, verdict)| record(owed[at], 1, verdict, Condition::default()));
    world.ledger.record(&records, &leases).await.unwrap();
    (owed, due)
}

#[tokio::test]
async fn an_ordered_endpoint_reads_by_position_retries_before_their_time_included() {
    let world = world().await;
    let endpoint = world.endpoint("a").await;
    let (owed, due) = six(&world, endpoint).await;
    let read = async |from: i64, limit| {
        let page = world.ledger.owed_in_order(endpoint, from, limit).await.unwrap();
        let place = |read: &Owed| owed.iter().position(|owed| owed.delivery == read.delivery).unwrap();
        for read in &page.owed {
            let retried = [0, 3].contains(&place(read));
            assert_eq!(read.due, retried.then_some(due));
            assert_eq!((read.position, read.progress.attempts), (owed[place(read)].position, retried.into()));
        }
        (page.owed.iter().map(place).collect::<Vec<_>>(), page.next)
    };
    let position = |at: usize| owed[at].position;
    assert_eq!(read(0, 10).await, (vec![0, 2, 3, 4, 5], None));
    // Full: there may be more. What was never tried and lies below `from` is not asked for; a retry always is.
    assert_eq!(read(0, 5).await, (vec![0, 2, 3, 4, 5], Some(position(5) + 1)));
    assert_eq!(read(0, 2).await, (vec![0, 2], Some(position(2) + 1)));
    assert_eq!(read(position(2) + 1, 2).await, (vec![0, 3], Some(position(3) + 1)));
    assert_eq!(read(position(5), 10).await, (vec![0, 3, 5], None));
    assert_eq!(read(position(5), 2).await, (vec![0, 3], Some(position(5))));
    // Another's is not in it, and read as they fall due there is no time to wait for.
    assert!(world.ledger.owed_in_order(world.endpoint("a").await, 0, 10).await.unwrap().owed.is_empty());
    let page = world.ledger.owed(endpoint, 0, due, 10).await.unwrap();
    assert_eq!((page.owed.len(), page.owed.iter().find_map(|owed| owed.due)), (5, None));
}

#[tokio::test]
async fn the_lowest_pending_is_what_was_never_tried_since_the_watermark() {
    let world = world().await;
    let (one, other, idle) =
        (world.endpoint("a").await, world.endpoint("a").await, world.endpoint("a").await);
    let (owed, _) = six(&world, one).await;
    let day = time::Duration::days(1);
    let [of_other, late] = [day, time::Duration::ZERO].map(|ago| {
        let key = format!("other-{ago}");
        world.posting("a", &key, now() - ago, &[other])
    });
    let of_other = world.post(&[of_other, late], &[]).await;
    let lowest = async |watermark: OffsetDateTime| {
        sqlx::query("update shards set watermark = $1 where shard = 2")
            .bind(watermark)
            .execute(&world.pool)
            .await
            .unwrap();
        let lowest = world.ledger.lowest_pending(&[one, other, idle]).await.unwrap();
        assert!(!lowest.contains_key(&idle));
        [one, other].map(|endpoint| lowest.get(&endpoint).copied())
    };
    // The lowest of all shards counts.
    let expected = [Some(owed[2].position), Some(of_other[0].position)];
    assert_eq!(lowest(now() - day - time::Duration::minutes(1)).await, expected);
    let expected = [Some(owed[2].position), Some(of_other[1].position)];
    assert_eq!(lowest(now() - time::Duration::hours(1)).await, expected);
    sqlx::query("update shards set watermark = $1").bind(now() + day).execute(&world.pool).await.unwrap();
    assert_eq!(lowest(now() + day).await, [None, None]);
    assert!(world.ledger.lowest_pending(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_made_after_the_clock_was_set_back_is_found() {
    let world = world().await;
    let endpoint = world.endpoint("a").await;
    let leases = world.own().await;
    let (hour, minute) = (time::Duration::hours(1), time::Duration::minutes(1));
    let overdue = async |now| world.ledger.overdue(now - minute, now - minute, &leases).await.unwrap();
    // The clock is an hour ahead, until it is noticed.
    assert!(overdue(now() + hour).await.is_empty());
    assert!(overdue(now()).await.is_empty());
    let late = world.posting("a", "late", now(), &[endpoint]);
    let owed = world.post(&[late], &[]).await;
    let found = overdue(now() + 2 * minute).await;
    assert_eq!(found.iter().map(|found| found.untried.clone()).collect::<Vec<_>>(), [[owed[0].position]]);
}

async fn condition(world: &World, endpoint: EndpointId) -> Condition {
    let conditions = world.ledger.conditions().await.unwrap();
    assert!(conditions.iter().all(|(_, condition)| *condition != Condition::default()));
    conditions.into_iter().find(|(id, _)| *id == endpoint).map(|(_, condition)| condition).unwrap_or_default()
}

#[tokio::test]
async fn the_condition_is_that_of_the_last_record_until_it_starts_clean() {
    let world = world().await;
    let endpoint = world.endpoint("a").await;
    let leases = world.own().await;
    let owed = world.post(&numbered(&world, 3, &[endpoint]), &[]).await;
    assert_eq!(condition(&world, endpoint).await, Condition::default());
    let failing = |consecutive| Condition {
        failures: Failures { consecutive, since: Some(instant(time::Duration::minutes(-1))) },
        pause: Some(Pause {
            until: instant(time::Duration::seconds(7)),
            length: Duration::from_millis(7_500),
        }),
        hold_until: Some(instant(time::Duration::hours(2))),
    };
    let dead = Verdict::DeadLetter(Reason::Exhausted);
    let (former, last) = (failing(1), failing(2));
    let records = [record(owed[0], 1, dead, former), record(owed[1], 1, dead, last)];
    world.ledger.record(&records, &leases).await.unwrap();
    assert_eq!(condition(&world, endpoint).await, last);
    // What is written already changes nothing.
    world.ledger.record(&records[..1], &leases).await.unwrap();
    assert_eq!(condition(&world, endpoint).await, last);
    world.set_status(endpoint, EndpointStatus::Paused).await;
    world.set_status(endpoint, EndpointStatus::Active).await;
    assert_eq!(condition(&world, endpoint).await, last);
    world.set_status(endpoint, EndpointStatus::Disabled).await;
    world.set_status(endpoint, EndpointStatus::Active).await;
    assert_eq!(condition(&world, endpoint).await, Condition::default());
    // Delivered, its breaker closes.
    let owed = world.post(&[world.posting("a", "again", now(), &[endpoint])], &[]).await;
    world.ledger.record(&[record(owed[0], 1, Verdict::Retry { at: now() }, last)], &leases).await.unwrap();
    assert_eq!(condition(&world, endpoint).await, last);
    let delivered = record(owed[0], 2, Verdict::Delivered, Condition::default());
    world.ledger.record(&[delivered], &leases).await.unwrap();
    assert_eq!(condition(&world, endpoint).await, Condition::default());
}

#[tokio::test]
async fn the_directory_knows_limits_and_order() {
    let world = world().await;
    let read = async |settings: Settings| {
        let patterns = settings.patterns.clone();
        let created = world.try_endpoint(&settings).await;
        let Created::Done(made) = created else { panic!("{created:?}") };
        assert_eq!(endpoints::get(&world.pool, &world.tenant, made.id).await.unwrap(), Some(*made.clone()));
        assert_eq!(made.settings, settings);
        let changes = world.ledger.changes_since(-1).await.unwrap();
        let (known, _) = changes.endpoints.iter().find(|(known, _)| known.id == made.id).unwrap();
        assert_eq!(known.patterns.iter().map(Pattern::as_str).collect::<Vec<_>>(), patterns);
        (known.rate_limit, known.ordered, known.secrets.len())
    };
    let numbers = Settings { max_requests_per_minute: 7, burst: 3, ..settings("a") };
    assert_eq!(read(numbers.clone()).await, (None, false, 1));
    let patterns = ["z.>", "a.*", "m"].map(str::to_owned).to_vec();
    let on = Settings { rate_limit_enabled: true, ordered: true, patterns, ..numbers };
    let limit = RateLimit { per_minute: 7.try_into().unwrap(), burst: 3.try_into().unwrap() };
    assert_eq!(read(on).await, (Some(limit), true, 1));
}
