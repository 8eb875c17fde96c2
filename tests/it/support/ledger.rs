//! A ledger with one tenant, and what happens to it, without the service around.

use std::collections::BTreeMap;
use std::time::Duration;

use actors::ports::{Clock as _, Close, Ledger as _, Posted, Posting, Record, Reference, Report};
use domain::attempt::AttemptRecord;
use domain::channels::Channels;
use domain::endpoint::{Condition, Kind, Status as EndpointStatus};
use domain::event::{Event, EventKey, Source, dedupe_hash};
use domain::format::Format;
use domain::id::{DeliveryId, EndpointId, EventId, KeyId};
use domain::lease::{Lease, NodeId};
use domain::outcome::{Ending, Outcome, Sign};
use domain::retry::Schedule;
use domain::signature::{Signatures, SigningKey};
use domain::tenant::{Role, TenantId};
use domain::verdict::Verdict;
use hookyard::chance;
use hookyard::clock::SystemClock;
use hookyard::ledger::admin::act::{Act, By};
use hookyard::ledger::admin::deliveries::{self, Cursor};
use hookyard::ledger::admin::endpoints::{self, Changed, Created, Limits, NewKey, NewSecret, Settings};
use hookyard::ledger::admin::{keys, tenants};
use hookyard::ledger::ownership::{self, Node, Sharing};
use hookyard::ledger::{Error, Ledger, Options};
use hookyard::servers::Postgres;
use hookyard::vault::Sealed;
use serde_json::value::RawValue;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::servers::{self, Housed};

pub const LIMITS: Limits = Limits { per_tenant: 50, per_user: 5 };

pub struct World {
    pub ledger: Ledger,
    pub pool: PgPool,
    pub tenant: TenantId,
    pub server: Housed<Postgres>,
}

pub fn now() -> OffsetDateTime {
    SystemClock.now()
}

pub async fn world() -> World {
    let server = servers::postgres().await;
    let options = Options {
        url: server.url(),
        max_connections: 8,
        statement_timeout: Duration::from_secs(20),
        dedupe_window: Duration::from_hours(1),
    };
    let ledger = Ledger::open(&options).unwrap();
    ledger.migrate().await.unwrap();
    let tenant: TenantId = "acme".parse().unwrap();
    let world = World { pool: ledger.pool.clone(), ledger, tenant, server };
    world.make_tenant(&world.tenant, "Acme").await.unwrap();
    world
}

pub fn tenant_settings(name: &str) -> tenants::Settings {
    tenants::Settings {
        name: name.to_owned(),
        max_deliveries_per_second: None,
        max_endpoints: None,
        max_endpoints_per_user: None,
        paused: false,
    }
}

pub fn settings(pattern: &str) -> Settings {
    Settings {
        name: "Orders".to_owned(),
        url: "https://example.com/hook".to_owned(),
        user_id: None,
        status: EndpointStatus::Active,
        patterns: vec![pattern.to_owned()],
        filter: None,
        channels: Channels::default(),
        kind: Kind::Http,
        sealed_url: None,
        format: Format::default(),
        template: None,
        templates: BTreeMap::new(),
        custom_headers: BTreeMap::from([("X-Env".to_owned(), "prod".to_owned())]),
        header_prefix: "X-Webhook-".to_owned(),
        rate_limit_enabled: false,
        max_requests_per_minute: 60,
        burst: 10,
        max_in_flight: 8,
        ordered: false,
        timeout_ms: 15_000,
        max_retries: 3,
        retry_schedule: Schedule::default(),
        auto_disable_after: Some(20),
        auto_disable_min_duration: Duration::from_hours(1),
        signatures: Signatures::V1,
        auth: None,
    }
}

pub fn secret(hint: &str) -> NewSecret {
    let sealed = Sealed { bytes: vec![7; 40], key_id: "a".to_owned() };
    let key = NewKey { sealed: sealed.clone(), public: SigningKey::from_seed(&[7; 32]).public() };
    NewSecret { sealed, hint: hint.to_owned(), key }
}

/// Who acts, where it does not matter.
pub fn by() -> By {
    By::command_line(now())
}

/// Whichever version it is.
pub const ANY: fn(i64) -> Result<(), Error> = |_| Ok(());

impl World {
    pub async fn act(&self) -> Act {
        Act::begin(&self.pool, &by()).await.unwrap()
    }

    pub async fn make_tenant(&self, id: &TenantId, name: &str) -> Option<tenants::Tenant> {
        let mut act = self.act().await;
        let made = tenants::create(&mut act, id, &tenant_settings(name)).await.unwrap();
        act.commit().await.unwrap();
        made
    }

    pub async fn make_key(
        &self,
        secret: &str,
        tenant: Option<&TenantId>,
        role: Role,
        expires_at: Option<OffsetDateTime>,
    ) -> Option<keys::Key> {
        let mut act = self.act().await;
        let id = KeyId::new(now(), chance::bytes());
        let key = keys::NewKey { id, tenant, name: "made by hand", role, secret, expires_at };
        let made = keys::create(&mut act, key).await.unwrap();
        act.commit().await.unwrap();
        made
    }

    pub async fn rotate(
        &self,
        id: EndpointId,
        secret: &NewSecret,
        overlap: Duration,
    ) -> Option<endpoints::Endpoint> {
        let mut act = self.act().await;
        let rotated = endpoints::rotate_secret(&mut act, &self.tenant, id, secret, overlap).await.unwrap();
        act.commit().await.unwrap();
        rotated
    }

