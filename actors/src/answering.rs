//! Whether something answers: said once when it stops, and once when it does again.

use std::mem;

/// Told of each answer, it tells which of them is news.
#[derive(Debug)]
pub struct Answering(bool);

impl Default for Answering {
    /// It answered so far.
    fn default() -> Self {
        Self(true)
    }
}

impl Answering {
    /// `Err` when it answers no more, and with what; `Ok` when it does again; `None` when it goes on as it did.
    pub fn news<'a, T, E>(&mut self, answer: &'a Result<T, E>) -> Option<Result<(), &'a E>> {
        let did = mem::replace(&mut self.0, answer.is_ok());
        (did != answer.is_ok()).then(|| answer.as_ref().map(|_| ()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_news() {
        let mut answering = Answering::default();
        let heard = [Ok(1), Err("away"), Err("still"), Ok(2), Ok(3)];
        let news: Vec<_> = heard.iter().map(|answer| answering.news(answer)).collect();
        assert_eq!(news, [None, Some(Err(&"away")), None, Some(Ok(())), None]);
    }
}
