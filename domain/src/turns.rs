//! A tenant's rate limit where several nodes send for it: a line of turns, one interval apart, of which each node takes
//! stretches ahead of what it has to send.
//!
//! Whoever takes a stretch moves the line's beginning behind it, in the ledger and so one after the other: no turn is
//! given twice, whatever becomes of the answer. A turn that nobody uses is past, and counts as used. A node asks for as
//! much as it has work for, and no further ahead than a moment: so what one node has no use for is another's, and one
//! that dies takes little with it. Left out: who asks and when; the limit where one node sends everything (`bucket`).

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use time::OffsetDateTime;

/// A line whose beginning is further away was written by a clock that has been set back since.
pub const FURTHEST: Duration = Duration::from_mins(5);
/// Who waits may have turns taken so far ahead …
const AHEAD_EACH: Duration = Duration::from_millis(250);
/// … and all of a node together so far, or one.
const AHEAD: Duration = Duration::from_secs(1);

/// Where a stretch begins that is taken now.
pub fn begin(line: Option<OffsetDateTime>, now: OffsetDateTime) -> OffsetDateTime {
    line.filter(|&at| at < now + FURTHEST).map_or(now, |at| at.max(now))
}

/// One of a node's turns, on its own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub at: Duration,
    /// Not used after this.
    pub until: Duration,
}

/// The turns of one tenant that a node has taken, and who waits for one.
#[derive(Debug)]
pub struct Turns<W> {
    interval: Duration,
    /// Nobody has these yet; while there are some, nobody waits.
    free: VecDeque<Turn>,
    waiting: VecDeque<W>,
    /// What those who came since the last asking have to send besides.
    behind: HashMap<W, usize>,
    /// Turns that were used since then.
    used: usize,
    /// When each turn comes that was taken and has not come.
    coming: VecDeque<Duration>,
}

impl<W: Copy + Eq + Hash> Turns<W> {
    pub fn new(interval: Duration) -> Self {
        Self {
            interval,
            free: VecDeque::new(),
            waiting: VecDeque::new(),
            behind: HashMap::new(),
            used: 0,
            coming: VecDeque::new(),
        }
    }

    /// Takes the next turn, for one that has so much to send besides. Where there is none, it waits in the order of
    /// coming.
    pub fn take(&mut self, who: W, behind: usize, now: Duration) -> Option<Turn> {
        self.behind.insert(who, behind);
        while self.free.pop_front_if(|turn| turn.until < now).is_some() {}
        let turn = self.free.pop_front();
        match turn {
            Some(_) => self.used += 1,
            None if self.waiting.contains(&who) => {}
            None => self.waiting.push_back(who),
        }
        turn
    }

    /// How long a stretch to ask for now, in turns. What is asked for counts as answered, until somebody comes again.
    pub fn ask(&mut self, now: Duration) -> usize {
        while self.coming.pop_front_if(|at| *at <= now).is_some() {}
        let wanted = self.needed().min(self.most().saturating_sub(self.coming.len()));
        if wanted > 0 {
            self.behind.clear();
            self.used = 0;
        }
        wanted
    }

    /// Whether there is more to ask for, be it later.
    pub fn is_short(&self) -> bool {
        self.needed() > 0
    }

    fn needed(&self) -> usize {
        let behind: usize = self.behind.values().sum();
        // A hand shows no more than it holds, however much is behind it: it may need more than it did.
        let more = if behind > 0 { behind.max(2 * self.used) } else { 0 };
        (self.waiting.len() + more).saturating_sub(self.free.len())
    }

    /// How many may be on their way.
    fn most(&self) -> usize {
        let who = self.behind.len().max(self.waiting.len()).max(1);
        let ahead = AHEAD_EACH.saturating_mul(u32::try_from(who).unwrap_or(u32::MAX)).min(AHEAD);
        usize::try_from(ahead.as_nanos().div_ceil(self.interval.as_nanos())).unwrap_or(usize::MAX)
    }

    /// A stretch was taken: so many turns, of which this is the first. Answers with those who have one now.
    pub fn taken(&mut self, first: Turn, count: usize) -> Vec<(W, Turn)> {
        let mut given = Vec::new();
        let mut next = first;
        for _ in 0..count {
            self.coming.push_back(next.at);
            match self.waiting.pop_front() {
                Some(who) => given.push((who, next)),
                None => self.free.push_back(next),
            }
            next = Turn { at: next.at + self.interval, until: next.until + self.interval };
        }
        self.used += given.len();
        given
    }
}

#[cfg(test)]
mod tests;
