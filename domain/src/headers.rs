//! Which headers an endpoint's owner may add to its webhooks, and how ours are named.
//!
//! Registration vets both; egress sends what exists without a second look. Refused is whatever would change how
//! the request is framed, routed or verified, or stand beside a header of our own. Left out: `Authorization`,
//! which is the owner's own affair here (the endpoint's `auth` keeps it sealed, these headers are shown again);
//! whoever sets both is refused where the two are known ([`CustomHeaders::contains`]).

mod prefix;

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

pub use prefix::{HeaderPrefix, NotAPrefix, PREFIX_CHARS_MAX};

pub const HEADERS_MAX: usize = 20;
pub const NAME_BYTES_MAX: usize = 100;
pub const VALUE_BYTES_MAX: usize = 4096;
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
    if starts_with(name, prefix.as_str()) {
        return Err(Refused::Prefix { name: owned(), prefix: prefix.clone() });
    }
    if value.len() > VALUE_BYTES_MAX {
        return Err(Refused::ValueTooLong { name: owned() });
    }
    let printable = value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
    if !printable || value.trim_matches([' ', '\t']) != value {
        return Err(Refused::Value { name: owned() });
    }
    Ok(())
}

const CONNECTION: &str = "it belongs to the connection, not to the webhook: leave it out";
const FRAMING: &str = "it is set from the body: leave it out";
const ROUTING: &str = "it is set from the URL: leave it out";
const OURS: &str = "we set it ourselves: leave it out";
const COOKIES: &str = "webhooks carry no cookies: use another header, or the endpoint's auth";
const STANDARD: &str = "names that begin with webhook- belong to Standard Webhooks: choose another";
const PROXY: &str = "it is for proxies on the way: leave it out";
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
    ("host", ROUTING),
    ("user-agent", OURS),
    ("traceparent", OURS),
    ("tracestate", OURS),
    ("cookie", COOKIES),
    ("cookie2", COOKIES),
    ("set-cookie", COOKIES),
    ("expect", EXPECT),
];

