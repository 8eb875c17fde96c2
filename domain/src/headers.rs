//! Which headers an endpoint's owner may add to its webhooks, and how ours are named.
//!
//! Registration vets both; egress sends what exists without a second look. Refused is whatever would change how
//! the request is framed, routed or verified, stand beside a header of our own, or hand a key of this service to
//! the receiver. Left out: `Authorization`, which is the owner's own affair here (the endpoint's `auth` keeps it
//! sealed, these headers are shown again); whoever sets both is refused where the two are known
//! ([`CustomHeaders::contains`]).

mod mask;
mod prefix;

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

pub use mask::{MASKED, names_secret};
pub use prefix::{HeaderPrefix, NotAPrefix, PREFIX_CHARS_MAX};

pub const HEADERS_MAX: usize = 20;
pub const NAME_BYTES_MAX: usize = 100;
pub const VALUE_BYTES_MAX: usize = 4096;
/// Of a key of this service, after its `hy_`.
const OUR_KEY_CHARS: usize = 40;
/// All names and values together.
pub const TOTAL_BYTES_MAX: usize = 16 * 1024;

/// Headers that are safe to send as they are, by name; names keep their case and differ by more than it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomHeaders(BTreeMap<String, String>);

/// Why a header was refused, or all of them, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{0} headers are more than the {HEADERS_MAX} allowed")]
    TooMany(usize),
    #[error("the headers have {0} bytes in all, more than the {TOTAL_BYTES_MAX} allowed")]
    TooLong(usize),
    #[error("a header name is 1 to {NAME_BYTES_MAX} letters, digits or !#$%&'*+-.^_`|~")]
    Name { name: String },
    #[error("it is there twice: header names differ by more than upper and lower case")]
    Twice { name: String },
    #[error("{why}")]
    Reserved { name: String, why: &'static str },
    #[error("names that begin with {prefix} are kept for the headers we add: choose another")]
    Prefix { name: String, prefix: HeaderPrefix },
    #[error("a header value has at most {VALUE_BYTES_MAX} bytes")]
    ValueTooLong { name: String },
    #[error("it holds a key of this service, which whoever receives it could use: leave it out")]
    OurKey { name: String },
    #[error("a header value is printable ASCII, spaces and tabs, and neither begins nor ends with these")]
    Value { name: String },
}

impl Refused {
    /// The header it is about; none where it is about all of them.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::TooMany(_) | Self::TooLong(_) => None,
            Self::Name { name }
            | Self::Twice { name }
            | Self::Reserved { name, .. }
            | Self::Prefix { name, .. }
            | Self::ValueTooLong { name }
            | Self::OurKey { name }
            | Self::Value { name } => Some(name),
        }
    }
}

