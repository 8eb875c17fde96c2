//! The address ranges that no webhook may reach: one row a range, with its name and where that is written down.
//!
//! Rows are the two IANA special-purpose registries (RFC 6890, RFC 8190; IPv4 and IPv6, as of October 2025)
//! in full, the globally reachable entries too (anycast services, where nobody receives webhooks), and besides
//! them multicast, the addresses of clouds' own services, and all of IPv6 outside global unicast. Left out on
//! purpose: an IPv4 address hidden behind an operator's own NAT64 prefix (RFC 6052), which looks like any
//! other; who runs such a gateway must bound it there. 64:ff9b::/96 and `::ffff:0:0/96` are no rows because
//! such an address is judged by the IPv4 address within it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A range with a special purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub net: IpNet,
    /// What it is for, in lower case: `link local`.
    pub name: &'static str,
    /// Where that is written down: `RFC 3927`.
    pub source: &'static str,
}

impl Range {
    /// The narrowest range that holds this very address, if any does; nothing is unwrapped.
    pub fn of(ip: IpAddr) -> Option<&'static Self> {
        RANGES.iter().filter(|range| range.net.contains(&ip)).max_by_key(|range| range.net.prefix_len())
    }

    /// Every range there is.
    pub fn all() -> &'static [Self] {
        RANGES
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.net, self.name, self.source)
    }
}

/// The IPv4 address an IPv6 address is only another way of writing: IPv4-mapped (RFC 4291), and NAT64 with the
/// well-known prefix (RFC 6052), where a gateway translates; what DNS64 answers for every IPv4-only name.
pub(super) fn embedded(ip: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = ip else { return None };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return Some(v4);
    }
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = v6.segments() else { return None };
    Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
}

const fn v4(octets: [u8; 4], prefix: u8, name: &'static str, source: &'static str) -> Range {
    Range { net: IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::from_octets(octets), prefix)), name, source }
}

const fn v6(segments: [u16; 8], prefix: u8, name: &'static str, source: &'static str) -> Range {
    Range { net: IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::from_segments(segments), prefix)), name, source }
}

#[rustfmt::skip]
const RANGES: &[Range] = &[
    // IPv4: the registry.
    v4([0, 0, 0, 0], 8, "this network", "RFC 791"),
    v4([0, 0, 0, 0], 32, "this host", "RFC 1122"),
    v4([10, 0, 0, 0], 8, "private use", "RFC 1918"),
    v4([100, 64, 0, 0], 10, "shared address space", "RFC 6598"),
    v4([127, 0, 0, 0], 8, "loopback", "RFC 1122"),
    v4([169, 254, 0, 0], 16, "link local", "RFC 3927"),
    v4([172, 16, 0, 0], 12, "private use", "RFC 1918"),
    v4([192, 0, 0, 0], 24, "protocol assignments", "RFC 6890"),
    v4([192, 0, 0, 0], 29, "IPv4 service continuity", "RFC 7335"),
    v4([192, 0, 0, 8], 32, "dummy address", "RFC 7600"),
    v4([192, 0, 0, 9], 32, "port control anycast", "RFC 7723"),
    v4([192, 0, 0, 10], 32, "TURN anycast", "RFC 8155"),
    v4([192, 0, 0, 170], 32, "NAT64 discovery", "RFC 8880"),
    v4([192, 0, 0, 171], 32, "NAT64 discovery", "RFC 8880"),
    v4([192, 0, 2, 0], 24, "documentation", "RFC 5737"),
    v4([192, 31, 196, 0], 24, "AS112", "RFC 7535"),
    v4([192, 52, 193, 0], 24, "multicast tunnelling", "RFC 7450"),
    v4([192, 88, 99, 0], 24, "6to4 relay anycast", "RFC 7526"),
    v4([192, 88, 99, 2], 32, "6a44 relay anycast", "RFC 6751"),
    v4([192, 168, 0, 0], 16, "private use", "RFC 1918"),
    v4([192, 175, 48, 0], 24, "AS112", "RFC 7534"),
    v4([198, 18, 0, 0], 15, "benchmarking", "RFC 2544"),
    v4([198, 51, 100, 0], 24, "documentation", "RFC 5737"),
    v4([203, 0, 113, 0], 24, "documentation", "RFC 5737"),
    v4([240, 0, 0, 0], 4, "reserved", "RFC 1112"),
    v4([255, 255, 255, 255], 32, "limited broadcast", "RFC 919"),
    // IPv4: besides the registry.
    v4([224, 0, 0, 0], 4, "multicast", "RFC 5771"),
    v4([100, 100, 100, 200], 32, "instance metadata", "Alibaba Cloud"),
    v4([168, 63, 129, 16], 32, "platform services", "Microsoft Azure"),
    v4([192, 0, 0, 192], 32, "instance metadata", "Oracle Cloud"),
    // IPv6: the registry.
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128, "unspecified", "RFC 4291"),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback", "RFC 4291"),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "local-use NAT64", "RFC 8215"),
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard only", "RFC 6666"),
    v6([0x100, 0, 0, 1, 0, 0, 0, 0], 64, "dummy prefix", "RFC 9780"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "protocol assignments", "RFC 2928"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "Teredo", "RFC 4380"),
    v6([0x2001, 1, 0, 0, 0, 0, 0, 1], 128, "port control anycast", "RFC 7723"),
    v6([0x2001, 1, 0, 0, 0, 0, 0, 2], 128, "TURN anycast", "RFC 8155"),
    v6([0x2001, 1, 0, 0, 0, 0, 0, 3], 128, "service registration anycast", "RFC 9665"),
    v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, "benchmarking", "RFC 5180"),
    v6([0x2001, 3, 0, 0, 0, 0, 0, 0], 32, "multicast tunnelling", "RFC 7450"),
    v6([0x2001, 4, 0x112, 0, 0, 0, 0, 0], 48, "AS112", "RFC 7535"),
    v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28, "ORCHID", "RFC 4843"),
    v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28, "ORCHIDv2", "RFC 7343"),
    v6([0x2001, 0x30, 0, 0, 0, 0, 0, 0], 28, "drone entity tags", "RFC 9374"),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation", "RFC 3849"),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4", "RFC 3056"),
    v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48, "AS112", "RFC 7534"),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation", "RFC 9637"),
    v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, "segment routing", "RFC 9602"),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique local", "RFC 4193"),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link local", "RFC 4291"),
    // IPv6: besides the registry.
    v6([0, 0, 0, 0, 0, 0, 0, 0], 96, "IPv4-compatible", "RFC 4291"),
    v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, "IPv4-translated", "RFC 7915"),
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128, "instance metadata", "Amazon EC2"),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128, "instance metadata", "Google Cloud"),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "site local", "RFC 3879"),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast", "RFC 4291"),
    // Only 2000::/3 is global unicast: these three are the rest.
    v6([0, 0, 0, 0, 0, 0, 0, 0], 3, "not global unicast", "RFC 4291"),
    v6([0x4000, 0, 0, 0, 0, 0, 0, 0], 2, "not global unicast", "RFC 4291"),
    v6([0x8000, 0, 0, 0, 0, 0, 0, 0], 1, "not global unicast", "RFC 4291"),
];
