//! What the data of a measured event says: its number, and the instant that its lag counts from.

use serde::Deserialize;
use time::OffsetDateTime;

/// The type of a measured event, where all go to the same endpoints.
pub const EVENT_TYPE: &str = "bench.event";

/// The type of those that go to this endpoint alone.
pub fn event_type(endpoint: u32) -> String {
    format!("{EVENT_TYPE}.{endpoint}")
}

/// The least data that a stamp fits into.
pub const DATA_BYTES_MIN: usize = 64;

/// Microseconds since 1970, as this machine has them: load and sink run on the same one.
pub fn micros(at: OffsetDateTime) -> u64 {
    (at.unix_timestamp_nanos() / 1000).max(0) as u64
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Stamp {
    /// The event's number in its run, from 0.
    pub n: u32,
    /// When it was sent, or was due to be.
    pub at: u64,
}

impl Stamp {
    /// JSON of exactly so many bytes, [`DATA_BYTES_MIN`] at least.
    pub fn data(self, bytes: usize) -> String {
        let Self { n, at } = self;
        let mut data = format!(r#"{{"n":{n},"at":{at},"pad":""#);
        let pad = bytes.max(DATA_BYTES_MIN).saturating_sub(data.len() + 2);
        data.extend(std::iter::repeat_n("abcdefghijklmnop", pad.div_ceil(16)));
        data.truncate(bytes.max(DATA_BYTES_MIN) - 2);
        data.push_str(r#""}"#);
        data
    }

    /// The stamp in a webhook's body, whoever wrapped the data in it.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            data: Stamp,
        }
        serde_json::from_slice(body).ok().map(|Body { data }| data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_as_long_as_asked_and_reads_back() {
        for stamp in [Stamp { n: 0, at: 0 }, Stamp { n: u32::MAX, at: u64::MAX }] {
            for bytes in [DATA_BYTES_MIN, 65, 400, 4096] {
                let data = stamp.data(bytes);
                assert_eq!(data.len(), bytes, "{data}");
                let body = format!(r#"{{"event":"bench.event","data":{data}}}"#);
                assert_eq!(Stamp::read(body.as_bytes()), Some(stamp));
            }
        }
        assert_eq!(Stamp::read(br#"{"event":"order.created","data":{"id":42}}"#), None);
    }
}
