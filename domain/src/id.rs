//! Names of things. An id is a UUIDv7 behind a prefix, written as the TypeID specification writes it
//! (<https://github.com/jetify-com/typeid>): 26 characters of Crockford's base32 in lower case, so that ids
//! sort by age and can be selected with a double click. A delivery has no id of its own: it is its event and
//! its endpoint, one after the other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const ENCODED_LEN: usize = 26;

/// Why a text is not the id that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind: expected {prefix} followed by {length} lower-case letters and digits")]
pub struct InvalidId {
    prefix: &'static str,
    length: usize,
}

fn encode(id: Uuid, into: &mut String) {
    let bits = id.as_u128();
    for index in (0..ENCODED_LEN).rev() {
        into.push(char::from(ALPHABET[(bits >> (5 * index)) as usize & 31]));
    }
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != ENCODED_LEN || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |bits, byte| {
            let value = ALPHABET.iter().position(|&letter| letter == byte)?;
            Some(bits << 5 | value as u128)
        })
        .map(Uuid::from_u128)
}

/// A UUIDv7 of `now`, its other bits from `random`.
pub fn uuid_v7(now: OffsetDateTime, random: [u8; 10]) -> Uuid {
    let millis = (now.unix_timestamp_nanos() / 1_000_000).max(0) as u64;
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The instant a UUIDv7 was made at, to the millisecond.
pub fn made_at(id: Uuid) -> OffsetDateTime {
    let millis = (id.as_u128() >> 80) as i128;
    OffsetDateTime::from_unix_timestamp_nanos(millis * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            pub fn new(now: OffsetDateTime, random: [u8; 10]) -> Self {
                Self(uuid_v7(now, random))
            }

            pub fn made_at(self) -> OffsetDateTime {
                made_at(self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = String::with_capacity($prefix.len() + ENCODED_LEN);
                text.push_str($prefix);
                encode(self.0, &mut text);
                f.write_str(&text)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix)
                    .and_then(decode)
                    .map(Self)
                    .ok_or(InvalidId { prefix: $prefix, length: ENCODED_LEN })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// An endpoint: `ep_…`.
    EndpointId,
    "ep_"
);
id!(
    /// An event, as the ledger knows it: `evt_…`. A producer's own event id stands beside it.
    EventId,
    "evt_"
);
id!(
    /// An API key: `key_…`. Not the key itself.
    KeyId,
    "key_"
);
id!(
    /// A replay: `rpl_…`.
    ReplayId,
    "rpl_"
);
id!(
    /// A message that could not be mapped: `unr_…`.
    UnroutableId,
    "unr_"
);

id!(
    /// A source of webhooks to us: `src_…`.
    SourceId,
    "src_"
);

id!(
    /// A line of the audit log: `aud_…`.
    AuditId,
    "aud_"
);

/// A delivery: one event owed to one endpoint. Written `dlv_…`; it is the `webhook-id` of every attempt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId {
    pub event: EventId,
    pub endpoint: EndpointId,
}

const DELIVERY: &str = "dlv_";

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(DELIVERY.len() + 2 * ENCODED_LEN);
        text.push_str(DELIVERY);
        encode(self.event.0, &mut text);
        encode(self.endpoint.0, &mut text);
        f.write_str(&text)
    }
}

impl fmt::Debug for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for DeliveryId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { prefix: DELIVERY, length: 2 * ENCODED_LEN };
        let rest = text.strip_prefix(DELIVERY).filter(|rest| rest.is_ascii()).ok_or(invalid.clone())?;
        let (event, endpoint) = rest.split_at_checked(ENCODED_LEN).ok_or(invalid.clone())?;
        match (decode(event), decode(endpoint)) {
            (Some(event), Some(endpoint)) => {
                Ok(Self { event: EventId(event), endpoint: EndpointId(endpoint) })
            }
            _ => Err(invalid),
        }
    }
}

impl Serialize for DeliveryId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DeliveryId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A slice of the queue. An endpoint's shard is the FNV-1a hash (64 bits,
/// <http://www.isthe.com/chongo/tech/comp/fnv/>) of its id's 16 bytes, modulo the number of shards, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(pub u16);

impl Shard {
    pub fn of(endpoint: EndpointId, shards: u16) -> Self {
        let hash = endpoint.0.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self((hash % u64::from(shards.max(1))) as u16)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_id_reads_back(event: u128, endpoint: u128) {
            let event = EventId(Uuid::from_u128(event));
            let endpoint = EndpointId(Uuid::from_u128(endpoint));
            let delivery = DeliveryId { event, endpoint };
            prop_assert_eq!(event.to_string().parse::<EventId>(), Ok(event));
            prop_assert_eq!(delivery.to_string().parse::<DeliveryId>(), Ok(delivery));
            prop_assert_eq!(delivery.to_string().len(), 56);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = text.parse::<EventId>();
            let _ = text.parse::<DeliveryId>();
        }
    }

    #[test]
    fn agrees_with_the_typeid_specification() {
        // The specification's own valid vectors.
        let known = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").map(EventId);
        assert_eq!(known.map(|id| id.to_string()), Ok("evt_01h455vb4pex5vsknk084sn02q".to_owned()));
        assert!("evt_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<EventId>().is_err());
        assert!("ep_01h455vb4pex5vsknk084sn02q".parse::<EventId>().is_err());
    }

    #[test]
    fn an_id_knows_its_age() {
        let now = OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(EndpointId::new(now, [7; 10]).made_at(), now);
    }

    #[test]
    fn a_shard_never_moves() {
        let endpoint = EndpointId(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057));
        assert_eq!((Shard::of(endpoint, 16), Shard::of(endpoint, 4)), (Shard(3), Shard(3)));
    }
}
