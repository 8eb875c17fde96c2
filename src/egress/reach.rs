//! The way to a receiver without a request on it: whether a name is answered, and a connection made.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::address::EndpointUrl;
use http::Uri;
use tokio::time::{Instant, timeout};
use tower_service::Service as _;

use super::connector::{self, Allowance, Connector};
use super::resolver::{self, Lookup, Vetted};
use super::{EgressConfig, Error, Failure, client};

/// Nothing is read.
const NOTHING: Allowance = Allowance { http1_bytes: 1, http2_bytes: 1 };
/// A name for examples (RFC 2606). Names that cannot be, as those below `invalid`, the resolver answers by itself.
const ANY_NAME: &str = "example.com";

/// Resolves, connects, and sets TLS up, as an attempt would, and hangs up. Answers how long that took.
pub async fn reach(config: &EgressConfig, url: &EndpointUrl) -> Result<Result<Duration, Failure>, Error> {
    let policy = Arc::new(config.policy.clone());
    if let Err(refused) = policy.vet_url(url) {
        return Ok(Err(Failure::Blocked(refused.to_string())));
    }
    let resolver = Vetted { policy, scheme: url.scheme(), lookup: Lookup::new(&config.nameservers)? };
    let tls = connector::tls(&client::authorities(config)?)?;
    let mut connector = Connector::new(resolver, tls, config.connect_timeout, NOTHING);
    let Ok(uri) = url.as_url().as_str().parse::<Uri>() else {
        return Ok(Err(Failure::Protocol("the URL cannot be written as HTTP has it".to_owned())));
    };
    let started = Instant::now();
    let connected = connector.call(uri).await;
    Ok(connected.map(|_| started.elapsed()).map_err(|error| Failure::of(error.as_ref(), true)))
}

/// Whether a DNS server answers at all, within this time.
pub async fn answers(nameserver: SocketAddr, within: Duration) -> Result<bool, Error> {
    let lookup = Lookup::new(&[nameserver])?;
    let answer = timeout(within, lookup.addresses(ANY_NAME)).await;
    Ok(matches!(answer, Ok(Ok(_) | Err(resolver::Error::NotFound(_)))))
}
