#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use tables::{ACCEPTED, REFUSED_FORMS, REFUSED_HOSTS};

mod tables;

fn policy(ranges: &[&str]) -> Policy {
    Policy::new(ranges.iter().map(|range| range.parse().unwrap()).collect())
}

fn count(table: &[(&str, &[&str])]) -> usize {
    table.iter().map(|(_, spellings)| spellings.len()).sum()
}

#[test]
fn refuses_local_hosts_by_https_and_http() {
    assert!(count(REFUSED_HOSTS) >= 150);
    for (reason, hosts) in REFUSED_HOSTS {
        for (host, scheme) in
            hosts.iter().flat_map(|host| ["https", "http", "HTTPS"].map(|scheme| (host, scheme)))
        {
            let url = format!("{scheme}://{host}/hook");
            let refused = EndpointUrl::parse(&url, &Policy::default());
            assert!(
                matches!(
                    refused,
                    Err(Refused::Address { .. } | Refused::Embedded { .. } | Refused::Name { .. })
                ),
                "{url}: {refused:?}"
            );
            let words = refused.unwrap_err().to_string();
            assert!(words.contains(reason), "{url} is refused, but not for {reason}: {words}");
        }
    }
}

#[test]
fn refuses_what_is_no_url_of_an_endpoint_whatever_ranges_are_listed() {
    assert!(count(REFUSED_FORMS) >= 80);
    for (reason, urls) in REFUSED_FORMS {
        for url in *urls {
            for policy in [Policy::default(), policy(&["0.0.0.0/0", "::/0"])] {
                let words = EndpointUrl::parse(url, &policy).map_err(|refused| refused.to_string());
                assert!(
                    words.as_ref().is_err_and(|words| words.contains(reason)),
                    "{url:?}, {reason}: {words:?}"
                );
            }
        }
    }
}

#[test]
fn ports_are_the_operators_to_deny() {
    let lenient = Policy::default().denying(Vec::new());
    for port in PORTS_DENIED {
        let url = format!("https://example.com:{port}/");
        assert_eq!(EndpointUrl::parse(&url, &Policy::default()), Err(Refused::Port(port)));
        let read = EndpointUrl::parse(&url, &lenient).unwrap();
        assert_eq!((read.port(), Policy::default().vet_url(&read)), (port, Err(Refused::Port(port))));
    }
    let strict = Policy::default().denying(vec![443, 8443]);
    for url in ["https://example.com/", "https://example.com:8443/", "https://example.com:443/"] {
        assert!(matches!(EndpointUrl::parse(url, &strict), Err(Refused::Port(_))), "{url}");
    }
    assert!(EndpointUrl::parse("https://example.com:22/", &strict).is_ok());
    assert!(PORTS_DENIED.is_sorted_by(|a, b| a < b));
    let listed = policy(&["10.0.0.0/8"]).denying(vec![80]);
    assert_eq!(EndpointUrl::parse("http://10.1.2.3/", &listed), Err(Refused::Port(80)));
}

#[test]
fn accepts_public_urls() {
    assert!(count(ACCEPTED) >= 40);
    for url in ACCEPTED.iter().flat_map(|(_, urls)| *urls) {
        let read =
            EndpointUrl::parse(url, &Policy::default()).unwrap_or_else(|refused| panic!("{url}: {refused}"));
        assert_eq!(read.scheme(), Scheme::Https, "{url}");
        assert_eq!(
            EndpointUrl::parse(read.as_str(), &Policy::default()),
            Ok(read.clone()),
            "{url} normalised again"
        );
        assert!(!read.as_str().contains('#'), "{url}");
    }
}

#[test]
fn plain_http_is_refused_unless_something_is_listed() {
    for url in
        ["http://example.com/", "HTTP://example.com/", "http://8.8.8.8/", "http://[2606:4700:4700::1111]/"]
    {
        let read = EndpointUrl::parse(url, &Policy::default());
        assert!(matches!(read, Err(Refused::Plain { .. })), "{url}: {read:?}");
    }
    let listed = policy(&["10.0.0.0/8"]);
    assert!(EndpointUrl::parse("http://receiver.example.com/", &listed).is_ok(), "the resolver decides");
    assert!(EndpointUrl::parse("http://10.1.2.3/", &listed).is_ok());
    assert!(EndpointUrl::parse("http://8.8.8.8/", &listed).is_err());
}

