//! Cursors: where a page ended, as it is given out and read again.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{EndpointId, EventId};
use time::OffsetDateTime;

use crate::ledger::admin::deliveries::Cursor;

/// A cursor as it is given out: nobody should read it.
pub fn sealed(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// What was given out; `None` for what never was.
pub fn opened(text: &str) -> Option<String> {
    URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok())
}

/// A cursor of a walk along deliveries.
pub fn write_walk(cursor: Cursor) -> String {
    sealed(&match cursor {
        Cursor::Delivery(event, endpoint) => format!("{event} {endpoint}"),
        Cursor::Position(position) => format!("p{position}"),
    })
}

pub fn read_walk(text: &str) -> Option<Cursor> {
    if let Some(position) = text.strip_prefix('p') {
        return position.parse().ok().map(Cursor::Position);
    }
    let (event, endpoint) = text.split_once(' ')?;
    Some(Cursor::Delivery(event.parse::<EventId>().ok()?, endpoint.parse::<EndpointId>().ok()?))
}

/// A cursor that is an instant and an id, to the nanosecond.
pub fn write_instant(at: OffsetDateTime, id: impl Display) -> String {
    format!("{} {id}", at.unix_timestamp_nanos())
}

/// Takes what Postgres can hold; a made-up cursor may say anything.
pub fn read_instant<T: FromStr>(text: &str) -> Option<(OffsetDateTime, T)> {
    let (nanos, id) = text.split_once(' ')?;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos.parse().ok()?).ok()?;
    (1970..=9999).contains(&at.year()).then_some((at, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use domain::tenant::TenantId;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cursors_read_back() {
        let id: EventId = "evt_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        let endpoint: EndpointId = "ep_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        for cursor in [Cursor::Position(7), Cursor::Position(i64::MAX), Cursor::Delivery(id, endpoint)] {
            assert_eq!(opened(&write_walk(cursor)).and_then(|text| read_walk(&text)), Some(cursor));
        }
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_790_000_000_123_456_000).unwrap();
        let demo: TenantId = "demo".parse().unwrap();
        assert_eq!(read_instant(&write_instant(at, &demo)), Some((at, demo)));
    }

    proptest! {
        #[test]
        fn what_was_never_given_out_opens_nothing_that_could_not_have_been(
            far in any::<String>(),
            near in "[p0-9+-]{0,22}|-?[0-9]{1,21} ([a-z]{1,4}|\\PC{0,4})|evt_[0-7][0-9a-z]{25} ep_[0-7][0-9a-z]{25}",
        ) {
            for text in [&far, &near] {
                prop_assert_eq!(opened(&sealed(text)), Some(text.clone()));
                let _ = opened(text);
                if let Some(cursor) = read_walk(text) {
                    prop_assert_eq!(opened(&write_walk(cursor)).and_then(|text| read_walk(&text)), Some(cursor));
                }
                if let Some((at, id)) = read_instant::<TenantId>(text) {
                    prop_assert!((1970..=9999).contains(&at.year()), "{text}");
                    prop_assert_eq!(read_instant(&write_instant(at, &id)), Some((at, id)));
                }
            }
        }
    }
}
