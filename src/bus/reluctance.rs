//! Whether a stream takes what it is given: a server whose store or disk is full refuses, or says nothing at all.
//!
//! Promises: while it takes nothing, one publish is tried now and then, and nobody else waits for it; what it does not
//! take goes on from the ledger at once. Leaves out: a connection that is lost, and a stream that is not there.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long the server's word on a publish is awaited: for all of a window together.
const ACK_WAIT: Duration = Duration::from_secs(5);
/// The same where it took nothing lately.
const TRIAL_WAIT: Duration = Duration::from_secs(1);
/// Between two trials.
const AGAIN: Duration = Duration::from_secs(5);
/// What was not published to for longer may take again.
const LATELY: Duration = Duration::from_mins(1);

/// When the next publish may be tried, where the last one was not taken.
#[derive(Default)]
pub struct Reluctance(Mutex<Option<Instant>>);

impl Reluctance {
    /// How long to await the server's word on a publish, if it is to be tried at all.
    pub fn patience(&self, now: Instant) -> Option<Duration> {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *next {
            None => Some(ACK_WAIT),
            Some(at) if at <= now => {
                *next = Some(now + TRIAL_WAIT + AGAIN);
                Some(TRIAL_WAIT)
            }
            Some(_) => None,
        }
    }

    pub fn took(&self) {
        self.set(None);
    }

    pub fn refused(&self, now: Instant) {
        self.set(Some(now + AGAIN));
    }

    pub fn is_on(&self) -> bool {
        self.next().is_some()
    }

    /// Whether a publish was not taken, or not heard of, a short while ago.
    pub fn refused_lately(&self, now: Instant) -> bool {
        self.next().is_some_and(|next| now < next + LATELY)
    }

    fn next(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, next: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_is_tried_by_one_now_and_then() {
        let (reluctance, began) = (Reluctance::default(), Instant::now());
        assert_eq!(reluctance.patience(began), Some(ACK_WAIT));
        reluctance.refused(began);
        assert!(reluctance.is_on());
        assert_eq!(reluctance.patience(began), None);
        let later = began + AGAIN;
        assert_eq!([reluctance.patience(later), reluctance.patience(later)], [Some(TRIAL_WAIT), None]);
        // Nobody heard what came of that one.
        let later = later + TRIAL_WAIT + AGAIN;
        assert_eq!(reluctance.patience(later), Some(TRIAL_WAIT));
        assert!(reluctance.refused_lately(later) && !reluctance.refused_lately(later + LATELY + AGAIN * 2));
        reluctance.took();
        assert!(!reluctance.refused_lately(later));
        assert_eq!((reluctance.patience(later), reluctance.is_on()), (Some(ACK_WAIT), false));
    }
}