#[test]
fn a_listed_range_opens_itself_and_nothing_else() {
    let listed = policy(&["127.0.0.0/8", "fd00::/8"]);
    for url in [
        "http://127.0.0.1:9000/",
        "https://0x7f.1/",
        "http://localhost:3000/",
        "http://a.localhost/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fd00::7]/",
        "http://receiver/",
        "https://receiver.internal/",
    ] {
        assert!(EndpointUrl::parse(url, &listed).is_ok(), "{url}");
    }
    for url in [
        "https://10.0.0.1/",
        "https://169.254.169.254/",
        "https://[::1]/",
        "https://[::127.0.0.1]/",
        "https://[2002:7f00:1::]/",
        "https://[fc00::1]/",
        "https://[fe80::1]/",
    ] {
        assert!(EndpointUrl::parse(url, &listed).is_err(), "{url}");
    }
    let elsewhere = policy(&["10.0.0.0/8"]);
    assert!(
        EndpointUrl::parse("http://localhost/", &elsewhere).is_err(),
        "localhost cannot lead to 10.0.0.0/8"
    );
    assert!(EndpointUrl::parse("http://receiver.local/", &elsewhere).is_ok());
}

#[test]
fn connecting_by_http_needs_a_listed_address() {
    let listed = policy(&["10.0.0.0/8"]);
    let (inside, public): (IpAddr, IpAddr) = ("10.0.0.7".parse().unwrap(), "8.8.8.8".parse().unwrap());
    let (mapped, local): (IpAddr, IpAddr) =
        ("::ffff:10.0.0.7".parse().unwrap(), "127.0.0.1".parse().unwrap());
    assert_eq!(listed.vet_connect(Scheme::Http, inside), Ok(()));
    assert_eq!(listed.vet_connect(Scheme::Http, mapped), Ok(()));
    assert_eq!(listed.vet_connect(Scheme::Https, inside), Ok(()));
    assert_eq!(listed.vet_connect(Scheme::Https, public), Ok(()));
    assert_eq!(
        listed.vet_connect(Scheme::Http, public).unwrap_err().to_string(),
        "8.8.8.8 may not be reached by plain http: use https"
    );
    assert!(listed.vet_connect(Scheme::Https, local).is_err());
    assert!(listed.vet_connect(Scheme::Http, local).is_err());
}

#[test]
fn reasons_say_where_and_what_instead() {
    let reason = |url: &str| EndpointUrl::parse(url, &Policy::default()).unwrap_err().to_string();
    for (url, expected) in [
        (
            "https://169.254.169.254/",
            "169.254.169.254 is in 169.254.0.0/16 (link local, RFC 3927): use a public address",
        ),
        ("https://0x7f.1/", "127.0.0.1 is in 127.0.0.0/8 (loopback, RFC 1122): use a public address"),
        (
            "https://255.255.255.255/",
            "255.255.255.255 is in 255.255.255.255/32 (limited broadcast, RFC 919): use a public address",
        ),
        (
            "https://[::ffff:10.0.0.1]/",
            "::ffff:10.0.0.1 stands for 10.0.0.1, which is in 10.0.0.0/8 (private use, RFC 1918): use a public address",
        ),
        ("https://[fec0::1]/", "fec0::1 is in fec0::/10 (site local, RFC 3879): use a public address"),
        (
            "https://x.internal/",
            "x.internal is a private name (.internal, reserved by ICANN): use a public host name",
        ),
        ("http://example.com/", "example.com may not be reached by plain http: use https"),
        (
            "https://u:p@example.com/",
            "the URL holds a user name or password: leave it out and use the endpoint's auth",
        ),
        ("https://example.com/\n", "the URL holds '\\n': remove it or percent-encode it"),
    ] {
        assert_eq!(reason(url), expected);
    }
}

#[test]
fn length_is_bounded_before_and_after_normalising() {
    let fits = format!("https://example.com/{}", "x".repeat(URL_BYTES_MAX - 20));
    assert_eq!(fits.len(), URL_BYTES_MAX);
    assert!(EndpointUrl::parse(&fits, &Policy::default()).is_ok());
    assert_eq!(
        EndpointUrl::parse(&format!("{fits}x"), &Policy::default()),
        Err(Refused::TooLong { bytes: 2049 })
    );
    let grows = format!("https://example.com/{}", "ü".repeat(800));
    assert!(matches!(EndpointUrl::parse(&grows, &Policy::default()), Err(Refused::TooLong { .. })));
    let label = "a".repeat(64);
    assert!(EndpointUrl::parse(&format!("https://{label}.com/"), &Policy::default()).is_err());
    let name = "a.".repeat(127);
    assert!(EndpointUrl::parse(&format!("https://{name}com/"), &Policy::default()).is_err());
}