    pub async fn retry(&self, tenant: &TenantId, id: DeliveryId) -> deliveries::Retried {
        let mut act = self.act().await;
        let retried = deliveries::retry(&mut act, tenant, id).await.unwrap();
        act.commit().await.unwrap();
        retried
    }

    pub async fn try_endpoint(&self, settings: &Settings) -> Created {
        let id = EndpointId::new(now(), chance::bytes());
        let mut act = self.act().await;
        let created = endpoints::create(&mut act, &self.tenant, id, settings, &secret("aaaa"), LIMITS).await;
        act.commit().await.unwrap();
        created.unwrap()
    }

    pub async fn endpoint(&self, pattern: &str) -> EndpointId {
        let created = self.try_endpoint(&settings(pattern)).await;
        let Created::Done(endpoint) = created else { panic!("{created:?}") };
        endpoint.id
    }

    pub async fn set_status(&self, id: EndpointId, status: EndpointStatus) -> endpoints::Endpoint {
        let decide =
            |before: &endpoints::Endpoint| Ok::<_, ()>(Settings { status, ..before.settings.clone() });
        let by = by();
        let changed = endpoints::change(&self.pool, &by, &self.tenant, id, decide, None, LIMITS);
        let changed = changed.await.unwrap();
        let Changed::Done(endpoint) = changed else { panic!("{changed:?}") };
        *endpoint
    }

    /// Publishes events of these types, each owed to all of the endpoints.
    pub async fn publish(&self, types: &[&str], owed: &[EndpointId]) -> Vec<EventId> {
        let posting = |(at, event_type): (usize, &&str)| {
            // Ascending, so that the order of a page is known.
            let made_at = now() - Duration::from_millis(1000 - at as u64);
            self.posting(event_type, &format!("{event_type}-{at}"), made_at, owed)
        };
        let postings: Vec<Posting> = types.iter().enumerate().map(posting).collect();
        self.post(&postings, &[]).await;
        postings.iter().map(|posting| posting.event.id).collect()
    }

    pub fn posting(
        &self,
        event_type: &str,
        key: &str,
        made_at: OffsetDateTime,
        owed: &[EndpointId],
    ) -> Posting {
        let event = Event {
            id: EventId::new(made_at, chance::bytes()),
            tenant: self.tenant.clone(),
            key: Some(EventKey::parse(key).unwrap()),
            event_type: event_type.parse().unwrap(),
            channels: Channels::default(),
            occurred_at: now(),
            expires_at: None,
            source: Source::Http,
            data: RawValue::from_string(r#"{"z":1.10,"a":null}"#.to_owned()).unwrap(),
            inbound: None,
            cloud_event: None,
            trace: None,
        };
        Posting {
            event,
            dedupe: Some(dedupe_hash(&self.tenant, key)),
            same_body: None,
            came_at: made_at,
            deliver_at: None,
            endpoints: owed.to_vec(),
        }
    }

    /// Posts what is new, by what the ledger knows now; answers with what is owed.
    pub async fn post(&self, postings: &[Posting], ordered: &[EndpointId]) -> Vec<Reference> {
        let version = self.ledger.changes_since(-1).await.unwrap().version;
        match self.ledger.post(postings, ordered, version).await.unwrap() {
            Posted::Committed { owed, fresh } => {
                assert!(fresh.iter().all(|fresh| *fresh));
                owed
            }
            Posted::Stale => panic!("the version is the ledger's"),
        }
    }

    /// Every shard, owned from now on.
    pub async fn own(&self) -> Vec<Lease> {
        ownership::shards(&self.pool, 4).await.unwrap();
        let id = NodeId(uuid::Uuid::from_u128(1));
        let ownership = self.ledger.ownership(Node { id, name: "this test".to_owned(), version: "0" });
        let all = |sharing: &Sharing| sharing.shards.iter().map(|(shard, _)| *shard).collect();
        ownership.take(all).await.unwrap()
    }

    pub async fn delivery(&self, event: EventId, endpoint: EndpointId) -> deliveries::Delivery {
        let id = DeliveryId { event, endpoint };
        deliveries::get(&self.pool, &self.tenant, id).await.unwrap().unwrap().delivery
    }

    pub async fn walk(&self, filter: &deliveries::Filter, limit: usize) -> Vec<DeliveryId> {
        let (mut found, mut after): (_, Option<Cursor>) = (Vec::new(), None);
        loop {
            let page = deliveries::list(&self.pool, &self.tenant, filter, after, limit).await.unwrap();
            assert!(page.deliveries.len() <= limit);
            found.extend(page.deliveries.iter().map(|delivery| delivery.id));
            match page.next {
                Some(next) => after = Some(next),
                None => return found,
            }
        }
    }
}

/// Attempt `number` at a delivery, judged.
pub fn record(reference: Reference, number: u32, verdict: Verdict, condition: Condition) -> Record {
    let outcome = if verdict == Verdict::Delivered { Outcome::Succeeded } else { Outcome::HttpError };
    let attempt = AttemptRecord {
        number,
        started_at: now(),
        duration_ms: 1,
        outcome,
        url: "https://example.com/hook".to_owned(),
        request_headers: Vec::new(),
        request_body: None,
        response: None,
        error: (outcome != Outcome::Succeeded).then(|| "the endpoint answered 500".to_owned()),
    };
    let ending = Ending { outcome, status: None, retry_after: None, sign: Sign::None };
    Record {
        delivery: reference.delivery,
        position: reference.position,
        number,
        report: Some(Report { attempt: attempt.into(), ending, trace_id: None }),
        close: Close::Verdict(verdict),
        condition,
        disable: None,
        at: now(),
    }
}
