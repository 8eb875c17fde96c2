//! Which addresses may be connected to: the public ones by https, and the listed ranges by either scheme.
//!
//! A stand-in for the domain's address policy, with the same names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub allow: Vec<IpNet>,
}

impl Policy {
    /// Whether `ip` may be connected to for a URL of `scheme`; if not, why, in a sentence for the endpoint's owner.
    pub fn vet_connect(&self, scheme: &str, ip: IpAddr) -> Result<(), String> {
        let ip = ip.to_canonical();
        let listed = self.allow.iter().any(|net| net.contains(&ip));
        match scheme {
            "http" | "https" if listed => Ok(()),
            "https" if is_public(ip) => Ok(()),
            "http" if is_public(ip) => Err("plain http is not allowed".to_owned()),
            "http" | "https" => Err(format!("the address {ip} is not allowed")),
            other => Err(format!("the scheme {other} is not allowed")),
        }
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || matches!(
            (a, b, c),
            (0 | 224.., _, _) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18 | 19, _)
        );
    !special
}

/// Global unicast alone, without the ranges that carry an IPv4 address or are for documentation.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    (0x2000..0x4000).contains(&a)
        && a != 0x2002
        && !(a == 0x2001 && (b < 0x0200 || b == 0x0db8))
        && a != 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_by_https_listed_by_either() {
        let policy = Policy { allow: vec!["10.1.0.0/16".parse().unwrap()] };
        for (scheme, ip, allowed) in [
            ("https", "93.184.215.14", true),
            ("http", "93.184.215.14", false),
            ("http", "10.1.2.3", true),
            ("https", "10.2.2.3", false),
            ("https", "::ffff:127.0.0.1", false),
            ("https", "169.254.169.254", false),
            ("https", "2606:4700::1", true),
            ("https", "fd00::1", false),
            ("https", "64:ff9b::7f00:1", false),
            ("ftp", "10.1.2.3", false),
        ] {
            let verdict = policy.vet_connect(scheme, ip.parse().unwrap());
            assert_eq!(verdict.is_ok(), allowed, "{scheme} {ip}: {verdict:?}");
        }
    }
}
