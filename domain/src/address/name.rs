//! Host names that lead, by their form alone, to somewhere local or to nowhere.

/// A name that the public DNS does not answer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Local {
    Loopback,
    SingleLabel,
    Suffix(&'static str),
}

/// A suffix, and why no public receiver has it.
const SUFFIXES: &[(&str, &str)] = &[
    ("local", "a name of the local network (.local, RFC 6762)"),
    ("internal", "a private name (.internal, reserved by ICANN)"),
    ("localdomain", "a local name (.localdomain)"),
    ("home.arpa", "a name of a home network (.home.arpa, RFC 8375)"),
    ("onion", "a name outside the DNS (.onion, RFC 7686)"),
    ("alt", "a name outside the DNS (.alt, RFC 9476)"),
    ("invalid", "a name that never exists (.invalid, RFC 6761)"),
];

impl Local {
    /// Takes a host as the URL standard normalises it: lower case, punycode.
    pub(super) fn of(host: &str) -> Option<Self> {
        let name = host.strip_suffix('.').unwrap_or(host);
        if under(name, "localhost") || name == "localhost.localdomain" {
            return Some(Self::Loopback);
        }
        let suffix = SUFFIXES.iter().find(|(suffix, _)| under(name, suffix));
        match suffix {
            Some((_, why)) => Some(Self::Suffix(why)),
            None if !name.contains('.') => Some(Self::SingleLabel),
            None => None,
        }
    }

    pub(super) fn is_loopback(self) -> bool {
        self == Self::Loopback
    }

    /// Continues the sentence "`name` is …".
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Loopback => "the machine itself (localhost, RFC 6761)",
            Self::SingleLabel => "a name without a domain, which only a local network knows",
            Self::Suffix(why) => why,
        }
    }
}

/// Whether a name can be in the DNS and in a request: the URL standard lets `a{b` and `a'b` be one too.
pub(super) fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}

/// Whether a name is the suffix or ends in it, label by label.
fn under(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
