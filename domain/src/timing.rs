//! When an event may be sent, as its producer asks.
//!
//! Decided at the moment it is asked for. Left out: keeping to it.

use std::time::Duration;

use time::OffsetDateTime;

use crate::span::Span;

/// From when on an event may be sent. `None` is at once, and so is what has come already.
pub fn later(
    at: OffsetDateTime,
    now: OffsetDateTime,
    ahead_max: Duration,
) -> Result<Option<OffsetDateTime>, String> {
    if at > now + ahead_max {
        let ahead_max = Span::new(ahead_max).unwrap_or_default();
        return Err(format!("is more than {ahead_max} ahead"));
    }
    Ok((at > now).then_some(at))
}

/// From when on an event is sent no more, which is later than it may be sent.
pub fn expiry(
    at: OffsetDateTime,
    now: OffsetDateTime,
    deliver_at: Option<OffsetDateTime>,
) -> Result<OffsetDateTime, &'static str> {
    match deliver_at {
        Some(deliver_at) if at <= deliver_at => Err("is not after deliverAt: it would never be sent"),
        None if at <= now => Err("has passed already: it would never be sent"),
        Some(_) | None => Ok(at),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);
    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn what_has_come_is_now_and_what_is_too_far_is_refused() {
        assert_eq!(later(NOW, NOW, DAY), Ok(None));
        assert_eq!(later(NOW - DAY, NOW, DAY), Ok(None));
        assert_eq!(later(NOW + DAY, NOW, DAY), Ok(Some(NOW + DAY)));
        let far = later(NOW + DAY + Duration::from_millis(1), NOW, DAY);
        assert_eq!(far, Err("is more than 1d ahead".to_owned()));
    }

    #[test]
    fn what_would_never_be_sent_is_refused() {
        assert!(expiry(NOW, NOW, None).is_err());
        assert!(expiry(NOW + DAY, NOW, Some(NOW + DAY)).is_err());
        assert_eq!(expiry(NOW + 2 * DAY, NOW, Some(NOW + DAY)), Ok(NOW + 2 * DAY));
    }
}