#[test]
fn no_row_is_written_twice_and_every_row_is_found_at_both_ends() {
    for (at, range) in Range::all().iter().enumerate() {
        assert_eq!(range.net, range.net.trunc(), "{range}");
        assert!(Range::all()[at + 1..].iter().all(|other| other.net != range.net), "{range} twice");
        for ip in [range.net.network(), range.net.broadcast()] {
            let found = Range::of(ip).unwrap();
            assert!(range.net.contains(&found.net) || found.net.contains(&range.net), "{ip}: {found}");
            // NAT64's well-known prefix lies in ::/3, and is judged by the address within.
            assert!(Policy::default().vet_ip(ip).is_err(), "{ip}");
        }
    }
}

/// An address out of a row of the table.
fn special() -> impl Strategy<Value = IpAddr> {
    (0..Range::all().len(), any::<u128>()).prop_map(|(row, random)| match Range::all()[row].net {
        IpNet::V4(net) => {
            Ipv4Addr::from(u32::from(net.network()) | (random as u32 & u32::from(net.hostmask()))).into()
        }
        IpNet::V6(net) => {
            Ipv6Addr::from(u128::from(net.network()) | (random & u128::from(net.hostmask()))).into()
        }
    })
}

/// Spellings of one IPv4 address that the URL standard reads, IPv6 ones that stand for it included.
fn spellings(ip: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = ip.octets();
    let bits = u32::from(ip);
    let (low24, low16) = (bits & 0x00ff_ffff, bits & 0xffff);
    vec![
        format!("{ip}"),
        format!("{ip}."),
        format!("{bits}"),
        format!("{bits:#x}"),
        format!("0{bits:o}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a}.{low24}"),
        format!("{a}.{b}.{low16}"),
        format!("{a:#x}.0{low24:o}"),
        format!("[::ffff:{ip}]"),
        format!("[{}]", ip.to_ipv6_mapped()),
        format!("[64:ff9b::{ip}]"),
        format!("[::{ip}]"),
        format!("[::ffff:0:{ip}]"),
        format!("[2002:{:x}:{:x}::1]", bits >> 16, low16),
        format!("[64:ff9b:1::{ip}]"),
    ]
}

/// The standard library's own opinion, as far as it has one.
fn plainly_not_public(ip: Ipv4Addr) -> bool {
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || ip.is_unspecified()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_special_is_ever_accepted(ip in special()) {
        let policy = Policy::default();
        let hosts = match ip {
            IpAddr::V4(v4) => spellings(v4),
            IpAddr::V6(v6) => {
                prop_assume!(range::embedded(ip).is_none());
                vec![format!("[{v6}]"), format!("[{}]", v6.segments().map(|s| format!("{s:04X}")).join(":"))]
            }
        };
        for host in hosts {
            for url in [format!("https://{host}/"), format!("http://{host}:8080/x")] {
                let read = EndpointUrl::parse(&url, &policy);
                let by_address = matches!(read, Err(Refused::Address { .. } | Refused::Embedded { .. }));
                prop_assert!(by_address, "{url}: {read:?}");
            }
        }
    }

    #[test]
    fn what_is_accepted_is_public_to_the_standard_library_too(bits in any::<u32>(), first in any::<bool>()) {
        // Half of the cases near the ranges that matter, which random bits would seldom meet.
        let bits = if first { bits } else { u32::from(Ipv4Addr::new(192, 168, 0, 0)) ^ (bits & 0x0003_ffff) };
        let ip = Ipv4Addr::from(bits);
        for host in spellings(ip) {
            if EndpointUrl::parse(&format!("https://{host}/"), &Policy::default()).is_ok() {
                prop_assert!(!plainly_not_public(ip), "{host}");
            }
        }
    }

    #[test]
    fn a_literal_read_is_the_literal_vetted(bits in any::<u32>()) {
        let ip = Ipv4Addr::from(bits);
        for host in spellings(ip).into_iter().take(10) {
            let read = EndpointUrl::from_ledger(&format!("https://{host}/")).unwrap();
            prop_assert_eq!(read.host(), Host::<&str>::Ipv4(ip));
            prop_assert_eq!(Policy::default().vet_url(&read), Policy::default().vet_ip(ip.into()));
        }
    }

    #[test]
    fn reading_never_panics(text in ".*", host in "[0-9a-fx.:\\[\\]%@/\\\\#?a-z-]{0,40}", any_text in any::<String>()) {
        let all = Policy::new(vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()]);
        for url in [text.clone(), format!("https://{text}"), format!("http://{host}"), format!("https://[{host}]/{any_text}")] {
            for policy in [&Policy::default(), &all] {
                match EndpointUrl::parse(&url, policy) {
                    Ok(read) => prop_assert_eq!(EndpointUrl::parse(read.as_str(), policy), Ok(read)),
                    Err(refused) => prop_assert!(refused.to_string().contains(": "), "{url:?}: {refused}"),
                }
            }
        }
    }
}