impl CustomHeaders {
    /// Vets what an endpoint's owner wrote, beside the prefix of the headers we add; answers with every mistake
    /// at once. A changed prefix needs the headers to be vetted again.
    pub fn vet(written: BTreeMap<String, String>, prefix: &HeaderPrefix) -> Result<Self, Vec<Refused>> {
        if written.len() > HEADERS_MAX {
            return Err(vec![Refused::TooMany(written.len())]);
        }
        let mut refused: Vec<Refused> =
            written.iter().filter_map(|(name, value)| vet_one(name, value, prefix).err()).collect();
        let names: Vec<&String> = written.keys().collect();
        let twice = names
            .iter()
            .enumerate()
            .filter(|(at, name)| names.iter().take(*at).any(|earlier| earlier.eq_ignore_ascii_case(name)));
        refused.extend(twice.map(|(_, name)| Refused::Twice { name: (*name).clone() }));
        let bytes = written.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > TOTAL_BYTES_MAX {
            refused.push(Refused::TooLong(bytes));
        }
        if refused.is_empty() { Ok(Self(written)) } else { Err(refused) }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// By name, in whatever case.
    pub fn contains(&self, name: &str) -> bool {
        self.0.keys().any(|held| held.eq_ignore_ascii_case(name))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for CustomHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

fn vet_one(name: &str, value: &str, prefix: &HeaderPrefix) -> Result<(), Refused> {
    let owned = || name.to_owned();
    if !is_token(name) || name.len() > NAME_BYTES_MAX {
        return Err(Refused::Name { name: name.chars().take(NAME_BYTES_MAX).collect() });
    }
    if let Some(why) = reserved(name) {
        return Err(Refused::Reserved { name: owned(), why });
    }
    for prefix in [prefix.clone(), HeaderPrefix::default()] {
        if starts_with(name, prefix.as_str()) {
            return Err(Refused::Prefix { name: owned(), prefix });
        }
    }
    if value.len() > VALUE_BYTES_MAX {
        return Err(Refused::ValueTooLong { name: owned() });
    }
    let printable = value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
    if !printable || value.trim_matches([' ', '\t']) != value {
        return Err(Refused::Value { name: owned() });
    }
    if holds_our_key(value) {
        return Err(Refused::OurKey { name: owned() });
    }
    Ok(())
}

/// Whether a text holds what looks like a key of this service's API: `hy_` and 40 characters of base64url or more.
pub(crate) fn holds_our_key(text: &str) -> bool {
    let in_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.match_indices("hy_").any(|(at, found)| {
        text.as_bytes().iter().skip(at + found.len()).take_while(|byte| in_key(byte)).count() >= OUR_KEY_CHARS
    })
}

const CONNECTION: &str = "it belongs to the connection, not to the webhook: leave it out";
const FRAMING: &str = "it is set from the body: leave it out";
const ROUTING: &str = "it is set from the URL: leave it out";
const OURS: &str = "we set it ourselves: leave it out";
const COOKIES: &str = "webhooks carry no cookies: use another header, or the endpoint's auth";
const STANDARD: &str = "names that begin with webhook- belong to Standard Webhooks: choose another";
const PROXY: &str = "it is for proxies on the way: leave it out";
const BROWSER: &str = "it is for browsers to set: leave it out";
const EXPECT: &str = "webhooks are sent in one go: leave it out";

/// Names in lower case. Hop-by-hop ones by RFC 9110, section 7.6.1, and RFC 2616, section 13.5.1.
const RESERVED: &[(&str, &str)] = &[
    ("connection", CONNECTION),
    ("keep-alive", CONNECTION),
    ("te", CONNECTION),
    ("trailer", CONNECTION),
    ("trailers", CONNECTION),
    ("transfer-encoding", CONNECTION),
    ("upgrade", CONNECTION),
    ("http2-settings", CONNECTION),
    ("alt-used", CONNECTION),
    ("content-length", FRAMING),
    ("content-type", FRAMING),
    ("content-encoding", FRAMING),
    ("content-range", FRAMING),
    ("content-transfer-encoding", FRAMING),
    ("content-digest", FRAMING),
    ("repr-digest", FRAMING),
    ("digest", FRAMING),
    ("host", ROUTING),
    ("forwarded", PROXY),
    ("via", PROXY),
    ("max-forwards", PROXY),
    ("x-http-method-override", ROUTING),
    ("x-http-method", ROUTING),
    ("x-method-override", ROUTING),
    ("x-original-url", ROUTING),
    ("x-rewrite-url", ROUTING),
    ("user-agent", OURS),
    ("traceparent", OURS),
    ("tracestate", OURS),
    ("cookie", COOKIES),
    ("cookie2", COOKIES),
    ("set-cookie", COOKIES),
    ("expect", EXPECT),
];

const RESERVED_PREFIXES: &[(&str, &str)] = &[
    ("webhook-", STANDARD),
    ("proxy-", PROXY),
    ("x-forwarded-", PROXY),
    ("sec-", BROWSER),
    ("access-control-", BROWSER),
];

/// Why no one but us may send a header of this name.
fn reserved(name: &str) -> Option<&'static str> {
    let whole = RESERVED.iter().find(|(reserved, _)| reserved.eq_ignore_ascii_case(name));
    let by_prefix = || RESERVED_PREFIXES.iter().find(|(prefix, _)| starts_with(name, prefix));
    whole.or_else(by_prefix).map(|(_, why)| *why)
}

fn starts_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(in_token)
}

#[cfg(test)]
mod tests;
