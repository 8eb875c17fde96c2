//! HTTP out: one attempt at a time, made to whoever an endpoint's URL names.
//!
//! The receiver is taken for hostile. Promised: only addresses that the policy allows are connected to, and the one
//! connected to is the one that was vetted; one deadline covers name, connection, headers and body; a bounded part
//! of the answer is read. Redirects, cookies, proxies from the environment, compression and a way round certificate
//! checks do not exist here.
//! Left out: what an outcome means, retries, signatures. No webhook leaves but through here.

mod capped;
mod client;
mod connector;
mod failure;
pub mod reach;
mod resolver;
mod retry_after;
#[cfg(test)]
mod tests;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use bytes::Bytes;
use domain::address::{EndpointUrl, Policy};
pub use http::header::{HeaderMap, HeaderName, HeaderValue};

pub use self::{client::Egress, failure::Failure, retry_after::RetryAfter};

/// What egress is told at start.
#[derive(Clone, Debug)]
pub struct EgressConfig {
    pub policy: Policy,
    /// A PEM file of authorities trusted besides the system's.
    pub extra_ca_file: Option<PathBuf>,
    /// DNS servers; empty: the system's resolver.
    pub nameservers: Vec<SocketAddr>,
    /// The part of an attempt that connecting may take.
    pub connect_timeout: Duration,
    /// An unused connection is closed after this.
    pub pool_idle: Duration,
    /// Unused connections kept to one host.
    pub pool_idle_per_host: usize,
    /// What is read and kept of an answer's body.
    pub response_max_bytes: usize,
}

/// Why egress cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read extra authorities {path}")]
    ExtraCa {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("parse extra authorities {path}: {wrong}")]
    ExtraCaFormat { path: PathBuf, wrong: String },
    #[error("build resolver: {0}")]
    Resolver(String),
    #[error("set up tls")]
    Tls(#[from] rustls::Error),
}

/// One POST.
#[derive(Clone, Debug)]
pub struct Request {
    pub url: EndpointUrl,
    /// Headers of the connection and of the body's framing are dropped from these: they are egress's to set.
    pub headers: HeaderMap,
    pub body: Bytes,
    /// From resolving the name to the end of the answer.
    pub timeout: Duration,
}

/// What came of a request. When it started is the caller's to note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    pub duration: Duration,
    pub result: Result<Response, Failure>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// In order, those that are not UTF-8 with replacement characters, up to 100 and a total of 16 KiB.
    pub headers: Vec<(String, String)>,
    /// As sent, still encoded if it was; at most `response_max_bytes`.
    pub body: Bytes,
    /// Whether the body went on.
    pub truncated: bool,
    pub retry_after: Option<RetryAfter>,
}
