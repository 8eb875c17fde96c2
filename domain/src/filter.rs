//! Which of the events of its types an endpoint wants, by what is in them: a filter, in the event-pattern language
//! that Amazon EventBridge made common. `docs/filters.md` has the language, for those who write filters.
//!
//! An endpoint's owner writes a [`Filter`]; one that exists is valid, and is compiled. Whoever has an event makes one
//! [`Reading`] of it and asks every filter about that. A decision walks only what the filter names, once for so many
//! of its combinations at a time; nothing in filter or event can make it recurse deeper than [`DEPTH_MAX`].
//! [`Filter::explain`] says why. Left out: which endpoints want an event's type, which [`crate::matching`] finds
//! first, and channels, which an endpoint's own list is about.

mod decimal;
mod effort;
mod explanation;
mod operator;
mod parse;
mod path;
mod plan;
mod reading;
mod wildcard;
mod wrong;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

pub use effort::Effort;
pub use explanation::{Considered, Explanation, FOUND_CHARS_MAX, FOUND_MAX};
pub use reading::Reading;
pub use wrong::{WRONG_MAX, Wrong};

use parse::{Clause, Condition, Parser};
use plan::{Part, Plan};
use reading::Text;
use wrong::Wrongs;

/// As it is written, spaces included.
pub const FILTER_BYTES_MAX: usize = 8 * 1024;
/// Objects in objects, and names of a path.
pub const DEPTH_MAX: usize = 16;
/// Entries of lists, those of anything-but included. Values among them are looked up, however many.
pub const ENTRIES_MAX: usize = 200;
/// Entries that are operators: each is held against every element of an array.
pub const OPERATORS_MAX: usize = 50;
/// Operators that may have to look through a whole text.
pub const WILDCARDS_MAX: usize = 20;
/// EventBridge's own limit of what `$or` may make.
pub const COMBINATIONS_MAX: usize = 1_000;

/// Which of the events of its types an endpoint wants.
#[derive(Debug, Clone, Default)]
pub enum Wants {
    #[default]
    All,
    Matching(Arc<Filter>),
    /// What is stored of its filter cannot be read: nothing, lest it gets what it does not want.
    Nothing,
}

/// Says of an event whether it is let through.
#[derive(Debug, Clone)]
pub struct Filter {
    written: Box<RawValue>,
    clauses: Vec<Clause>,
    conditions: Vec<Condition>,
    plans: Vec<Plan>,
}

impl Filter {
    /// Reads what an endpoint's owner wrote; answers with every mistake at once, up to [`WRONG_MAX`].
    pub fn parse(written: &RawValue) -> Result<Self, Vec<Wrong>> {
        let mut parser = Parser::default();
        let bytes = written.get().len();
        if bytes > FILTER_BYTES_MAX {
            let detail = format!("a filter has at most {FILTER_BYTES_MAX} bytes, this one has {bytes}");
            return Err(vec![Wrong { pointer: String::new(), detail }]);
        }
        let text = Text::read(written.get().to_owned());
        let clauses = text.root().map(|root| parser.filter(root)).unwrap_or_default();
        let Parser { conditions, mut wrongs, .. } = parser;
        let mut plans = Vec::new();
        if wrongs.are_none() {
            let counted = plan::count(&clauses, &conditions);
            if counted > COMBINATIONS_MAX {
                let detail = format!(
                    "$or, and exists: false beside other entries, make {counted} combinations, more than the \
                     {COMBINATIONS_MAX} allowed"
                );
                wrongs.add("", detail);
            } else {
                let combinations = plan::combinations(&clauses, &conditions);
                refuse_twice(&combinations, &conditions, &mut wrongs);
                plans = Plan::of(&combinations, &conditions);
            }
        }
        wrongs.none_or()?;
        Ok(Self { written: written.to_owned(), clauses, conditions, plans })
    }

    /// As its owner wrote it.
    pub fn written(&self) -> &RawValue {
        &self.written
    }

    pub fn matches(&self, reading: &Reading) -> bool {
        self.holds(reading, &mut Effort::new(u64::MAX))
    }

    /// The same, where it does not take more than this; `None` where it would.
    pub fn matches_within(&self, reading: &Reading, effort: &mut Effort) -> Option<bool> {
        let holds = self.holds(reading, effort);
        (!effort.is_spent()).then_some(holds)
    }

    fn holds(&self, reading: &Reading, effort: &mut Effort) -> bool {
        self.plans.iter().any(|plan| plan.holds(reading, &self.conditions, effort))
    }

    /// Whether it matches, and why.
    pub fn explain(&self, reading: &Reading) -> Explanation {
        explanation::explain(reading, &self.clauses, &self.conditions, self.matches(reading))
    }
}

/// Two lists for one field would have to hold both, and nobody can tell for which value of an array.
fn refuse_twice(combinations: &[Vec<Part>], conditions: &[Condition], wrongs: &mut Wrongs) {
    let mut told = BTreeSet::new();
    for combination in combinations {
        let mut asked: Vec<_> =
            combination.iter().filter_map(|part| conditions.get(part.condition)).collect();
        asked.sort_by(|a, b| a.path.cmp(&b.path));
        for pair in asked.windows(2) {
            if let [a, b] = pair
                && a.path == b.path
                && told.insert(&b.pointer)
            {
                let detail =
                    format!("{} has a list at {} already: put the entries into one list", b.path, a.pointer);
                wrongs.add(&b.pointer, detail);
            }
        }
    }
}

/// As its owner wrote it.
impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}

#[cfg(test)]
mod tests;
