//! From settings to what each part wants to be told.

use std::num::NonZeroU32;
use std::time::Duration;

use actors::ports::Limits;
use actors::restarts;
use domain::address::Policy;
use domain::breaker;
use time::OffsetDateTime;

use super::http;
use crate::config::{Config, Postgres, Vault};
use crate::ledger::{Options, Retention, admin};
use crate::{api, bus, egress, live};

const DAY: Duration = Duration::from_hours(24);
/// The wait after an error of ours, where a store is away.
const ERROR_WAIT: Duration = Duration::from_secs(1);
/// Rows an endpoint's actor reads from the ledger at a time.
const OWED_BATCH: u32 = 256;
/// Events in one request.
const BATCH_EVENTS_MAX: usize = 1000;

pub fn ring(vault: &Vault) -> Vec<(String, [u8; 32])> {
    vault.keys.iter().map(|key| (key.id.clone(), *key.expose())).collect()
}

pub fn ledger(postgres: &Postgres, dedupe_window: Duration) -> Options {
    Options {
        url: postgres.url.expose().to_owned(),
        max_connections: postgres.max_connections,
        statement_timeout: postgres.statement_timeout.duration(),
        dedupe_window,
    }
}

/// For a command beside the service, which publishes nothing.
pub fn ledger_alone(postgres: &Postgres) -> Options {
    ledger(postgres, Duration::ZERO)
}

pub(super) fn http(config: &Config) -> http::Limits {
    let server = &config.server;
    http::Limits { header_timeout: server.header_timeout.duration(), connections_max: server.connections_max }
}

/// Of a configuration that was read then.
pub fn queue(config: &Config, shards: u16, read_at: OffsetDateTime) -> bus::Options {
    bus::Options {
        shards,
        replicas: config.nats.replicas,
        max_ack_pending: config.queue.max_ack_pending,
        ack_wait: config.queue.ack_wait.duration(),
        dedupe_window: config.queue.dedupe_window.duration(),
        sources: bus::Sources::new(config.sources.clone(), read_at),
    }
}

pub fn policy(config: &Config) -> Policy {
    Policy::new(config.egress.allow_cidrs.clone()).denying(config.egress.ports_denied.clone())
}

pub fn egress(config: &Config) -> egress::EgressConfig {
    let settings = &config.egress;
    egress::EgressConfig {
        policy: policy(config),
        extra_ca_file: settings.extra_ca_file.clone(),
        nameservers: settings.nameservers.clone(),
        connect_timeout: settings.connect_timeout.duration(),
        pool_idle: settings.pool_idle.duration(),
        pool_idle_per_host: settings.pool_idle_per_host,
        response_max_bytes: settings.response_max_bytes,
    }
}

pub fn limits(config: &Config) -> Limits {
    Limits {
        intake_batch_events: config.intake.batch_max,
        intake_batch_deliveries: config.intake.batch_deliveries_max,
        intake_pause: config.intake.pause.duration(),
        fanout_max: config.intake.fanout_max,
        pull_batch: config.queue.pull_batch as usize,
        retries_at_once: config.queue.retries_at_once,
        hand_extra: config.delivery.hand_extra,
        record_batch: config.recorder.batch_max,
        record_pause: config.recorder.pause.duration(),
        owed_batch: OWED_BATCH,
        supervision: restarts::Limits {
            restarts_max: config.supervision.restarts_max,
            window: config.supervision.window.duration(),
            backoff_first: config.supervision.backoff_first.duration(),
            backoff_longest: config.supervision.backoff_longest.duration(),
            rest: config.supervision.rest.duration(),
        },
        idle_stop: config.delivery.idle_stop.duration(),
        wait_in_hand: config.delivery.wait_in_hand.duration(),
        breaker: breaker::Limits {
            failures: config.breaker.failures,
            deliveries: config.breaker.deliveries,
            pause_first: config.breaker.pause_first.duration(),
            pause_longest: config.breaker.pause_longest.duration(),
        },
        error_wait: ERROR_WAIT,
    }
}

/// Often enough that what is lost is found within grace and five seconds.
pub fn audit_interval(config: &Config) -> Duration {
    config.audit.grace.duration().min(Duration::from_secs(4))
}

/// In one interval.
pub fn audit_endpoints_max(config: &Config) -> usize {
    config.audit.endpoints_per_second * audit_interval(config).as_secs().max(1) as usize
}

pub fn retention(config: &Config) -> Retention {
    let kept = &config.retention;
    Retention {
        finished: DAY * kept.days,
        unfinished: DAY * kept.unfinished_days,
        payloads: DAY * kept.payload_days,
        attempts: DAY * kept.attempts_days,
        audit_log: DAY * kept.audit_log_days,
        statistics: DAY * kept.statistics_days,
        unroutable: DAY * kept.unroutable_days,
    }
}

pub fn live(config: &Config) -> live::Limits {
    let limits = &config.limits;
    live::Limits {
        per_key: limits.streams_per_key,
        per_tenant: limits.streams_per_tenant,
        all: limits.streams,
    }
}

pub fn api(config: &Config) -> api::Settings {
    let (server, delivery) = (&config.server, &config.delivery);
    api::Settings {
        publish_body_max_bytes: server.publish_body_max_bytes,
        batch_body_max_bytes: server.batch_body_max_bytes,
        inbound_body_max_bytes: server.inbound_body_max_bytes,
        body_max_bytes: server.body_max_bytes,
        batch_events_max: BATCH_EVENTS_MAX,
        deliver_at_max: config.intake.deliver_at_max.duration(),
        pending_bytes_max: config.intake.pending_bytes_max,
        request_timeout: server.request_timeout.duration(),
        base_url: server.base_url.clone(),
        timeout_ms_max: config.egress.timeout_ms_max,
        cors_origins: server.cors_origins.clone(),
        requests_per_minute: NonZeroU32::new(config.limits.requests_per_minute),
        publishes_per_minute: NonZeroU32::new(config.limits.publishes_per_minute),
        limits: admin::endpoints::Limits {
            per_tenant: config.limits.endpoints_per_tenant,
            per_user: config.limits.endpoints_per_user,
        },
        replays_per_tenant: config.limits.replays_per_tenant,
        sources_per_tenant: config.limits.sources_per_tenant,
        github: config.github.clone().map(|github| api::GithubSource {
            tenant: github.tenant,
            secret: github.secret,
            per_minute: github.per_minute,
        }),
        delivery: api::DeliveryDefaults {
            retry_schedule: delivery.retry_schedule.clone(),
            max_retries: delivery.max_retries,
            timeout_ms: delivery.timeout_ms,
            max_in_flight: delivery.max_in_flight,
            rate_limit_enabled: delivery.rate_limit_enabled,
            max_requests_per_minute: delivery.max_requests_per_minute,
            burst: delivery.burst,
            auto_disable_after: Some(delivery.auto_disable_after).filter(|&after| after > 0),
            auto_disable_min_duration: delivery.auto_disable_min_duration.duration(),
        },
    }
}
