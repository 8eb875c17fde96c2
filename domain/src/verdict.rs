//! What follows from an outcome: delivered, retry at, dead letter; and whether the endpoint is given up.

mod answer;

use time::OffsetDateTime;

use crate::delivery::{Progress, Reason};
use crate::endpoint::{AutoDisable, Failures, RetryPolicy};
use crate::outcome::{Ending, Outcome, Sign};

pub use answer::Answer;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    Retry { at: OffsetDateTime },
    DeadLetter(Reason),
}

/// Why an endpoint is given up, in the words of its `statusReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disable {
    /// It said itself that it is there no more.
    Gone(&'static str),
    Failing {
        failures: u32,
    },
}

impl std::fmt::Display for Disable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gone(why) => f.write_str(why),
            Self::Failing { failures } => write!(f, "{failures} attempts failed in a row"),
        }
    }
}

/// An attempt judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    pub verdict: Verdict,
    pub failures: Failures,
    pub disable: Option<Disable>,
}

/// Judges the attempt that just ended. `made` counts it already; `random` is in `[0, 1)`.
pub fn judge(
    ending: Ending,
    made: Progress,
    policy: &RetryPolicy,
    auto_disable: &AutoDisable,
    failures: Failures,
    now: OffsetDateTime,
    random: f64,
) -> Judgement {
    if ending.outcome == Outcome::Succeeded {
        let failures = Failures::default();
        return Judgement { verdict: Verdict::Delivered, failures, disable: None };
    }
    if ending.sign == Sign::Unsendable {
        // Another attempt would end alike, and it is not the endpoint that is to blame.
        return Judgement { verdict: Verdict::DeadLetter(Reason::Poison), failures, disable: None };
    }
    let hold = ending.hold();
    let failures = if hold.is_some() { failures } else { failures.after_failure(now) };
    let hold_until = hold.map(|hold| now + hold);
    if let Some(why) = ending.gone() {
        let verdict = Verdict::DeadLetter(Reason::Gone);
        return Judgement { verdict, failures, disable: Some(Disable::Gone(why)) };
    }
    let in_set = made.attempts.saturating_sub(made.base);
    let verdict = if in_set > policy.max_retries {
        Verdict::DeadLetter(Reason::Exhausted)
    } else {
        let at = now + policy.schedule.wait_before(in_set + 1, random);
        Verdict::Retry { at: hold_until.map_or(at, |hold| at.max(hold)) }
    };
    // What does not count towards it does not bring it about either.
    let is_due = hold.is_none() && auto_disable.is_due(failures, now);
    let disable = is_due.then_some(Disable::Failing { failures: failures.consecutive });
    match (disable, verdict) {
        (Some(_), Verdict::Retry { .. }) => {
            let verdict = Verdict::DeadLetter(Reason::EndpointFailed);
            Judgement { verdict, failures, disable }
        }
        _ => Judgement { verdict, failures, disable },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::retry::Schedule;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-01-01 00:00 UTC);

    fn policy(max_retries: u32) -> RetryPolicy {
        RetryPolicy { schedule: Schedule::default(), max_retries }
    }

    fn never() -> AutoDisable {
        AutoDisable { after: None, min_duration: Duration::ZERO }
    }

    fn failed(status: u16) -> Ending {
        Ending { outcome: Outcome::HttpError, status: Some(status), retry_after: None, sign: Sign::None }
    }

    fn at(attempts: u32, base: u32) -> Progress {
        Progress { attempts, base }
    }

    #[test]
    fn success_clears_the_row_of_failures() {
        let ending =
            Ending { outcome: Outcome::Succeeded, status: Some(204), retry_after: None, sign: Sign::None };
        let before = Failures { consecutive: 9, since: Some(NOW) };
        let judged = judge(ending, at(2, 0), &policy(3), &never(), before, NOW, 0.0);
        assert_eq!((judged.verdict, judged.failures), (Verdict::Delivered, Failures::default()));
    }

    #[test]
    fn the_schedule_then_a_dead_letter_then_a_fresh_set() {
        let verdict = |attempts, base| {
            judge(failed(500), at(attempts, base), &policy(3), &never(), Failures::default(), NOW, 0.0)
                .verdict
        };
        assert_eq!(verdict(1, 0), Verdict::Retry { at: NOW + Duration::from_mins(1) });
        assert_eq!(verdict(3, 0), Verdict::Retry { at: NOW + Duration::from_mins(15) });
        assert_eq!(verdict(4, 0), Verdict::DeadLetter(Reason::Exhausted));
        assert_eq!(verdict(5, 4), Verdict::Retry { at: NOW + Duration::from_mins(1) });
    }

    #[test]
    fn gone_gives_the_endpoint_up_at_once() {
        let judged = judge(failed(410), at(1, 0), &policy(3), &never(), Failures::default(), NOW, 0.0);
        assert_eq!(judged.verdict, Verdict::DeadLetter(Reason::Gone));
        assert_eq!(judged.disable, Some(Disable::Gone("answered 410 gone")));
    }

    #[test]
    fn what_cannot_be_sent_is_dead_at_once_and_counts_against_nobody() {
        let ending =
            Ending { outcome: Outcome::Blocked, status: None, retry_after: None, sign: Sign::Unsendable };
        let limits = AutoDisable { after: Some(5), min_duration: Duration::ZERO };
        let before = Failures { consecutive: 9, since: Some(NOW) };
        let judged = judge(ending, at(1, 0), &policy(3), &limits, before, NOW, 0.0);
        assert_eq!(judged.verdict, Verdict::DeadLetter(Reason::Poison));
        assert_eq!((judged.failures, judged.disable), (before, None));
    }

    #[test]
    fn retry_after_holds_the_endpoint_and_counts_towards_nothing() {
        let wait = Duration::from_hours(1);
        let ending = Ending { retry_after: Some(wait), ..failed(429) };
        let judged = judge(ending, at(1, 0), &policy(3), &never(), Failures::default(), NOW, 0.0);
        assert_eq!(judged.verdict, Verdict::Retry { at: NOW + wait });
        assert_eq!(judged.failures.consecutive, 0);
        let limits = AutoDisable { after: Some(5), min_duration: Duration::from_mins(1) };
        let long = Failures { consecutive: 9, since: Some(NOW - Duration::from_hours(1)) };
        assert_eq!(judge(ending, at(1, 0), &policy(3), &limits, long, NOW, 0.0).disable, None);
        let other = Ending { retry_after: Some(wait), ..failed(500) };
        let judged = judge(other, at(1, 0), &policy(3), &never(), Failures::default(), NOW, 0.0);
        assert_eq!(judged.failures.consecutive, 1);
    }

    #[test]
    fn giving_the_endpoint_up_ends_what_would_be_retried() {
        let limits = AutoDisable { after: Some(5), min_duration: Duration::from_mins(1) };
        let before = Failures { consecutive: 4, since: Some(NOW - Duration::from_secs(61)) };
        let judged = judge(failed(500), at(1, 0), &policy(3), &limits, before, NOW, 0.0);
        assert_eq!(judged.verdict, Verdict::DeadLetter(Reason::EndpointFailed));
        assert_eq!(judged.disable, Some(Disable::Failing { failures: 5 }));
    }

    proptest! {
        #[test]
        fn every_set_of_attempts_ends(max_retries in 0_u32..50, base in 0_u32..50, random in 0.0_f64..1.0) {
            let mut attempts = base;
            loop {
                attempts += 1;
                let verdict = judge(failed(500), at(attempts, base), &policy(max_retries), &never(),
                    Failures::default(), NOW, random).verdict;
                match verdict {
                    Verdict::Retry { at } => prop_assert!(at >= NOW),
                    ended @ (Verdict::Delivered | Verdict::DeadLetter(_)) => {
                        prop_assert_eq!(ended, Verdict::DeadLetter(Reason::Exhausted));
                        prop_assert_eq!(attempts - base, max_retries + 1);
                        break;
                    }
                }
            }
        }
    }
}
