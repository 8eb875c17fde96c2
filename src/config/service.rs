//! The service as others see it: what it listens on, and what it says.

use std::{net::SocketAddr, time::Duration};

use domain::span::Span;

use super::{reader::Reader, secret::Secret};

#[derive(Clone, Debug)]
pub struct Server {
    pub listen: SocketAddr,
    /// Without a trailing slash.
    pub base_url: Option<String>,
    pub operator_key: Option<Secret>,
    pub request_timeout: Span,
    pub header_timeout: Span,
    pub connections_max: usize,
    pub metrics_listen: Option<SocketAddr>,
    pub publish_body_max_bytes: usize,
    pub batch_body_max_bytes: usize,
    pub inbound_body_max_bytes: usize,
    pub body_max_bytes: usize,
    /// Of pages that may call the API from a browser.
    pub cors_origins: Vec<String>,
}

const OPERATOR_KEY_MIN_BYTES: usize = 16;
const ADDRESS: &str = "give an address and port, like 0.0.0.0:8013 or [::]:8013";
const ORIGINS: &str = "give origins like [\"https://app.example.com\"]: no path, no wildcard";
/// Bodies are held in memory whole.
const BODY_MAX_BYTES: u64 = 256 << 20;

impl Server {
    pub(super) fn read(from: &mut Reader) -> Self {
        let listen = from.optional("server.listen", ADDRESS, |text| text.parse().ok());
        if listen.is_none() {
            from.refuse("server.listen", "the service has to listen somewhere", ADDRESS);
        }
        let listen = listen.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
        let base_url =
            from.optional("server.base_url", "give a URL like https://hooks.example.com", |text| {
                let url = url::Url::parse(text).ok()?;
                let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
                (matches!(url.scheme(), "http" | "https") && plain)
                    .then(|| text.trim_end_matches('/').to_owned())
            });
        let operator_key = from.secret("server.operator_key");
        if operator_key.as_ref().is_some_and(|key| key.expose().len() < OPERATOR_KEY_MIN_BYTES) {
            let right = format!("give at least {OPERATOR_KEY_MIN_BYTES} characters");
            from.refuse("server.operator_key", "the key is too short to withstand guessing", right);
        }
        Self {
            listen,
            base_url,
            operator_key,
            request_timeout: from
                .span("server.request_timeout", Duration::from_secs(1)..=Duration::from_hours(1)),
            header_timeout: from
                .span("server.header_timeout", Duration::from_secs(1)..=Duration::from_mins(10)),
            connections_max: from.count("server.connections_max", 1..=1_000_000),
            metrics_listen: from.optional("server.metrics_listen", ADDRESS, |text| text.parse().ok()),
            publish_body_max_bytes: from.count("server.publish_body_max_bytes", 1024..=BODY_MAX_BYTES),
            batch_body_max_bytes: from.count("server.batch_body_max_bytes", 1024..=BODY_MAX_BYTES),
            inbound_body_max_bytes: from.count("server.inbound_body_max_bytes", 1024..=BODY_MAX_BYTES),
            body_max_bytes: from.count("server.body_max_bytes", 1024..=BODY_MAX_BYTES),
            cors_origins: from.list("server.cors_origins", ORIGINS, origin),
        }
    }
}

/// An origin as browsers write it: scheme, host, and a port where it is not the scheme's own.
fn origin(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let is_one = matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text;
    is_one.then(|| text.to_owned())
}

#[derive(Clone, Debug)]
pub struct Bus {
    pub publish_accepted: bool,
}

impl Bus {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self { publish_accepted: from.flag("bus.publish_accepted") }
    }
}

#[derive(Clone, Debug)]
pub struct Chaos {
    pub enabled: bool,
}

impl Chaos {
    pub(super) fn read(from: &mut Reader) -> Self {
        Self { enabled: from.flag("chaos.enabled") }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, else JSON.
    Auto,
    Json,
    Text,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub format: LogFormat,
    /// In the syntax of `tracing_subscriber::EnvFilter`, and understood by it.
    pub filter: String,
}

impl Log {
    pub(super) fn read(from: &mut Reader) -> Self {
        let formats = [("auto", LogFormat::Auto), ("json", LogFormat::Json), ("text", LogFormat::Text)];
        let format = from.choice("log.format", formats);
        let right = "give directives like info,async_nats=warn";
        let filter = from.optional("log.filter", right, |text| {
            tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.to_owned())
        });
        Self { format, filter: filter.unwrap_or_else(|| "info".to_owned()) }
    }
}
