use actors::ports::{Close, Report};
use actors::registry::Registry;
use domain::attempt::AttemptRecord;
use domain::delivery::Reason;
use domain::endpoint::Condition;
use domain::id::EventId;
use domain::outcome::{Ending, Sign};
use domain::verdict::{Disable, Verdict};
use uuid::Uuid;

use super::*;

fn live(limits: Limits) -> Arc<Live> {
    let directory = Directory::new(Arc::new(Registry::default()));
    Arc::new(Live::new(Arc::new(directory), limits, CancellationToken::new()))
}

fn key(number: u128) -> KeyId {
    KeyId(Uuid::from_u128(number))
}

pub(super) fn tenant(id: &str) -> TenantId {
    id.parse().unwrap()
}

pub(super) fn record(number: u32, close: Close) -> Record {
    let attempt = AttemptRecord {
        number,
        started_at: OffsetDateTime::UNIX_EPOCH,
        duration_ms: 7,
        outcome: Outcome::HttpError,
        url: "https://example.com/".to_owned(),
        request_headers: Vec::new(),
        request_body: None,
        response: None,
        error: Some("the endpoint answered 500".to_owned()),
    };
    let ending =
        Ending { outcome: Outcome::HttpError, status: Some(500), retry_after: None, sign: Sign::None };
    Record {
        delivery: DeliveryId { event: EventId(Uuid::from_u128(1)), endpoint: endpoint(1) },
        position: 1,
        number,
        report: Some(Report { attempt: attempt.into(), ending, trace_id: None }),
        close,
        condition: Condition::default(),
        disable: None,
        at: OffsetDateTime::UNIX_EPOCH,
    }
}

fn endpoint(number: u128) -> EndpointId {
    EndpointId(Uuid::from_u128(number))
}

const ROOM: Limits = Limits { per_key: 2, per_tenant: 3, all: 4 };
pub(super) const DEAD: Close = Close::Verdict(Verdict::DeadLetter(Reason::Exhausted));

fn tell(live: &Live, record: &Record) {
    live.tell_tenant(&tenant("acme"), record.delivery.endpoint, || Seen::of(record));
}

#[tokio::test]
async fn each_tenant_is_told_of_its_own_and_a_filter_of_one_endpoint() {
    let live = live(ROOM);
    let mut all = live.watch(key(1), tenant("acme"), None).unwrap();
    let mut other_endpoint = live.watch(key(1), tenant("acme"), Some(endpoint(2))).unwrap();
    let mut other_tenant = live.watch(key(2), tenant("other"), None).unwrap();
    tell(&live, &record(1, DEAD));
    tell(&live, &Record { report: None, ..record(2, DEAD) });
    assert_eq!(all.next().await.iter().map(|seen| seen.number).collect::<Vec<_>>(), [1]);
    assert!(other_endpoint.receiver.try_recv().is_err() && other_tenant.receiver.try_recv().is_err());
}

#[tokio::test]
async fn a_slow_one_misses_some_and_learns_how_many() {
    let live = live(ROOM);
    let mut watch = live.watch(key(1), tenant("acme"), None).unwrap();
    for number in 0..BUFFER as u32 + 3 {
        tell(&live, &record(number, DEAD));
    }
    assert_eq!((watch.missed(), watch.missed()), (3, 0));
    assert_eq!(watch.next().await.len(), BUFFER);
}

#[test]
fn there_are_no_more_than_may_be_until_one_ends() {
    let live = live(ROOM);
    let watch = |number| live.watch(key(number), tenant("acme"), None);
    let other = |number| live.watch(key(number), tenant("other"), None);
    let (first, _second) = (watch(1).unwrap(), watch(1).unwrap());
    assert_eq!(watch(1).err(), Some(Full::OfKey));
    let third = watch(2).unwrap();
    assert_eq!(watch(2).err(), Some(Full::OfTenant));
    let _others = other(3).unwrap();
    assert_eq!(other(3).err(), Some(Full::OfProcess));
    drop(first);
    assert!(watch(1).is_ok());
    drop(third);
    assert!(watch(2).is_ok());
}

#[test]
fn of_an_endpoint_that_is_not_known_yet_it_is_told_later() {
    let live = live(ROOM);
    let mut watch = live.watch(key(1), tenant("acme"), None).unwrap();
    let attempts = vec![Seen::of(&record(1, DEAD)).unwrap()];
    let told = Told { tenant: tenant("acme"), missed: 2, attempts };
    let left = live.hear(told.clone());
    assert_eq!(left, Some(Told { missed: 0, ..told }));
    assert!(watch.receiver.try_recv().is_err());
    assert_eq!(watch.missed(), 2, "said once");
}

#[test]
fn what_follows_from_an_attempt_is_said_in_a_word() {
    let at = OffsetDateTime::UNIX_EPOCH;
    let of = |close, disable| {
        let seen = Seen::of(&Record { disable, ..record(1, close) }).unwrap();
        (seen.verdict, seen.status.as_str(), seen.next_attempt_at)
    };
    assert_eq!(of(Close::Verdict(Verdict::Delivered), None), ("delivered", "success", None));
    assert_eq!(of(Close::Verdict(Verdict::Retry { at }), None), ("retry", "retrying", Some(at)));
    assert_eq!(of(DEAD, None), ("dead_letter", "dead", None));
    assert_eq!(of(DEAD, Some(Disable::Gone("answered 410 gone"))), ("disable", "dead", None));
    assert_eq!(of(Close::Ended(Reason::EndpointDeleted), None), ("skipped", "skipped", None));
}
