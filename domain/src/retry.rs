//! How long to wait before each attempt.
//!
//! An endpoint's owner writes a [`Schedule`], the endpoint actor asks it. It promises waits within its own
//! limits for any attempt number and any random number. Left out: how many attempts there are (`maxRetries`), and
//! what a receiver's `Retry-After` says.

use std::fmt;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::span::Span;

pub const WAITS_MAX: usize = 50;
/// The longest wait a schedule may name; what chance adds comes on top.
pub const WAIT_MAX: Span = Span::from_secs(7 * 24 * 60 * 60);
pub const FACTOR_MAX: f64 = 100.0;

/// The most that chance adds to a listed wait, as a part of it, so that what failed together is not tried together.
const LIST_JITTER: f64 = 0.1;

/// In JSON a list (`["0s","1m","5m","15m"]`) or an object (`{"initial":"5s","factor":4,"max":"10h","jitter":0.2}`).
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule(Shape);

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// The wait before attempt 1, 2, 3, …; the last one repeats. Never empty.
    List(Vec<Span>),
    Exponential(Exponential),
}

/// Attempt 1 at once, attempt 2 after `initial`, each further wait `factor` times the one before, up to `max`;
/// chance adds up to `jitter` times the wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exponential {
    initial: Span,
    #[serde(serialize_with = "whole_if_whole")]
    factor: f64,
    max: Span,
    #[serde(serialize_with = "whole_if_whole")]
    jitter: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotASchedule {
    #[error("a retry schedule has 1 to {WAITS_MAX} waits")]
    Length,
    #[error("a wait is at most {WAIT_MAX}, not {0}")]
    TooLong(Span),
    #[error("initial must be longer than 0s")]
    InitialZero,
    #[error("max must not be shorter than initial")]
    MaxBelowInitial,
    #[error("factor must be between 1 and {FACTOR_MAX}")]
    Factor,
    #[error("jitter must be between 0 and 1")]
    Jitter,
}

impl Schedule {
    /// The waits before attempt 1, 2, 3, …; the last one repeats.
    pub fn list(waits: Vec<Span>) -> Result<Self, NotASchedule> {
        if waits.is_empty() || waits.len() > WAITS_MAX {
            return Err(NotASchedule::Length);
        }
        waits.iter().try_for_each(|wait| at_most_max(*wait))?;
        Ok(Self(Shape::List(waits)))
    }

    /// Attempt 1 at once, then `initial`, `initial × factor`, … up to `max`, and up to `jitter` of each on top.
    pub fn exponential(initial: Span, factor: f64, max: Span, jitter: f64) -> Result<Self, NotASchedule> {
        at_most_max(initial)?;
        at_most_max(max)?;
        if initial.is_zero() {
            return Err(NotASchedule::InitialZero);
        }
        if max < initial {
            return Err(NotASchedule::MaxBelowInitial);
        }
        // Neither range holds a NaN.
        if !(1.0..=FACTOR_MAX).contains(&factor) {
            return Err(NotASchedule::Factor);
        }
        if !(0.0..=1.0).contains(&jitter) {
            return Err(NotASchedule::Jitter);
        }
        Ok(Self(Shape::Exponential(Exponential { initial, factor, max, jitter })))
    }

    /// The wait before an attempt, counted from 1 within the current set (a manual retry starts a new one).
    ///
    /// `random` is in [0, 1); outside of it the nearest end counts.
    pub fn wait_before(&self, attempt_number: u32, random: f64) -> Duration {
        let random = if random > 0.0 { random.min(1.0) } else { 0.0 };
        let (wait, jitter) = match &self.0 {
            Shape::List(waits) => (listed(waits, attempt_number), LIST_JITTER),
            Shape::Exponential(shape) => (shape.wait_before(attempt_number), shape.jitter),
        };
        wait + wait.mul_f64(jitter * random)
    }
}

