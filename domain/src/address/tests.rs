#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn policy(ranges: &[&str]) -> Policy {
    Policy::new(ranges.iter().map(|range| range.parse().unwrap()).collect())
}

/// Hosts refused under the default policy, by https and http alike.
#[rustfmt::skip]
const REFUSED_HOSTS: &[&str] = &[
    // loopback, in every spelling the URL standard reads
    "127.0.0.1", "127.0.0.1:8080", "127.1", "127.0.1", "127.255.255.255", "127.8.8.8", "0x7f.0.0.1", "0x7f.1",
    "0x7f000001", "0X7F000001", "2130706433", "017700000001", "0177.0.0.1", "0177.0.0.01", "0x7f.0x0.0x0.0x1",
    "127.0.0.1.", "127.0x0.1", "127.000.000.001", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "127。0。0。1",
    "１２７.０.０.１", "①②⑦.⓪.⓪.①", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::0.0.0.1]", "[::1]:443",
    // this network
    "0", "0.0.0.0", "0x0", "00", "0.0", "0.1.2.3", "[::]", "[::0]", "[0:0::0]",
    // private use
    "10.0.0.1", "10.1", "0xa.1", "012.1", "167772161", "0xa000001", "10.255.255.255", "172.16.0.1",
    "172.31.255.255", "172.20.1", "0xac100001", "2886729729", "192.168.0.1", "192.168.1", "192.168.257",
    "0xc0.0xa8.0.1", "0300.0250.0.1", "3232235521", "0xc0a80001",
    // link local, metadata
    "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518", "0xa9.254.0251.254",
    "169.254.169.254.", "169.254.0.0", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192",
    "[fd00:ec2::254]", "[fd20:ce::254]", "[fe80::a9fe:a9fe]", "[fe80::1]", "[febf:ffff::1]",
    // the rest of the IPv4 registry
    "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.9", "192.0.0.10", "192.0.0.170",
    "192.0.0.171", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.88.99.2", "192.175.48.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "233.252.0.1",
    "240.0.0.1", "250.1.2.3", "255.255.255.254", "255.255.255.255", "0xffffffff", "4294967295",
    // an IPv4 address within an IPv6 one
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]", "[::ffff:192.168.1.1]", "[::ffff:0.0.0.0]", "[::ffff:100.64.0.1]",
    "[::ffff:168.63.129.16]", "[::127.0.0.1]", "[::7f00:1]", "[::10.0.0.1]", "[::8.8.8.8]", "[::808:808]",
    "[::ffff:0:127.0.0.1]", "[::ffff:0:808:808]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b::10.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::]", "[64:ff9b:1::1]", "[64:ff9b:1:ffff::8.8.8.8]",
    "[64:ff9b::1:808:808]", "[64:ff9a::808:808]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:808:808::1]",
    "[2001::1]", "[2001:0:53aa:64c:0:fbff:80ff:fffe]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    // the rest of IPv6
    "[100::1]", "[100:0:0:1::1]", "[100:1::1]", "[2001:1::1]", "[2001:1::2]", "[2001:1::3]", "[2001:1::4]",
    "[2001:2::1]", "[2001:2:1::1]", "[2001:3::1]", "[2001:4:112::1]", "[2001:10::1]", "[2001:20::1]",
    "[2001:3f::1]", "[2001:1ff:ffff::1]", "[2001:db8::1]", "[2001:DB8:0:0::1]", "[2620:4f:8000::1]", "[3fff::1]",
    "[3fff:fff::1]", "[5f00::1]", "[fc00::1]", "[fd12:3456:789a::1]", "[fec0::1]", "[feff::1]", "[ff02::1]",
    "[ff0e::1]", "[4000::1]", "[8000::1]", "[1fff::1]", "[::2]", "[200::1]", "[e000::1]",
    // names that lead somewhere local
    "localhost", "LOCALHOST", "LocalHost", "localhost.", "localhost:3000", "foo.localhost", "a.b.localhost.",
    "localhost.localdomain", "box.localdomain", "loc%61lhost", "%6c%6f%63%61%6c%68%6f%73%74", "ｌｏｃａｌｈｏｓｔ",
    "local\u{ad}host", "ⓛocalhost", "printer.local", "printer.local.", "PRINTER.LOCAL", "local", "internal",
    "metadata.google.internal", "metadata.google.internal.", "ip-10-0-0-1.ec2.internal", "host.docker.internal",
    "router.home.arpa", "x.onion", "x.alt", "x.invalid", "db", "postgres:5432", "kubernetes", "com", "metadata",
    "ｆｏｏ．ｌｏｃａｌ", "foo。internal",
];

