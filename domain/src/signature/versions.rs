//! Which signatures of Standard Webhooks an endpoint's requests carry.

/// At least one. The number is what the ledger stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signatures {
    /// HMAC-SHA256 by the secret.
    #[default]
    V1 = 0,
    /// ed25519 by the secret's key.
    V1a = 1,
    Both = 2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a list of v1, v1a or both, each once")]
pub struct NotSignatures;

impl Signatures {
    pub const ALL: [Self; 3] = [Self::V1, Self::V1a, Self::Both];

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|signatures| *signatures as i16 == number)
    }

    /// Reads them in either order.
    pub fn parse(names: &[&str]) -> Result<Self, NotSignatures> {
        match names {
            ["v1"] => Ok(Self::V1),
            ["v1a"] => Ok(Self::V1a),
            ["v1", "v1a"] | ["v1a", "v1"] => Ok(Self::Both),
            _ => Err(NotSignatures),
        }
    }

    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::V1 => &["v1"],
            Self::V1a => &["v1a"],
            Self::Both => &["v1", "v1a"],
        }
    }

    pub fn has_v1(self) -> bool {
        matches!(self, Self::V1 | Self::Both)
    }

    pub fn has_v1a(self) -> bool {
        matches!(self, Self::V1a | Self::Both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_read_in_either_order_and_each_once() {
        for signatures in Signatures::ALL {
            assert_eq!(Signatures::parse(signatures.names()), Ok(signatures));
            assert_eq!(Signatures::from_number(signatures as i16), Some(signatures));
            let named = |name: &str| signatures.names().contains(&name);
            assert_eq!((signatures.has_v1(), signatures.has_v1a()), (named("v1"), named("v1a")));
        }
        assert_eq!(Signatures::parse(&["v1a", "v1"]), Ok(Signatures::Both));
        for wrong in [&[][..], &["v1", "v1"], &["V1"], &["v2"], &["v1", "v1a", "v1"]] {
            assert_eq!(Signatures::parse(wrong), Err(NotSignatures), "{wrong:?}");
        }
    }
}
