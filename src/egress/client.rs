//! The client: makes one attempt, to the end or to its deadline.

use std::{sync::Arc, time::Duration};

use domain::address::{Policy, Scheme};
use reqwest::{
    Certificate, Client,
    header::{
        CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, PROXY_AUTHORIZATION, TE, TRAILER,
        TRANSFER_ENCODING, UPGRADE,
    },
    redirect,
};
use tokio::time::Instant;

use super::{
    Attempted, EgressConfig, Error, Failure, Request, Response, capped,
    resolver::{Lookup, Vetted},
};

/// Two clients, since a resolver is told a name but not the scheme, and plain http may go to fewer addresses.
pub struct Egress {
    http: Client,
    https: Client,
    policy: Arc<Policy>,
    response_max_bytes: usize,
}

/// What a header map could do to the framing of requests or to the connection.
const OURS: [HeaderName; 9] =
    [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, TE, TRAILER, UPGRADE, EXPECT, PROXY_AUTHORIZATION];

/// An HTTP/2 receiver may send so much unasked: a stream the capped body with room, a connection a few of those.
const HTTP2_STREAM_WINDOW_BYTES: u32 = 64 * 1024 - 1;
const HTTP2_CONNECTION_WINDOW_BYTES: u32 = 512 * 1024;
const HTTP2_HEADERS_MAX_BYTES: u32 = 16 * 1024;

impl Egress {
    /// Reads the system's authorities and the extra ones; opens no connection.
    pub fn new(config: &EgressConfig) -> Result<Self, Error> {
        let policy = Arc::new(config.policy.clone());
        let lookup = Lookup::new(&config.nameservers)?;
        let authorities = authorities(config)?;
        let client = |scheme| {
            let resolver = Vetted { policy: Arc::clone(&policy), scheme, lookup: lookup.clone() };
            client(config, resolver, authorities.clone())
        };
        Ok(Self {
            http: client(Scheme::Http)?,
            https: client(Scheme::Https)?,
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
        let sent =
            client.post(request.url.as_url().clone()).headers(request.headers).body(request.body).send();
        let response = sent.await.map_err(|error| Failure::of(&error))?;
        capped::read(response, self.response_max_bytes).await.map_err(|error| Failure::of(&error))
    }
}

fn strip(headers: &mut HeaderMap) {
    for name in &OURS {
        headers.remove(name);
    }
}

fn authorities(config: &EgressConfig) -> Result<Vec<Certificate>, Error> {
    let Some(path) = config.extra_ca_file.clone() else { return Ok(Vec::new()) };
    let pem = match std::fs::read(&path) {
        Ok(pem) => pem,
        Err(source) => return Err(Error::ExtraCa { path, source }),
    };
    match Certificate::from_pem_bundle(&pem) {
        Ok(bundle) if bundle.is_empty() => {
            Err(Error::ExtraCaFormat { path, wrong: "no certificate in it".to_owned() })
        }
        Ok(bundle) => Ok(bundle),
        Err(error) => Err(Error::ExtraCaFormat { path, wrong: error.to_string() }),
    }
}

/// No timeout of reqwest's own beside the one for connecting: the deadline is `attempt`'s, over everything.
///
/// reqwest sends a request again, twice at most, where HTTP/2 says that it was not looked at (a connection being
/// retired, a refused stream). That stays: to the receiver it is one request, and within the same deadline.
#[expect(clippy::disallowed_methods, reason = "this is egress")]
fn client(config: &EgressConfig, resolver: Vetted, authorities: Vec<Certificate>) -> reqwest::Result<Client> {
    let https_only = resolver.scheme == Scheme::Https;
    let builder = Client::builder()
        .tls_backend_rustls()
        .dns_resolver(resolver)
        .https_only(https_only)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(config.connect_timeout)
        .pool_idle_timeout(config.pool_idle)
        .pool_max_idle_per_host(config.pool_idle_per_host)
        .http2_initial_stream_window_size(HTTP2_STREAM_WINDOW_BYTES)
        .http2_initial_connection_window_size(HTTP2_CONNECTION_WINDOW_BYTES)
        .http2_max_header_list_size(HTTP2_HEADERS_MAX_BYTES)
        .tcp_keepalive(Duration::from_secs(15));
    if authorities.is_empty() { builder.build() } else { builder.tls_certs_merge(authorities).build() }
}
