//! The limits along the way of an event: in, through the queue, out, recorded, looked after, forgotten.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use domain::inbound::Kind;
use domain::retry::{Schedule, WAIT_MAX, WAITS_MAX};
use domain::signature::Secret as Signing;
use domain::span::Span;
use domain::tenant::TenantId;
use ipnet::IpNet;

use super::reader::Reader;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// Events of one request: as many have to fit into what may wait.
const PENDING_MIN: u64 = 1_000;

#[derive(Clone, Debug)]
pub struct Queue {
    pub shards: u16,
    pub max_ack_pending: u32,
    pub ack_wait: Span,
    pub dedupe_window: Span,
    pub pull_batch: u32,
    pub retries_at_once: usize,
}

impl Queue {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            shards: from.count("queue.shards", 1..=256),
            max_ack_pending: from.count("queue.max_ack_pending", 1..=1_000_000),
            ack_wait: from.span("queue.ack_wait", SECOND..=HOUR),
            dedupe_window: from.span("queue.dedupe_window", SECOND..=HOUR),
            pull_batch: from.count("queue.pull_batch", 1..=10_000),
            retries_at_once: from.count("queue.retries_at_once", 1..=100_000),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Intake {
    pub batch_max: usize,
    pub batch_deliveries_max: usize,
    pub fanout_max: usize,
    pub pause: Span,
    pub dedupe_window: Span,
    pub deliver_at_max: Span,
    pub pending_max: usize,
    pub pending_bytes_max: usize,
}

impl Intake {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            batch_max: from.count("intake.batch_max", 1..=10_000),
            batch_deliveries_max: from.count("intake.batch_deliveries_max", 1..=1_000_000),
            fanout_max: from.count("intake.fanout_max", 1..=1_000_000),
            pause: from.span("intake.pause", Duration::ZERO..=Duration::from_secs(1)),
            dedupe_window: from.span("intake.dedupe_window", MINUTE..=90 * DAY),
            deliver_at_max: from.span("intake.deliver_at_max", SECOND..=400 * DAY),
            pending_max: from.count("intake.pending_max", PENDING_MIN..=1_000_000),
            pending_bytes_max: from.count("intake.pending_bytes_max", 1 << 20..=1 << 40),
        }
    }
}

/// What an endpoint gets where it does not say otherwise.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub retry_schedule: Schedule,
    pub max_retries: u32,
    pub timeout_ms: u32,
    pub max_in_flight: u32,
    pub rate_limit_enabled: bool,
    pub max_requests_per_minute: u32,
    pub burst: u32,
    pub hand_extra: u32,
    pub wait_in_hand: Span,
    /// 0: never.
    pub auto_disable_after: u32,
    pub auto_disable_min_duration: Span,
    pub idle_stop: Span,
}

/// As for an endpoint by the API.
const IN_FLIGHT_MAX: u64 = 256;

impl Delivery {
    pub(super) fn read(from: &mut Reader) -> Self {
        let key = "delivery.retry_schedule";
        let right =
            format!("give 1 to {WAITS_MAX} spans of at most {WAIT_MAX}, like [\"0s\", \"1m\", \"5m\"]");
        let waits: Vec<Span> = from.list(key, &right, |text| text.parse().ok());
        let retry_schedule = Schedule::list(waits).unwrap_or_else(|error| {
            from.refuse(key, error.to_string(), right);
            Schedule::default()
        });
        Self {
            retry_schedule,
            max_retries: from.count("delivery.max_retries", 0..=100),
            timeout_ms: from.count("delivery.timeout_ms", 100..=600_000),
            max_in_flight: from.count("delivery.max_in_flight", 1..=IN_FLIGHT_MAX),
            rate_limit_enabled: from.flag("delivery.rate_limit_enabled"),
            max_requests_per_minute: from.count("delivery.max_requests_per_minute", 1..=1_000_000),
            burst: from.count("delivery.burst", 1..=100_000),
            hand_extra: from.count("delivery.hand_extra", 0..=10_000),
            wait_in_hand: from
                .span("delivery.wait_in_hand", Duration::from_millis(0)..=Duration::from_secs(30)),
            auto_disable_after: from.count("delivery.auto_disable_after", 0..=1_000_000),
            auto_disable_min_duration: from
                .span("delivery.auto_disable_min_duration", Duration::ZERO..=30 * DAY),
            idle_stop: from.span("delivery.idle_stop", SECOND..=DAY),
        }
    }
}

/// When an endpoint is left alone, and for how long.
#[derive(Clone, Debug)]
pub struct Breaker {
    pub failures: u32,
    pub deliveries: u32,
    pub pause_first: Span,
    /// At least `pause_first`.
    pub pause_longest: Span,
}

