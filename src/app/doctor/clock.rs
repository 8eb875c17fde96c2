//! Whether two clocks agree. An event's id, and so its day, is of the node's clock; what is due is held against it.

use std::time::Duration;

use time::OffsetDateTime;

use super::Finding;

/// What another clock said, between two looks at ours.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    pub asked: OffsetDateTime,
    pub said: OffsetDateTime,
    pub answered: OffsetDateTime,
}

/// More than a network and a busy machine put between two good clocks.
const NOTABLE: Duration = Duration::from_secs(1);
/// Receivers refuse signatures that are older, or newer, as Standard Webhooks has it.
const REFUSED: Duration = Duration::from_mins(5);

const ADVICE: &str = "have the clocks of all machines set by NTP: a node that is ahead or behind sends signatures that receivers \
    refuse, and sends what is due too early or late";

pub fn judge(check: &'static str, reading: Reading) -> Finding {
    let Reading { asked, said, answered } = reading;
    // Whenever in between it was said: so much it is off at least.
    let (behind, ahead) = (asked - said, said - answered);
    let (off, word) = if behind > ahead { (behind, "behind") } else { (ahead, "ahead of") };
    if off <= NOTABLE {
        return Finding::ok(
            check,
            format!("as ours, within {} ms", (answered - asked).whole_milliseconds().max(1)),
        );
    }
    let found = format!("{:.1} s {word} ours", off.as_seconds_f64());
    if off > REFUSED { Finding::fail(check, found, ADVICE) } else { Finding::warn(check, found, ADVICE) }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::super::State;
    use super::*;

    #[test]
    fn the_time_an_answer_takes_is_not_held_against_a_clock() {
        let asked = datetime!(2026-11-25 12:00 UTC);
        let judged = |took: f64, said: f64| {
            let at = |seconds| asked + time::Duration::seconds_f64(seconds);
            judge("clock", Reading { asked, said: at(said), answered: at(took) })
        };
        assert_eq!(judged(8.0, 4.0).state, State::Ok);
        assert_eq!(judged(0.01, 0.9).state, State::Ok);
        assert_eq!(
            (judged(0.01, 4.0).state, judged(0.01, 4.01).found.as_str()),
            (State::Warn, "4.0 s ahead of ours")
        );
        assert_eq!(
            (judged(0.01, -3.0).state, judged(0.01, -3.0).found.as_str()),
            (State::Warn, "3.0 s behind ours")
        );
        assert_eq!(judged(0.01, -301.0).state, State::Fail);
    }
}
