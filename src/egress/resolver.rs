//! Names to addresses, every one of them vetted: a single refused address refuses the name, since whoever controls
//! the name chooses which address is tried. The client connects to what is returned here and to nothing else.
//!
//! Literal addresses never come here (hyper-util skips the resolver for them): the client vets those itself.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
    vec,
};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
};
use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::Semaphore;
use tower_service::Service;

use domain::address::{Policy, Scheme};

/// Why a name yields no address. The texts are for the endpoint's owner and name no address, which may be one that
/// only our network knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("{0} resolves to an address that is not allowed")]
    Refused(String),
    #[error("{0} has no address")]
    NotFound(String),
    #[error("{0} could not be resolved")]
    Lookup(String),
}

/// The system resolver holds a thread until it answers, past our deadline if need be: so many at once and no more.
const SYSTEM_LOOKUPS_MAX: usize = 128;
/// All addresses of a name are vetted; so many are tried.
const ADDRESSES_MAX: usize = 16;

/// Answers of named servers that are remembered, and for how long at most: an endpoint that moves is found again soon.
const CACHED_NAMES_MAX: u64 = 10_000;
const CACHED_MAX: Duration = Duration::from_mins(1);

/// Where names are looked up.
#[derive(Clone)]
pub(super) enum Lookup {
    System(Arc<Semaphore>),
    /// Named servers alone: no hosts file, no search domains. A lookup ends when its attempt does.
    Nameservers(Arc<TokioResolver>),
}

impl Lookup {
    pub(super) fn new(nameservers: &[SocketAddr]) -> Result<Self, super::Error> {
        if nameservers.is_empty() {
            return Ok(Self::System(Arc::new(Semaphore::new(SYSTEM_LOOKUPS_MAX))));
        }
        let server = |address: &SocketAddr| {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = address.port();
                connection
            });
            NameServerConfig::new(address.ip(), true, connections.into())
        };
        let config = ResolverConfig::from_name_servers(nameservers.iter().map(server).collect());
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        options.use_hosts_file = ResolveHosts::Never;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.cache_size = CACHED_NAMES_MAX;
        options.positive_max_ttl = Some(CACHED_MAX);
        options.negative_max_ttl = Some(CACHED_MAX);
        let resolver = builder.build().map_err(|error| super::Error::Resolver(error.to_string()))?;
        Ok(Self::Nameservers(Arc::new(resolver)))
    }

    pub(super) async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Error> {
        match self {
            Self::System(permits) => system(name, permits).await,
            Self::Nameservers(resolver) => nameservers(name, resolver).await,
        }
    }
}

async fn system(name: &str, permits: &Arc<Semaphore>) -> Result<Vec<IpAddr>, Error> {
    let failed = || Error::Lookup(name.to_owned());
    let permit = Arc::clone(permits).acquire_owned().await.map_err(|_| failed())?;
    let asked = name.to_owned();
    let lookup = move || -> io::Result<Vec<IpAddr>> {
        // Held by the thread, not by the caller, who may have given up.
        let _permit = permit;
        Ok((asked.as_str(), 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    };
    match tokio::task::spawn_blocking(lookup).await {
        Ok(Ok(addresses)) => Ok(addresses),
        // getaddrinfo's codes are lost in std's error: an unknown name is the rule, a failing resolver the exception.
        Ok(Err(error)) => {
            tracing::debug!(name, %error, "lookup failed");
            Err(Error::NotFound(name.to_owned()))
        }
        Err(_) => Err(failed()),
    }
}

async fn nameservers(name: &str, resolver: &TokioResolver) -> Result<Vec<IpAddr>, Error> {
    // A name in a URL is absolute; without its last dot it might not be to the resolver.
    let absolute = format!("{}.", name.trim_end_matches('.'));
    match resolver.lookup_ip(absolute).await {
        Ok(addresses) => Ok(addresses.iter().collect()),
        Err(error) if error.is_no_records_found() => Err(Error::NotFound(name.to_owned())),
        Err(error) => {
            tracing::debug!(name, %error, "lookup failed");
            Err(Error::Lookup(name.to_owned()))
        }
    }
}

/// The resolver of one client, which speaks one scheme.
#[derive(Clone)]
pub(super) struct Vetted {
    pub policy: Arc<Policy>,
    pub scheme: Scheme,
    pub lookup: Lookup,
}

impl Service<Name> for Vetted {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (policy, scheme, lookup) = (Arc::clone(&self.policy), self.scheme, self.lookup.clone());
        Box::pin(async move {
            let name = name.as_str();
            let addresses = vet(&policy, scheme, name, lookup.addresses(name).await?)?;
            // Port 0 stands for the URL's.
            let sockets: Vec<SocketAddr> = addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect();
            Ok(sockets.into_iter())
        })
    }
}

fn vet(policy: &Policy, scheme: Scheme, name: &str, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, Error> {
    for ip in &addresses {
        if let Err(reason) = policy.vet_connect(scheme, *ip) {
            tracing::debug!(name, %ip, %reason, "address refused");
            return Err(Error::Refused(name.to_owned()));
        }
    }
    let addresses: Vec<IpAddr> = addresses.into_iter().take(ADDRESSES_MAX).collect();
    if addresses.is_empty() { Err(Error::NotFound(name.to_owned())) } else { Ok(addresses) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_refused_address_refuses_the_name() {
        let policy = Policy::new(vec!["127.0.0.0/8".parse().unwrap()]);
        let vetted = |ips: &[&str]| {
            vet(&policy, Scheme::Https, "a.test", ips.iter().map(|ip| ip.parse().unwrap()).collect())
        };
        assert_eq!(vetted(&["127.0.0.1", "93.184.215.14"]).unwrap().len(), 2);
        assert_eq!(vetted(&["93.184.215.14", "10.0.0.1"]), Err(Error::Refused("a.test".to_owned())));
        assert_eq!(vetted(&["10.0.0.1", "93.184.215.14"]), Err(Error::Refused("a.test".to_owned())));
        assert_eq!(vetted(&[]), Err(Error::NotFound("a.test".to_owned())));
    }

    #[test]
    fn all_addresses_are_vetted_but_few_are_tried() {
        let policy = Policy::default();
        let mut ips: Vec<IpAddr> = (1..=100).map(|i| IpAddr::from([93, 184, 215, i])).collect();
        assert_eq!(vet(&policy, Scheme::Https, "a.test", ips.clone()).unwrap().len(), ADDRESSES_MAX);
        ips.push(IpAddr::from([10, 0, 0, 1]));
        assert_eq!(vet(&policy, Scheme::Https, "a.test", ips), Err(Error::Refused("a.test".to_owned())));
    }
}