const RESERVED_PREFIXES: &[(&str, &str)] = &[("webhook-", STANDARD), ("proxy-", PROXY)];

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
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    fn vet(headers: &[(&str, &str)]) -> Result<CustomHeaders, Vec<Refused>> {
        let written = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        CustomHeaders::vet(written, &HeaderPrefix::default())
    }

    #[test]
    fn accepts_what_receivers_need() {
        let headers = [
            ("X-Env", "prod"),
            ("authorization", "Token abc"),
            ("X-Api-Key", "a b\tc !~"),
            ("Accept", "*/*"),
            ("X-Empty", ""),
            ("X-Webhookish", "1"),
            ("webhooks", "1"),
            ("X-Hub-Signature", "none"),
            ("Idempotency-Key", "k"),
            ("!#$%&'*+-.^_`|~09", "odd but a token"),
        ];
        let vetted = vet(&headers).unwrap();
        assert_eq!(vetted.iter().count(), headers.len());
        assert!(vetted.contains("Authorization") && vetted.contains("x-env") && !vetted.contains("env"));
        assert_eq!(
            serde_json::to_string(&vet(&[("X-Env", "prod")]).unwrap()).unwrap(),
            r#"{"X-Env":"prod"}"#
        );
        assert!(vet(&[]).unwrap().is_empty());
    }

    #[test]
    fn refuses_names_that_are_not_the_owners_to_set() {
        for name in [
            "Host",
            "HOST",
            "Content-Length",
            "content-type",
            "Content-Encoding",
            "Transfer-Encoding",
            "Connection",
            "Keep-Alive",
            "Upgrade",
            "TE",
            "Trailer",
            "Expect",
            "Proxy-Authorization",
            "proxy-connection",
            "Proxy-",
            "User-Agent",
            "Cookie",
            "Set-Cookie",
            "traceparent",
            "webhook-id",
            "Webhook-Signature",
            "WEBHOOK-X",
            "HTTP2-Settings",
        ] {
            let refused = vet(&[(name, "x")]).unwrap_err();
            assert!(
                matches!(&refused[..], [Refused::Reserved { name: of, .. }] if of == name),
                "{name}: {refused:?}"
            );
        }
        for name in ["X-Webhook-Event", "x-webhook-id", "X-WEBHOOK-ANYTHING", "X-Webhook-"] {
            let refused = vet(&[(name, "x")]).unwrap_err();
            assert!(matches!(&refused[..], [Refused::Prefix { .. }]), "{name}: {refused:?}");
        }
        let own: HeaderPrefix = "X-DevCard-".parse().unwrap();
        let written = |name: &str| BTreeMap::from([(name.to_owned(), String::new())]);
        assert!(CustomHeaders::vet(written("x-devcard-event"), &own).is_err());
        assert!(CustomHeaders::vet(written("X-Webhook-Event"), &own).is_ok());
    }

    #[test]
    fn refuses_what_is_no_header() {
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        for name in [
            "",
            " ",
            "X Env",
            "X-Env:",
            "X-Env ",
            "X-Ënv",
            "X-Env\r",
            "X-Env\n",
            "X\0",
            ":authority",
            "X/Y",
            "(x)",
            "X=Y",
            &long,
        ] {
            let refused = vet(&[(name, "x")]).unwrap_err();
            assert!(matches!(&refused[..], [Refused::Name { .. }]), "{name:?}: {refused:?}");
        }
        for value in [
            "a\r\nHost: evil",
            "a\nb",
            "a\rb",
            "a\0b",
            "ä",
            "\u{7f}",
            "\u{1}",
            " a",
            "a ",
            "\ta",
            "a\t",
            " ",
            "€",
        ] {
            let refused = vet(&[("X-Env", value)]).unwrap_err();
            assert!(matches!(&refused[..], [Refused::Value { .. }]), "{value:?}: {refused:?}");
        }
    }

    #[test]
    fn sizes_are_bounded() {
        let names: Vec<String> = (0..=HEADERS_MAX).map(|number| format!("X-{number:02}")).collect();
        let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        assert!(vet(&all[1..]).is_ok());
        assert_eq!(vet(&all), Err(vec![Refused::TooMany(21)]));
        let longest = "v".repeat(VALUE_BYTES_MAX);
        assert!(vet(&[("X-A", &longest)]).is_ok());
        assert_eq!(
            vet(&[("X-A", &format!("{longest}v"))]),
            Err(vec![Refused::ValueTooLong { name: "X-A".into() }])
        );
        let four = [("X-A", longest.as_str()), ("X-B", &longest), ("X-C", &longest), ("X-D", &longest)];
        assert_eq!(vet(&four), Err(vec![Refused::TooLong(TOTAL_BYTES_MAX + 12)]));
    }

    #[test]
    fn answers_with_every_mistake_and_whose_it_is() {
        let refused = vet(&[("Host", "x"), ("X-Env", "a\nb"), ("x-env", "c"), ("X-Ok", "d")]).unwrap_err();
        let answers: Vec<String> =
            refused.iter().map(|one| format!("{}: {one}", one.name().unwrap_or_default())).collect();
        assert_eq!(
            answers,
            [
                "Host: it is set from the URL: leave it out",
                "X-Env: a header value is printable ASCII, spaces and tabs, and neither begins nor ends with these",
                "x-env: it is there twice: header names differ by more than upper and lower case",
            ]
        );
        assert_eq!(
            vet(&[("X-Webhook-A", "")]).unwrap_err()[0].to_string(),
            "names that begin with X-Webhook- are kept for the headers we add: choose another"
        );
    }

    proptest! {
        #[test]
        fn what_is_accepted_can_stand_in_a_request(name in "\\PC{1,8}|[A-Za-z-]{1,20}", value in any::<String>()) {
            if let Ok(vetted) = vet(&[(&name, &value)]) {
                for (name, value) in vetted.iter() {
                    prop_assert!(name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':'));
                    prop_assert!(value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ' || byte == b'\t'));
                }
            }
        }
    }
}