impl Breaker {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            failures: from.count("breaker.failures", 1..=1_000_000),
            deliveries: from.count("breaker.deliveries", 1..=1_000),
            pause_first: from.span("breaker.pause_first", Duration::from_millis(10)..=DAY),
            pause_longest: from.span("breaker.pause_longest", Duration::from_millis(10)..=DAY),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Egress {
    pub allow_cidrs: Vec<IpNet>,
    pub ports_denied: Vec<u16>,
    pub extra_ca_file: Option<PathBuf>,
    pub timeout_ms_max: u32,
    pub response_max_bytes: usize,
    pub nameservers: Vec<SocketAddr>,
    pub connect_timeout: Span,
    pub pool_idle: Span,
    pub pool_idle_per_host: usize,
}

const DNS_PORT: u16 = 53;

impl Egress {
    pub(super) fn read(from: &mut Reader) -> Self {
        let nameserver =
            |text: &str| text.parse().ok().or_else(|| Some(SocketAddr::new(text.parse().ok()?, DNS_PORT)));
        Self {
            allow_cidrs: from
                .list("egress.allow_cidrs", "give ranges like [\"10.0.0.0/8\"]", |text| text.parse().ok()),
            ports_denied: from.counts("egress.ports_denied", 1..=65_535),
            extra_ca_file: from.path("egress.extra_ca_file"),
            timeout_ms_max: from.count("egress.timeout_ms_max", 100..=600_000),
            response_max_bytes: from.count("egress.response_max_bytes", 0..=1 << 20),
            nameservers: from.list(
                "egress.nameservers",
                "give addresses like [\"9.9.9.9\", \"10.0.0.2:5353\"]",
                nameserver,
            ),
            connect_timeout: from.span("egress.connect_timeout", Duration::from_millis(10)..=MINUTE),
            pool_idle: from.span("egress.pool_idle", SECOND..=HOUR),
            pool_idle_per_host: from.count("egress.pool_idle_per_host", 0..=10_000),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Limits {
    pub endpoints_per_tenant: u32,
    pub endpoints_per_user: u32,
    pub replays_per_tenant: u32,
    pub sources_per_tenant: u32,
    /// Of one key, publishing aside. 0: any number.
    pub requests_per_minute: u32,
    /// 0: any number.
    pub publishes_per_minute: u32,
    pub streams: usize,
    pub streams_per_tenant: usize,
    pub streams_per_key: usize,
}

impl Limits {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            endpoints_per_tenant: from.count("limits.endpoints_per_tenant", 1..=1_000_000),
            endpoints_per_user: from.count("limits.endpoints_per_user", 1..=1_000_000),
            replays_per_tenant: from.count("limits.replays_per_tenant", 1..=10_000),
            sources_per_tenant: from.count("limits.sources_per_tenant", 1..=10_000),
            requests_per_minute: from.count("limits.requests_per_minute", 0..=10_000_000),
            publishes_per_minute: from.count("limits.publishes_per_minute", 0..=10_000_000),
            streams: from.count("limits.streams", 0..=100_000),
            streams_per_tenant: from.count("limits.streams_per_tenant", 0..=100_000),
            streams_per_key: from.count("limits.streams_per_key", 0..=100_000),
        }
    }
}

/// The source of webhooks that needs no API.
#[derive(Clone, Debug)]
pub struct Github {
    pub secret: Signing,
    pub tenant: TenantId,
    pub per_minute: u32,
}

impl Github {
    /// `None` where neither secret nor tenant is set.
    pub(super) fn read(from: &mut Reader) -> Option<Self> {
        let (key, right) = (
            "inbound.github.secret",
            "give the 16 to 128 characters that GitHub has, without spaces at the ends",
        );
        let written = from.secret(key);
        let secret = written.as_ref().and_then(|written| Kind::Github.secret(written.expose()).ok());
        if written.is_some() && secret.is_none() {
            from.refuse(key, "the secret (not shown) is none", right);
        }
        let wrong = "give a tenant's id, like acme";
        let tenant = from.optional("inbound.github.tenant", wrong, |text| text.parse::<TenantId>().ok());
        let per_minute = from.count("inbound.github.per_minute", 1..=100_000);
        match (written.is_some(), tenant.is_some()) {
            (true, false) => from.refuse(
                "inbound.github.tenant",
                "there is a secret, and nobody whose events they are",
                wrong,
            ),
            (false, true) => from.refuse(key, "there is a tenant, and no secret", right),
            (true, true) | (false, false) => {}
        }
        Some(Self { secret: secret?, tenant: tenant?, per_minute })
    }
}

#[derive(Clone, Debug)]
pub struct Retention {
    pub days: u32,
    /// At least `days`.
    pub unfinished_days: u32,
    pub payload_days: u32,
    pub attempts_days: u32,
    pub audit_log_days: u32,
    pub statistics_days: u32,
    pub unroutable_days: u32,
}

impl Retention {
    pub(super) fn read(from: &mut Reader) -> Self {
        let days = from.count("retention.days", 1..=3650);
        let mut own = |key| match from.count(key, 0..=3650) {
            0 => days,
            own => own,
        };
        Self {
            days,
            payload_days: own("retention.payload_days"),
            attempts_days: own("retention.attempts_days"),
            audit_log_days: own("retention.audit_log_days"),
            statistics_days: own("retention.statistics_days"),
            unroutable_days: own("retention.unroutable_days"),
            unfinished_days: from.count("retention.unfinished_days", 1..=3650),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Recorder {
    pub batch_max: usize,
    pub pause: Span,
}

impl Recorder {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            batch_max: from.count("recorder.batch_max", 1..=10_000),
            pause: from.span("recorder.pause", Duration::ZERO..=Duration::from_secs(1)),
        }
    }
}

/// How often an actor may die.
#[derive(Clone, Debug)]
pub struct Supervision {
    pub restarts_max: u32,
    pub window: Span,
    pub backoff_first: Span,
    /// At least `backoff_first`.
    pub backoff_longest: Span,
    pub rest: Span,
}

impl Supervision {
    pub(super) fn read(from: &mut Reader) -> Self {
        let wait = Duration::from_millis(1)..=MINUTE;
        Self {
            restarts_max: from.count("supervision.restarts_max", 0..=1_000),
            window: from.span("supervision.window", SECOND..=DAY),
            backoff_first: from.span("supervision.backoff_first", wait.clone()),
            backoff_longest: from.span("supervision.backoff_longest", wait),
            rest: from.span("supervision.rest", SECOND..=HOUR),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Audit {
    pub grace: Span,
    pub endpoints_per_second: usize,
}

impl Audit {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self {
            grace: from.span("audit.grace", SECOND..=HOUR),
            endpoints_per_second: from.count("audit.endpoints_per_second", 1..=1_000_000),
        }
    }
}