/// The product's own: at once, then after 1, 5 and 15 minutes.
impl Default for Schedule {
    fn default() -> Self {
        Self(Shape::List([0, 60, 5 * 60, 15 * 60].map(Span::from_secs).to_vec()))
    }
}

impl Exponential {
    fn wait_before(&self, attempt_number: u32) -> Duration {
        let Some(steps) = attempt_number.checked_sub(2) else { return Duration::ZERO };
        let exponent = i32::try_from(steps).unwrap_or(i32::MAX);
        // Infinite for large exponents, which `max` then cuts.
        let secs = self.initial.duration().as_secs_f64() * self.factor.powi(exponent);
        let wait = Duration::try_from_secs_f64(secs).unwrap_or(Duration::MAX);
        wait.min(self.max.duration())
    }
}

fn listed(waits: &[Span], attempt_number: u32) -> Duration {
    let at = usize::try_from(attempt_number).unwrap_or(usize::MAX).saturating_sub(1);
    waits.get(at).or(waits.last()).copied().unwrap_or_default().duration()
}

fn at_most_max(wait: Span) -> Result<(), NotASchedule> {
    if wait > WAIT_MAX { Err(NotASchedule::TooLong(wait)) } else { Ok(()) }
}

/// `4`, not `4.0`: as its owner wrote it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn whole_if_whole<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 {
        serializer.serialize_u64(*number as u64)
    } else {
        serializer.serialize_f64(*number)
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Shape::List(waits) => waits.serialize(serializer),
            Shape::Exponential(shape) => shape.serialize(serializer),
        }
    }
}

