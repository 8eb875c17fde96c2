//! When the next commit may begin. Where several requests shared one, more are to come, and the next is no sooner than a
//! moment after it began: what comes meanwhile shares it. Who was alone waits for nobody.

use std::time::Duration;

#[derive(Default)]
pub struct Rhythm {
    /// When the last commit began, where several requests shared it.
    shared: Option<Duration>,
}

impl Rhythm {
    pub fn began(&mut self, requests: usize, uptime: Duration) {
        self.shared = (requests > 1).then_some(uptime);
    }

    /// How long the next one waits for more.
    pub fn wait(&self, pause: Duration, uptime: Duration) -> Option<Duration> {
        (self.shared? + pause).checked_sub(uptime).filter(|wait| !wait.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_behind_a_shared_commit_is_gathered_and_who_is_alone_is_not_kept_waiting() {
        let millis = Duration::from_millis;
        let (mut rhythm, pause) = (Rhythm::default(), millis(5));
        assert_eq!(rhythm.wait(pause, millis(100)), None);
        rhythm.began(1, millis(100));
        assert_eq!(rhythm.wait(pause, millis(101)), None);
        rhythm.began(2, millis(101));
        let waits = [101, 103, 106, 200].map(|at| rhythm.wait(pause, millis(at)));
        assert_eq!(waits, [Some(pause), Some(millis(3)), None, None]);
        assert_eq!(rhythm.wait(Duration::ZERO, millis(101)), None);
    }
}
