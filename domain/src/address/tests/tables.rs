//! Spellings that are refused, and that are not, each under the reason.

/// Hosts refused under the default policy, by https and http alike. The reason is part of the refusal's words.
#[rustfmt::skip]
pub const REFUSED_HOSTS: &[(&str, &[&str])] = &[
    ("(loopback, RFC 1122)", &[
        "127.0.0.1", "127.0.0.1:8080", "127.1", "127.0.1", "127.255.255.255", "127.8.8.8", "0x7f.0.0.1", "0x7f.1",
        "0x7f000001", "0X7F000001", "2130706433", "017700000001", "0177.0.0.1", "0177.0.0.01", "0x7f.0x0.0x0.0x1",
        "127.0.0.1.", "127.0x0.1", "127.000.000.001", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "127。0。0。1", "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
    ]),
    ("(loopback, RFC 4291)", &[
        "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::0.0.0.1]", "[::1]:443",
    ]),
    ("(this host, RFC 1122)", &[
        "0", "0.0.0.0", "0x0", "00", "0.0",
    ]),
    ("(this network, RFC 791)", &[
        "0.1.2.3",
    ]),
    ("(unspecified, RFC 4291)", &[
        "[::]", "[::0]", "[0:0::0]",
    ]),
    ("(private use, RFC 1918)", &[
        "10.0.0.1", "10.1", "0xa.1", "012.1", "167772161", "0xa000001", "10.255.255.255", "172.16.0.1",
        "172.31.255.255", "172.20.1", "0xac100001", "2886729729", "192.168.0.1", "192.168.1", "192.168.257",
        "0xc0.0xa8.0.1", "0300.0250.0.1", "3232235521", "0xc0a80001",
    ]),
    ("(link local, RFC 3927)", &[
        "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518", "0xa9.254.0251.254",
        "169.254.169.254.", "169.254.0.0", "169.254.170.2",
    ]),
    ("(instance metadata, Alibaba Cloud)", &[
        "100.100.100.200",
    ]),
    ("(platform services, Microsoft Azure)", &[
        "168.63.129.16",
    ]),
    ("(instance metadata, Oracle Cloud)", &[
        "192.0.0.192",
    ]),
    ("(instance metadata, Amazon EC2)", &[
        "[fd00:ec2::254]",
    ]),
    ("(instance metadata, Google Cloud)", &[
        "[fd20:ce::254]",
    ]),
    ("(link local, RFC 4291)", &[
        "[fe80::a9fe:a9fe]", "[fe80::1]", "[febf:ffff::1]",
    ]),
    ("(shared address space, RFC 6598)", &[
        "100.64.0.1", "100.127.255.255",
    ]),
    ("(IPv4 service continuity, RFC 7335)", &[
        "192.0.0.1",
    ]),
    ("(dummy address, RFC 7600)", &[
        "192.0.0.8",
    ]),
    ("(port control anycast, RFC 7723)", &[
        "192.0.0.9", "[2001:1::1]",
    ]),
    ("(TURN anycast, RFC 8155)", &[
        "192.0.0.10", "[2001:1::2]",
    ]),
    ("(NAT64 discovery, RFC 8880)", &[
        "192.0.0.170", "192.0.0.171",
    ]),
    ("(documentation, RFC 5737)", &[
        "192.0.2.1", "198.51.100.7", "203.0.113.9",
    ]),
    ("(AS112, RFC 7535)", &[
        "192.31.196.1", "[2001:4:112::1]",
    ]),
    ("(multicast tunnelling, RFC 7450)", &[
        "192.52.193.1", "[2001:3::1]",
    ]),
    ("(6to4 relay anycast, RFC 7526)", &[
        "192.88.99.1",
    ]),
    ("(6a44 relay anycast, RFC 6751)", &[
        "192.88.99.2",
    ]),
    ("(AS112, RFC 7534)", &[
        "192.175.48.1", "[2620:4f:8000::1]",
    ]),
    ("(benchmarking, RFC 2544)", &[
        "198.18.0.1", "198.19.255.255",
    ]),
    ("(multicast, RFC 5771)", &[
        "224.0.0.1", "239.255.255.255", "233.252.0.1",
    ]),
    ("(reserved, RFC 1112)", &[
        "240.0.0.1", "250.1.2.3", "255.255.255.254",
    ]),
    ("(limited broadcast, RFC 919)", &[
        "255.255.255.255", "0xffffffff", "4294967295",
    ]),
    // within an IPv6 address
    ("(loopback, RFC 1122)", &[
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]",
        "[64:ff9b::7f00:1]",
    ]),
    // within an IPv6 address
    ("(private use, RFC 1918)", &[
        "[::ffff:10.0.0.1]", "[::ffff:192.168.1.1]", "[64:ff9b::10.0.0.1]",
    ]),
    // within an IPv6 address
    ("(link local, RFC 3927)", &[
        "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]",
    ]),
    // within an IPv6 address
    ("(this host, RFC 1122)", &[
        "[::ffff:0.0.0.0]", "[64:ff9b::]",
    ]),
    // within an IPv6 address
    ("(shared address space, RFC 6598)", &[
        "[::ffff:100.64.0.1]",
    ]),
    // within an IPv6 address
    ("(platform services, Microsoft Azure)", &[
        "[::ffff:168.63.129.16]",
    ]),
    ("(IPv4-compatible, RFC 4291)", &[
        "[::127.0.0.1]", "[::7f00:1]", "[::10.0.0.1]", "[::8.8.8.8]", "[::808:808]", "[::2]",
    ]),
    ("(IPv4-translated, RFC 7915)", &[
        "[::ffff:0:127.0.0.1]", "[::ffff:0:808:808]",
    ]),
    ("(local-use NAT64, RFC 8215)", &[
        "[64:ff9b:1::1]", "[64:ff9b:1:ffff::8.8.8.8]",
    ]),
    ("(not global unicast, RFC 4291)", &[
        "[64:ff9b::1:808:808]", "[64:ff9a::808:808]", "[100:1::1]", "[4000::1]", "[8000::1]", "[1fff::1]",
        "[200::1]", "[e000::1]",
    ]),
    ("(6to4, RFC 3056)", &[
        "[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:808:808::1]",
    ]),
    ("(Teredo, RFC 4380)", &[
        "[2001::1]", "[2001:0:53aa:64c:0:fbff:80ff:fffe]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    ]),
    ("(discard only, RFC 6666)", &[
        "[100::1]",
    ]),
    ("(dummy prefix, RFC 9780)", &[
        "[100:0:0:1::1]",
    ]),
    ("(service registration anycast, RFC 9665)", &[
        "[2001:1::3]",
    ]),
    ("(protocol assignments, RFC 2928)", &[
        "[2001:1::4]", "[2001:2:1::1]", "[2001:1ff:ffff::1]",
    ]),
    ("(benchmarking, RFC 5180)", &[
        "[2001:2::1]",
    ]),
    ("(ORCHID, RFC 4843)", &[
        "[2001:10::1]",
    ]),
    ("(ORCHIDv2, RFC 7343)", &[
        "[2001:20::1]",
    ]),
    ("(drone entity tags, RFC 9374)", &[
        "[2001:3f::1]",
    ]),
    ("(documentation, RFC 3849)", &[
        "[2001:db8::1]", "[2001:DB8:0:0::1]",
    ]),
    ("(documentation, RFC 9637)", &[
        "[3fff::1]", "[3fff:fff::1]",
    ]),
    ("(segment routing, RFC 9602)", &[
        "[5f00::1]",
    ]),
    ("(unique local, RFC 4193)", &[
        "[fc00::1]", "[fd12:3456:789a::1]",
    ]),
    ("(site local, RFC 3879)", &[
        "[fec0::1]", "[feff::1]",
    ]),
    ("(multicast, RFC 4291)", &[
        "[ff02::1]", "[ff0e::1]",
    ]),
    ("is the machine itself (localhost, RFC 6761)", &[
        "localhost", "LOCALHOST", "LocalHost", "localhost.", "localhost:3000", "foo.localhost", "a.b.localhost.",
        "localhost.localdomain", "loc%61lhost", "%6c%6f%63%61%6c%68%6f%73%74", "ｌｏｃａｌｈｏｓｔ", "local\u{ad}host",
        "ⓛocalhost",
    ]),
    ("is a local name (.localdomain)", &[
        "box.localdomain",
    ]),
    ("is a name of the local network (.local, RFC 6762)", &[
        "printer.local", "printer.local.", "PRINTER.LOCAL", "local", "ｆｏｏ．ｌｏｃａｌ",
    ]),
    ("is a private name (.internal, reserved by ICANN)", &[
        "internal", "metadata.google.internal", "metadata.google.internal.", "ip-10-0-0-1.ec2.internal",
        "host.docker.internal", "foo。internal",
    ]),
    ("is a name of a home network (.home.arpa, RFC 8375)", &[
        "router.home.arpa",
    ]),
    ("is a name outside the DNS (.onion, RFC 7686)", &[
        "x.onion",
    ]),
    ("is a name outside the DNS (.alt, RFC 9476)", &[
        "x.alt",
    ]),
    ("is a name that never exists (.invalid, RFC 6761)", &[
        "x.invalid",
    ]),
    ("is a name without a domain, which only a local network knows", &[
        "db", "kubernetes", "com", "metadata", "postgres:8080",
    ]),
];

/// What is refused whatever ranges are listed: it is no URL that an endpoint can have.
#[rustfmt::skip]
pub const REFUSED_FORMS: &[(&str, &[&str])] = &[
    ("starts with neither https:// nor a permitted http://", &[
        "", "https", "https:", "https:/", "https:example.com", "https:/example.com", "//example.com/", "/hook",
        "example.com", "example.com/hook", "ftp://example.com/", "file:///etc/passwd", "file://localhost/etc/passwd",
        "gopher://example.com/", "javascript:alert(1)", "data:text/plain,x", "ws://example.com/",
        "wss://example.com/", "unix:///run/docker.sock", "dict://example.com:11211/", "ldap://example.com/",
        "httpss://example.com/", "view-source:https://example.com/", "https+unix://example.com/",
        "jar:https://example.com!/", "about:blank",
    ]),
    ("the URL holds", &[
        " ", "https://example.com\\@127.0.0.1/", "https:\\\\example.com\\", "https://example.com\\hook",
        " https://example.com/", "https://example.com/ ", "https://exa mple.com/", "https://example.com/a b",
        "https://exa\nmple.com/", "https://example.com/\r\nX: y", "https://example.com/\0",
        "https://example.com/\u{a0}", "ht\ttps://example.com/", "https://example.com/\u{3000}",
    ]),
    ("the URL's host is empty", &[
        "https://", "https:///", "https:///example.com", "https://?x", "https://#x",
    ]),
    ("cannot be read (empty host)", &[
        "https://:443/", "https://::1/",
    ]),
    ("the URL holds a user name or password", &[
        "https://user@example.com/", "https://user:secret@example.com/", "https://:secret@example.com/",
        "https://@example.com/", "https://:@example.com/", "https://example.com@evil.example/",
        "https://example.com%40@evil.example/", "https://a@b@example.com/",
    ]),
    ("cannot be read (invalid IPv4 address)", &[
        "https://256.1.1.1/", "https://1.2.3.4.5/", "https://1.2.3.256/", "https://0x100000000/",
        "https://4294967296/", "https://08.1.1.1/",
    ]),
    ("cannot be read (invalid port number)", &[
        "https://example.com:65536/", "https://example.com:-1/", "https://example.com:abc/",
    ]),
    ("the URL's port is 0", &[
        "https://example.com:0/",
    ]),
    ("cannot be read (invalid IPv6 address)", &[
        "https://[::1/", "https://[::g]/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/",
        "https://[1.2.3.4]/", "https://[]/", "https://[::1]x/",
    ]),
    ("cannot be read (invalid international domain name)", &[
        "https://exa<mple.com/", "https://example.com|x/", "https://exa%00mple.com/", "https://exa%20mple.com/",
        "https://example%2f.com/", "https://example%23.com/", "https://a^b.com/", "https://xn--a/",
    ]),
    ("is no host name", &[
        "https://..com/", "https://example..com/", "https://.example.com/", "https://example.com../", "https://./",
        "https://a{b.example.com/", "https://a'b.example.com/", "https://a$b.com/", "https://*.example.com/",
        "https://a,b.com/", "https://a;b.com/", "https://(example).com/", "https://ex!ample.com/", "https://a~b.com/",
    ]),
    ("is another protocol's", &[
        "https://example.com:1/", "https://example.com:22/", "https://example.com:25/hook", "https://example.com:0025/",
        "https://1.1.1.1:53/", "https://example.com:110/", "https://example.com:143/", "https://example.com:465/",
        "https://example.com:587/", "https://example.com:993/", "https://example.com:2375/", "https://example.com:3306/",
        "https://example.com:4222/", "https://example.com:5432/", "https://[2606:4700:4700::1111]:6379/",
        "https://example.com:6667/", "https://example.com:10080/", "https://example.com:11211/?x", "https://example.com:27017/",
    ]),
];

/// What is accepted under the default policy, and why it may look as if it should not be.
#[rustfmt::skip]
pub const ACCEPTED: &[(&str, &[&str])] = &[
    ("plain", &[
        "https://example.com", "https://example.com/", "https://example.com/hook", "HTTPS://EXAMPLE.COM/Hook",
        "https://example.com//x", "https://example.com.", "https://sub.domain.example.co.uk/",
        "https://hook_receiver.example.com/", "https://example.com/ünï", "https://a.b.c.d.e.f.example.com/",
    ]),
    ("ports that receivers use", &[
        "https://example.com:443/", "https://example.com:8443/hook", "https://example.com:65535/",
        "https://example.com:8080/",
    ]),
    ("what follows the host is the receiver's affair", &[
        "https://example.com/hook?token=a%20b&x=1", "https://example.com/?", "https://example.com/#fragment",
        "https://example.com/a/../b", "https://example.com/%2e%2e/x", "https://example.com/@user",
        "https://example.com?to=http://127.0.0.1/", "https://example.com/http://localhost/",
    ]),
    ("names of any script", &[
        "https://münchen.de/hook", "https://xn--mnchen-3ya.de/", "https://例え.テスト/",
    ]),
    ("names that only look local: where they lead is seen at each attempt", &[
        "https://localhost.example.com/", "https://localhost.com/", "https://internal.example.com/",
        "https://mylocal.example.com/", "https://notlocalhost.com/", "https://foolocal.net/",
        "https://127.0.0.1.nip.io/", "https://10.example.com/",
    ]),
    ("public IPv4 addresses, in any spelling", &[
        "https://1.1.1.1/", "https://8.8.8.8:8443/hook", "https://0x08080808/", "https://134744072/",
        "https://010.8.8.8/x", "https://1.1/",
    ]),
    ("beside a special range of IPv4", &[
        "https://9.255.255.255/", "https://11.0.0.0/", "https://100.63.255.255/", "https://100.128.0.0/",
        "https://126.255.255.255/", "https://128.0.0.0/", "https://169.253.255.255/", "https://169.255.0.0/",
        "https://172.15.255.255/", "https://172.32.0.0/", "https://192.0.1.0/", "https://192.0.3.0/",
        "https://192.167.255.255/", "https://192.169.0.0/", "https://198.17.255.255/", "https://198.20.0.0/",
        "https://223.255.255.255/",
    ]),
    ("public IPv6 addresses", &[
        "https://[2606:4700:4700::1111]/", "https://[2001:4860:4860::8888]:8443/hook",
        "https://[2a00:1450:4001::1]/",
    ]),
    ("beside a special range of IPv6", &[
        "https://[2001:200::1]/", "https://[2003::1]/", "https://[3ffe::1]/", "https://[2620:4f:8001::1]/",
    ]),
    ("an IPv4 address within that is public", &[
        "https://[::ffff:8.8.8.8]/", "https://[64:ff9b::8.8.8.8]/",
    ]),
];