/// What is refused whatever the policy says: it is no URL that an endpoint can have.
#[rustfmt::skip]
const REFUSED_FORMS: &[&str] = &[
    "", " ", "https", "https:", "https:/", "https://", "https:///", "https:///example.com", "https:example.com",
    "https:/example.com", "https://?x", "https://#x", "https://:443/", "//example.com/", "/hook", "example.com",
    "example.com/hook", "ftp://example.com/", "file:///etc/passwd", "file://localhost/etc/passwd",
    "gopher://example.com/", "javascript:alert(1)", "data:text/plain,x", "ws://example.com/", "wss://example.com/",
    "unix:///run/docker.sock", "dict://example.com:11211/", "ldap://example.com/", "httpss://example.com/",
    "view-source:https://example.com/", "https+unix://example.com/", "jar:https://example.com!/", "about:blank",
    "https://user@example.com/", "https://user:secret@example.com/", "https://:secret@example.com/",
    "https://@example.com/", "https://:@example.com/", "https://example.com@evil.example/",
    "https://example.com%40@evil.example/", "https://a@b@example.com/", "https://example.com\\@127.0.0.1/",
    "https:\\\\example.com\\", "https://example.com\\hook", " https://example.com/", "https://example.com/ ",
    "https://exa mple.com/", "https://example.com/a b", "https://exa\nmple.com/", "https://example.com/\r\nX: y",
    "https://example.com/\0", "https://example.com/\u{a0}", "ht\ttps://example.com/", "https://example.com/\u{3000}",
    "https://256.1.1.1/", "https://1.2.3.4.5/", "https://1.2.3.256/", "https://0x100000000/", "https://4294967296/",
    "https://08.1.1.1/", "https://example.com:65536/", "https://example.com:-1/",
    "https://example.com:abc/", "https://example.com:0/", "https://[::1/", "https://::1/", "https://[::g]/",
    "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[1.2.3.4]/", "https://[]/", "https://[::1]x/",
    "https://exa<mple.com/", "https://example.com|x/", "https://exa%00mple.com/", "https://exa%20mple.com/",
    "https://example%2f.com/", "https://example%23.com/", "https://a^b.com/", "https://..com/", "https://example..com/",
    "https://.example.com/", "https://example.com../", "https://./", "https://xn--a/",
];

/// What is accepted under the default policy.
#[rustfmt::skip]
const ACCEPTED: &[&str] = &[
    "https://example.com", "https://example.com/", "https://example.com/hook", "HTTPS://EXAMPLE.COM/Hook",
    "https://example.com:443/", "https://example.com:8443/hook", "https://example.com:65535/", "https://example.com:22/",
    "https://example.com/hook?token=a%20b&x=1", "https://example.com/?", "https://example.com/#fragment",
    "https://example.com/a/../b", "https://example.com/%2e%2e/x", "https://example.com/@user", "https://example.com//x",
    "https://example.com?to=http://127.0.0.1/", "https://example.com/http://localhost/", "https://example.com.",
    "https://sub.domain.example.co.uk/", "https://hook_receiver.example.com/", "https://münchen.de/hook",
    "https://xn--mnchen-3ya.de/", "https://例え.テスト/", "https://example.com/ünï", "https://localhost.example.com/",
    "https://localhost.com/", "https://internal.example.com/", "https://mylocal.example.com/", "https://notlocalhost.com/",
    "https://foolocal.net/", "https://127.0.0.1.nip.io/", "https://10.example.com/", "https://a.b.c.d.e.f.example.com/",
    "https://1.1.1.1/", "https://8.8.8.8:8443/hook", "https://0x08080808/", "https://134744072/", "https://010.8.8.8/x",
    "https://1.1/", "https://9.255.255.255/", "https://11.0.0.0/", "https://100.63.255.255/", "https://100.128.0.0/",
    "https://126.255.255.255/", "https://128.0.0.0/", "https://169.253.255.255/", "https://169.255.0.0/",
    "https://172.15.255.255/", "https://172.32.0.0/", "https://192.0.1.0/", "https://192.0.3.0/", "https://192.167.255.255/",
    "https://192.169.0.0/", "https://198.17.255.255/", "https://198.20.0.0/", "https://223.255.255.255/",
    "https://[2606:4700:4700::1111]/", "https://[2001:4860:4860::8888]:8443/hook", "https://[2001:200::1]/",
    "https://[2003::1]/", "https://[2a00:1450:4001::1]/", "https://[3ffe::1]/", "https://[::ffff:8.8.8.8]/",
    "https://[64:ff9b::8.8.8.8]/", "https://[2620:4f:8001::1]/",
];

#[test]
fn refuses_local_hosts_by_https_and_http() {
    assert!(REFUSED_HOSTS.len() + REFUSED_FORMS.len() >= 150);
    for host in REFUSED_HOSTS {
        for scheme in ["https", "http", "HTTPS"] {
            let url = format!("{scheme}://{host}/hook");
            let refused = EndpointUrl::parse(&url, &Policy::default());
            assert!(
                matches!(
                    refused,
                    Err(Refused::Address { .. } | Refused::Embedded { .. } | Refused::Name { .. })
                ),
                "{url}: {refused:?}"
            );
        }
    }
}

#[test]
fn refuses_what_is_no_url_of_an_endpoint_whatever_the_policy() {
    for url in REFUSED_FORMS {
        for policy in [Policy::default(), policy(&["0.0.0.0/0", "::/0"])] {
            let read = EndpointUrl::parse(url, &policy);
            assert!(read.is_err(), "{url:?}: {read:?}");
        }
    }
}

#[test]
fn accepts_public_urls() {
    assert!(ACCEPTED.len() >= 40);
    for url in ACCEPTED {
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
                if let Ok(read) = EndpointUrl::parse(&url, policy) {
                    prop_assert_eq!(EndpointUrl::parse(read.as_str(), policy), Ok(read));
                }
            }
        }
    }
}
