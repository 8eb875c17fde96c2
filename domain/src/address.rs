//! Which addresses a webhook may go to.
//!
//! Two ask. Whoever registers an endpoint: [`EndpointUrl::parse`] refuses what could never be right, with a
//! reason that its owner can act on. Whoever makes an attempt: [`Policy::vet_url`] before the request and
//! [`Policy::vet_connect`] on every address a name resolved to, because a name says nothing about where it
//! leads, a literal address never reaches the resolver, and the policy may have changed since registration.
//! Promised: an address of a special purpose ([`Range`]) passes only when the operator listed it, in whatever
//! spelling. Left out: resolving names, and connecting to the address that was vetted and to no other.

mod endpoint_url;
mod name;
mod port;
mod range;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::Host;

pub use endpoint_url::{EndpointUrl, Scheme, URL_BYTES_MAX};
pub use port::PORTS_DENIED;
pub use range::Range;

/// What the operator allows beyond the public internet (`egress.allow_cidrs`; empty by default), and which ports not
/// even there (`egress.ports_denied`).
///
/// A listed range may be reached, and by plain http too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    allow: Vec<IpNet>,
    ports_denied: Vec<u16>,
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Policy {
    /// Denies [`PORTS_DENIED`].
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self { allow, ports_denied: PORTS_DENIED.to_vec() }
    }

    /// Denies these ports and no others.
    #[must_use]
    pub fn denying(self, ports: Vec<u16>) -> Self {
        Self { ports_denied: ports, ..self }
    }

    /// Whether anything beyond the public internet may be reached.
    pub fn lists_any(&self) -> bool {
        !self.allow.is_empty()
    }

    /// Whether an address is public, or listed by the operator.
    pub fn vet_ip(&self, ip: IpAddr) -> Result<(), Refused> {
        if self.lists(ip) {
            return Ok(());
        }
        let inner = range::embedded(ip);
        match (Range::of(inner.map_or(ip, IpAddr::V4)), inner) {
            (None, _) => Ok(()),
            (Some(range), None) => Err(Refused::Address { ip, range }),
            (Some(range), Some(inner)) => Err(Refused::Embedded { ip, inner, range }),
        }
    }

    /// Whether an attempt may connect to this address by this scheme: plain http goes to listed ranges alone.
    pub fn vet_connect(&self, scheme: Scheme, ip: IpAddr) -> Result<(), Refused> {
        self.vet_ip(ip)?;
        match scheme {
            Scheme::Http if !self.lists(ip) => Err(Refused::Plain { host: ip.to_string() }),
            Scheme::Http | Scheme::Https => Ok(()),
        }
    }

    /// Whether a URL may be attempted as far as it can be told without resolving its name.
    pub fn vet_url(&self, url: &EndpointUrl) -> Result<(), Refused> {
        if self.ports_denied.contains(&url.port()) {
            return Err(Refused::Port(url.port()));
        }
        match url.host() {
            Host::Ipv4(ip) => self.vet_connect(url.scheme(), ip.into()),
            Host::Ipv6(ip) => self.vet_connect(url.scheme(), ip.into()),
            Host::Domain(name) => self.vet_name(url.scheme(), name),
        }
    }

    fn vet_name(&self, scheme: Scheme, name: &str) -> Result<(), Refused> {
        if !name::is_plain(name) {
            return Err(Refused::HostName(name.to_owned()));
        }
        if let Some(local) = name::Local::of(name) {
            // A loopback name can only lead to loopback: say so now rather than at every attempt.
            let may_lead_somewhere =
                if local.is_loopback() { self.lists_loopback() } else { self.lists_any() };
            if !may_lead_somewhere {
                return Err(Refused::Name { name: name.to_owned(), why: local.why() });
            }
        }
        match scheme {
            Scheme::Http if !self.lists_any() => Err(Refused::Plain { host: name.to_owned() }),
            Scheme::Http | Scheme::Https => Ok(()),
        }
    }

    fn lists(&self, ip: IpAddr) -> bool {
        let inner = range::embedded(ip).map(IpAddr::V4);
        self.allow.iter().any(|net| net.contains(&ip) || inner.is_some_and(|inner| net.contains(&inner)))
    }

    fn lists_loopback(&self) -> bool {
        let loopback =
            [IpNet::from(IpAddr::V4(Ipv4Addr::LOCALHOST)), IpNet::from(IpAddr::V6(Ipv6Addr::LOCALHOST))];
        self.allow.iter().any(|net| loopback.iter().any(|loopback| net.contains(loopback)))
    }
}

/// Why a URL or an address was refused, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the URL has {bytes} bytes, more than the {URL_BYTES_MAX} allowed: shorten it")]
    TooLong { bytes: usize },
    #[error("the URL holds {0:?}: remove it or percent-encode it")]
    Character(char),
    #[error(
        "the URL starts with neither https:// nor a permitted http://: write it like https://example.com/hook"
    )]
    Scheme,
    #[error("the URL cannot be read ({0}): write it like https://example.com/hook")]
    Unreadable(#[from] url::ParseError),
    #[error("the URL holds a user name or password: leave it out and use the endpoint's auth")]
    Userinfo,
    #[error("the URL's host is empty: write it like https://example.com/hook")]
    NoHost,
    #[error("the URL's port is 0: leave it out or use the port the receiver listens on")]
    PortZero,
    #[error("port {0} is another protocol's: use 443, or another one that the receiver listens on")]
    Port(u16),
    #[error(
        "{0} is no host name (labels have 1 to 63 letters, digits, - or _, 253 characters in all): correct it"
    )]
    HostName(String),
    #[error("{name} is {why}: use a public host name")]
    Name { name: String, why: &'static str },
    #[error("{ip} is in {range}: use a public address")]
    Address { ip: IpAddr, range: &'static Range },
    #[error("{ip} stands for {inner}, which is in {range}: use a public address")]
    Embedded { ip: IpAddr, inner: Ipv4Addr, range: &'static Range },
    #[error("{host} may not be reached by plain http: use https")]
    Plain { host: String },
}
