//! The client: makes one attempt, to the end or to its deadline.

use std::{error::Error as StdError, sync::Arc};

use bytes::Bytes;
use domain::address::{Policy, Scheme};
use http::{
    Method, Uri,
    header::{
        CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, PROXY_AUTHORIZATION, TE, TRAILER,
        TRANSFER_ENCODING, UPGRADE,
    },
};
use http_body_util::Full;
use hyper_util::{
    client::legacy::{self, Client},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use tokio::time::Instant;

use super::{
    Attempted, EgressConfig, Error, Failure, Request, Response, capped,
    connector::{self, Allowance, Connector},
    resolver::{Lookup, Vetted},
};

/// Two clients, since a resolver is told a name but not the scheme, and plain http may go to fewer addresses.
pub struct Egress {
    http: Client<Connector, Full<Bytes>>,
    https: Client<Connector, Full<Bytes>>,
    policy: Arc<Policy>,
    response_max_bytes: usize,
}

/// Trusted besides the system's.
pub(super) type Authorities = Vec<CertificateDer<'static>>;

/// What a header map could do to the framing of requests or to the connection.
const OURS: [HeaderName; 9] =
    [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, TE, TRAILER, UPGRADE, EXPECT, PROXY_AUTHORIZATION];

/// One head, and what is read of a body at once: so much an attempt may cost of memory.
const HTTP1_BUFFER_BYTES: usize = 64 * 1024;
/// An answer beside the part of its body that is kept: its head, interim ones before it, the framing of small chunks,
/// what was read ahead.
const HTTP1_ANSWER_BYTES: usize = 256 * 1024;
/// An HTTP/2 receiver may send so much unasked: a stream the capped body with room, a connection a few of those.
const HTTP2_STREAM_WINDOW_BYTES: u32 = 64 * 1024 - 1;
const HTTP2_CONNECTION_WINDOW_BYTES: u32 = 512 * 1024;
const HTTP2_HEADERS_MAX_BYTES: u32 = 16 * 1024;
/// Before it is written to again, as it is whenever a body was read: the window, and the headers of many streams.
const HTTP2_ANSWERS_BYTES: usize = 4 * 1024 * 1024;
/// Requests that HTTP/2 gave back unread are sent again so often within an attempt.
const GIVEN_BACK_MAX: usize = 2;

impl Egress {
    /// Reads the system's authorities and the extra ones; opens no connection.
    pub fn new(config: &EgressConfig) -> Result<Self, Error> {
        let policy = Arc::new(config.policy.clone());
        let lookup = Lookup::new(&config.nameservers)?;
        let authorities = authorities(config)?;
        let tls = connector::tls(&authorities)?;
        let client = |scheme| {
            let resolver = Vetted { policy: Arc::clone(&policy), scheme, lookup: lookup.clone() };
            client(config, resolver, tls.clone())
        };
        Ok(Self {
            http: client(Scheme::Http),
            https: client(Scheme::Https),
            response_max_bytes: config.response_max_bytes,
            policy,
        })
    }

    /// Makes one attempt. Returns within `request.timeout`, give or take the scheduler; dropped, it ends at once.
    pub async fn attempt(&self, request: Request) -> Attempted {
        let started = Instant::now();
        let timeout = request.timeout;
        let result = tokio::time::timeout(timeout, self.exchange(request)).await;
        Attempted { duration: started.elapsed(), result: result.unwrap_or(Err(Failure::Timeout)) }
    }

    async fn exchange(&self, mut request: Request) -> Result<Response, Failure> {
        let client = match request.url.scheme() {
            Scheme::Http => &self.http,
            Scheme::Https => &self.https,
        };
        // A literal address never meets the resolver.
        self.policy.vet_url(&request.url).map_err(|refused| Failure::Blocked(refused.to_string()))?;
        strip(&mut request.headers);
        let unwritable = || Failure::Protocol("the request cannot be written as HTTP".to_owned());
        let uri: Uri = request.url.as_url().as_str().parse().map_err(|_| unwritable())?;
        let mut given_back = 0;
        let response = loop {
            let mut sent = http::Request::new(Full::new(request.body.clone()));
            *sent.method_mut() = Method::POST;
            *sent.uri_mut() = uri.clone();
            *sent.headers_mut() = request.headers.clone();
            match client.request(sent).await {
                Ok(response) => break response,
                Err(error) if given_back < GIVEN_BACK_MAX && was_given_back(&error) => given_back += 1,
                Err(error) => return Err(Failure::of(&error, error.is_connect())),
            }
        };
        capped::read(response, self.response_max_bytes).await.map_err(|error| Failure::of(&error, false))
    }
}

/// Whether HTTP/2 says that the request was not looked at: a connection being retired, a refused stream. To the
/// receiver it is one request then, however often it is sent, and within the same deadline.
fn was_given_back(error: &legacy::Error) -> bool {
    let Some(http2) =
        error.source().and_then(StdError::source).and_then(|cause| cause.downcast_ref::<h2::Error>())
    else {
        return false;
    };
    let retired = http2.is_go_away() && http2.reason() == Some(h2::Reason::NO_ERROR);
    let refused = http2.is_reset() && http2.reason() == Some(h2::Reason::REFUSED_STREAM);
    http2.is_remote() && (retired || refused)
}

fn strip(headers: &mut HeaderMap) {
    for name in &OURS {
        headers.remove(name);
    }
}

pub(super) fn authorities(config: &EgressConfig) -> Result<Authorities, Error> {
    let Some(path) = config.extra_ca_file.clone() else { return Ok(Vec::new()) };
    let pem = match std::fs::read(&path) {
        Ok(pem) => pem,
        Err(source) => return Err(Error::ExtraCa { path, source }),
    };
    match CertificateDer::pem_slice_iter(&pem).collect::<Result<Authorities, _>>() {
        Ok(bundle) if bundle.is_empty() => {
            Err(Error::ExtraCaFormat { path, wrong: "no certificate in it".to_owned() })
        }
        Ok(bundle) => Ok(bundle),
        Err(error) => Err(Error::ExtraCaFormat { path, wrong: error.to_string() }),
    }
}

/// No timeout here beside the one for connecting: the deadline is `attempt`'s, over everything.
#[expect(clippy::disallowed_methods, reason = "this is egress")]
fn client(config: &EgressConfig, resolver: Vetted, tls: ClientConfig) -> Client<Connector, Full<Bytes>> {
    let allowance = Allowance {
        http1_bytes: HTTP1_ANSWER_BYTES + config.response_max_bytes,
        http2_bytes: HTTP2_ANSWERS_BYTES + config.response_max_bytes,
    };
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(config.pool_idle)
        .pool_max_idle_per_host(config.pool_idle_per_host)
        .http1_max_buf_size(HTTP1_BUFFER_BYTES)
        .http2_initial_stream_window_size(HTTP2_STREAM_WINDOW_BYTES)
        .http2_initial_connection_window_size(HTTP2_CONNECTION_WINDOW_BYTES)
        .http2_max_header_list_size(HTTP2_HEADERS_MAX_BYTES)
        .build(Connector::new(resolver, tls, config.connect_timeout, allowance))
}