/// By hand, because an untagged enum would answer "did not match any variant" whatever the mistake.
impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EitherShape;

        impl<'de> Visitor<'de> for EitherShape {
            type Value = Schedule;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of waits or an object with initial, factor, max and jitter")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Schedule, A::Error> {
                let mut waits = Vec::new();
                while let Some(wait) = items.next_element()? {
                    if waits.len() == WAITS_MAX {
                        return Err(serde::de::Error::custom(NotASchedule::Length));
                    }
                    waits.push(wait);
                }
                Schedule::list(waits).map_err(serde::de::Error::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Schedule, A::Error> {
                let read = Exponential::deserialize(MapAccessDeserializer::new(fields))?;
                Schedule::exponential(read.initial, read.factor, read.max, read.jitter)
                    .map_err(serde::de::Error::custom)
            }
        }

        deserializer.deserialize_any(EitherShape)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    fn schedule(json: &str) -> Schedule {
        serde_json::from_str(json).unwrap()
    }

    fn waits(json: &str) -> Vec<u64> {
        (1..=7).map(|number| schedule(json).wait_before(number, 0.0).as_secs()).collect()
    }

    #[test]
    fn waits_as_written() {
        assert_eq!(waits(r#"["0s","1m","5m","15m"]"#), [0, 60, 300, 900, 900, 900, 900]);
        assert_eq!(waits(r#"["10s"]"#), [10; 7]);
        let exponential = r#"{"initial":"5s","factor":4,"max":"10h","jitter":0.2}"#;
        assert_eq!(waits(exponential), [0, 5, 20, 80, 320, 1280, 5120]);
        assert_eq!(schedule(exponential).wait_before(u32::MAX, 0.0), Duration::from_hours(10));
        assert_eq!(schedule(exponential).wait_before(0, 0.5), Duration::ZERO);
        assert_eq!(schedule(r#"["7s"]"#).wait_before(0, 0.0), Duration::from_secs(7));
    }

    #[test]
    fn chance_adds_its_part() {
        let list = schedule(r#"["0s","100s"]"#);
        assert_eq!(list.wait_before(1, 0.9), Duration::ZERO);
        assert_eq!(list.wait_before(2, 0.5), Duration::from_secs(105));
        let exponential = schedule(r#"{"initial":"10s","factor":1,"max":"10s","jitter":0.2}"#);
        assert_eq!(exponential.wait_before(2, 0.5), Duration::from_secs(11));
        for random in [f64::NAN, -1.0, f64::NEG_INFINITY] {
            assert_eq!(list.wait_before(2, random), Duration::from_secs(100));
        }
        assert_eq!(list.wait_before(2, f64::INFINITY), Duration::from_secs(110));
    }

    #[test]
    fn the_default_is_the_documented_one() {
        assert_eq!(serde_json::to_string(&Schedule::default()).unwrap(), r#"["0s","1m","5m","15m"]"#);
    }

    #[test]
    fn json_is_written_as_it_was_read() {
        for json in [
            r#"["0s"]"#,
            r#"["0s","500ms","1m","1h30m","7d"]"#,
            r#"{"initial":"5s","factor":4,"max":"10h","jitter":0.2}"#,
            r#"{"initial":"1ms","factor":1.5,"max":"7d","jitter":0}"#,
            r#"{"initial":"1s","factor":100,"max":"1s","jitter":1}"#,
        ] {
            assert_eq!(serde_json::to_string(&schedule(json)).unwrap(), json);
        }
    }

    #[test]
    fn refuses_with_a_reason() {
        let reason = |json: &str| serde_json::from_str::<Schedule>(json).unwrap_err().to_string();
        let too_many = format!("[{}]", vec![r#""1s""#; WAITS_MAX + 1].join(","));
        for (json, expected) in [
            ("[]", "a retry schedule has 1 to 50 waits"),
            (too_many.as_str(), "a retry schedule has 1 to 50 waits"),
            (r#"["8d"]"#, "a wait is at most 7d, not 8d"),
            (r#"["5"]"#, r#""5" is no duration"#),
            ("[5]", "a duration like"),
            ("5", "a list of waits or an object"),
            (r#""5s""#, "a list of waits or an object"),
            (r#"{"initial":"0s","factor":2,"max":"1h","jitter":0}"#, "initial must be longer"),
            (r#"{"initial":"2h","factor":2,"max":"1h","jitter":0}"#, "max must not be shorter"),
            (r#"{"initial":"1s","factor":0.5,"max":"1h","jitter":0}"#, "factor must be between 1 and 100"),
            (r#"{"initial":"1s","factor":101,"max":"1h","jitter":0}"#, "factor must be between 1 and 100"),
            (r#"{"initial":"1s","factor":2,"max":"1h","jitter":1.1}"#, "jitter must be between 0 and 1"),
            (r#"{"initial":"1s","factor":2,"max":"8d","jitter":0}"#, "a wait is at most 7d, not 8d"),
            (r#"{"initial":"1s","factor":2,"max":"1h"}"#, "missing field `jitter`"),
            (r#"{"initial":"1s","factor":2,"max":"1h","jitter":0,"x":1}"#, "unknown field `x`"),
        ] {
            assert!(reason(json).contains(expected), "{json}: {}", reason(json));
        }
        let second = Span::from_secs(1);
        assert_eq!(Schedule::exponential(second, f64::NAN, second, 0.0), Err(NotASchedule::Factor));
        assert_eq!(Schedule::exponential(second, 2.0, second, f64::NAN), Err(NotASchedule::Jitter));
    }

    fn exponentials() -> impl Strategy<Value = (Schedule, Duration, f64)> {
        let week = WAIT_MAX.duration().as_millis() as u64;
        (1..=week, 1.0..=FACTOR_MAX, 0.0..=1.0, any::<prop::sample::Index>()).prop_map(
            move |(initial, factor, jitter, max)| {
                let max = Duration::from_millis(initial + max.index((week - initial + 1) as usize) as u64);
                let initial = Span::new(Duration::from_millis(initial)).unwrap();
                let written =
                    Schedule::exponential(initial, factor, Span::new(max).unwrap(), jitter).unwrap();
                (written, max, jitter)
            },
        )
    }

    fn lists() -> impl Strategy<Value = (Schedule, Vec<Duration>)> {
        let wait = (0..=WAIT_MAX.duration().as_millis() as u64).prop_map(Duration::from_millis);
        prop::collection::vec(wait, 1..=WAITS_MAX).prop_map(|waits| {
            let spans = waits.iter().map(|wait| Span::new(*wait).unwrap()).collect();
            (Schedule::list(spans).unwrap(), waits)
        })
    }

    proptest! {
        #[test]
        fn exponential_waits_grow_to_the_cap((schedule, max, jitter) in exponentials(), random in 0.0..1.0) {
            let bare: Vec<Duration> = (1..=40).map(|number| schedule.wait_before(number, 0.0)).collect();
            prop_assert!(bare.is_sorted());
            prop_assert!(bare.iter().all(|wait| *wait <= max));
            let slack = Duration::from_nanos(1);
            for (number, bare) in (1..=40).zip(bare) {
                let wait = schedule.wait_before(number, random);
                prop_assert!(bare <= wait && wait <= bare + bare.mul_f64(jitter) + slack);
            }
        }

        #[test]
        fn listed_waits_gain_a_tenth_at_most((schedule, waits) in lists(), number in 1..200_u32, random in 0.0..1.0) {
            let bare = waits[(number as usize - 1).min(waits.len() - 1)];
            let wait = schedule.wait_before(number, random);
            prop_assert!(bare <= wait && wait <= bare + bare / 10 + Duration::from_nanos(1));
        }

        #[test]
        fn json_is_read_as_it_was_written((exponential, ..) in exponentials(), (list, _) in lists()) {
            for schedule in [exponential, list] {
                let json = serde_json::to_string(&schedule).unwrap();
                let again: Schedule = serde_json::from_str(&json).unwrap();
                // A float may lose its last bit on the way (serde_json without float_roundtrip): same waits to a µs.
                for number in [1, 2, 3, 10, 1000] {
                    let (one, other) = (schedule.wait_before(number, 0.5), again.wait_before(number, 0.5));
                    prop_assert!(one.abs_diff(other) < Duration::from_micros(1), "{one:?} {other:?}");
                }
            }
        }

        #[test]
        fn any_json_is_read_or_refused_with_words(
            waits in prop::collection::vec("[0-9]{1,5}(ms|[smhd])|[a-z0-9]{0,6}", 0..55),
            initial in "[0-9]{1,4}[smhd]",
            max in "[0-9]{1,4}[hd]",
            (factor, jitter) in any::<(f64, f64)>(),
            (thousandths, hundredths) in (900..3000_i32, -10..110_i32),
            any_text in any::<String>(),
        ) {
            let list = serde_json::json!(waits).to_string();
            let exponential = |factor: f64, jitter: f64| {
                serde_json::json!({"initial": initial, "factor": factor, "max": max, "jitter": jitter}).to_string()
            };
            let near = exponential(f64::from(thousandths) / 1000.0, f64::from(hundredths) / 100.0);
            for json in [list, near, exponential(factor, jitter), any_text] {
                match serde_json::from_str::<Schedule>(&json) {
                    Ok(schedule) => {
                        let again = serde_json::from_str::<Schedule>(&serde_json::to_string(&schedule).unwrap());
                        prop_assert!(again.is_ok(), "{json}");
                        let longest = (0..60).map(|number| schedule.wait_before(number, 0.0)).max();
                        prop_assert!(longest <= Some(WAIT_MAX.duration()), "{json}");
                    }
                    Err(refused) => prop_assert!(refused.to_string().contains(' '), "{json}"),
                }
            }
        }

        #[test]
        fn never_panics((schedule, ..) in exponentials(), number in any::<u32>(), random in any::<f64>()) {
            prop_assert!(schedule.wait_before(number, random) <= WAIT_MAX.duration() * 2);
        }
    }
}
