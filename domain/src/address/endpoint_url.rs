//! The URL of an endpoint: one that exists is https or http, has a host, carries no credentials and no fragment.

use std::fmt;

use serde::{Serialize, Serializer};
use url::{Host, Url};

use super::{Policy, Refused};

/// The longest URL, in bytes, as written and as normalised.
pub const URL_BYTES_MAX: usize = 2048;

const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    Http,
    Https,
}

/// An endpoint's URL in the URL standard's normal form.
///
/// That form leaves one spelling of each address (`0x7f.1` is `127.0.0.1`), so what is vetted is what is requested.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EndpointUrl {
    url: Url,
    scheme: Scheme,
    /// A copy of the URL's host, which is optional there and is not here.
    host: Host<String>,
}

impl EndpointUrl {
    /// Reads and vets what an endpoint's owner wrote. A fragment is dropped: it is never sent.
    pub fn parse(written: &str, policy: &Policy) -> Result<Self, Refused> {
        let url = Self::from_ledger(written)?;
        policy.vet_url(&url)?;
        Ok(url)
    }

    /// Reads a URL that was vetted when it was registered, under a policy that may have been another: its form
    /// is checked again, where it leads is not, which is for the attempt ([`Policy::vet_url`]).
    pub fn from_ledger(written: &str) -> Result<Self, Refused> {
        check_length(written)?;
        check_characters(written)?;
        let authority = authority(written).ok_or(Refused::Scheme)?;
        if authority.is_empty() {
            return Err(Refused::NoHost);
        }
        if authority.contains('@') {
            return Err(Refused::Userinfo);
        }
        let mut url = Url::parse(written)?;
        url.set_fragment(None);
        check_length(url.as_str())?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err(Refused::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Userinfo);
        }
        if url.port() == Some(0) {
            return Err(Refused::PortZero);
        }
        let host = url.host().ok_or(Refused::NoHost)?.to_owned();
        if let Host::Domain(name) = &host {
            check_name(name)?;
        }
        Ok(Self { url, scheme, host })
    }

    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    pub fn as_url(&self) -> &Url {
        &self.url
    }

    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The one that is written, or its scheme's.
    pub fn port(&self) -> u16 {
        self.url.port().unwrap_or(match self.scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        })
    }

    pub fn host(&self) -> Host<&str> {
        match &self.host {
            Host::Domain(name) => Host::Domain(name),
            Host::Ipv4(ip) => Host::Ipv4(*ip),
            Host::Ipv6(ip) => Host::Ipv6(*ip),
        }
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EndpointUrl({})", self.as_str())
    }
}

impl Serialize for EndpointUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The part between `://` and the path, where the text starts with `http://` or `https://`. The URL standard
/// would also take `https:example.com` and `https:///example.com`, which people write only by mistake.
fn authority(written: &str) -> Option<&str> {
    let (scheme, rest) = written.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    known.then(|| rest.split(['/', '?', '#']).next().unwrap_or_default())
}

fn check_length(text: &str) -> Result<(), Refused> {
    if text.len() > URL_BYTES_MAX { Err(Refused::TooLong { bytes: text.len() }) } else { Ok(()) }
}

/// The URL standard drops tabs and line ends and reads `\` as `/`; other programs do not, so that two readers
/// of one URL could see two hosts.
fn check_characters(text: &str) -> Result<(), Refused> {
    let wrong = |c: &char| c.is_control() || c.is_whitespace() || *c == '\\';
    text.chars().find(wrong).map_or(Ok(()), |c| Err(Refused::Character(c)))
}

fn check_name(name: &str) -> Result<(), Refused> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let labels_fit = bare.split('.').all(|label| (1..=LABEL_BYTES_MAX).contains(&label.len()));
    if labels_fit && bare.len() <= NAME_BYTES_MAX { Ok(()) } else { Err(Refused::HostName(name.to_owned())) }
}
