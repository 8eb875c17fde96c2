//! Why a filter lets an event through, or does not: every condition, what was found where it looks, and whether that
//! is what it wants. For people who try a filter; whoever matches events does not come here.

use serde::Serialize;

use super::parse::{Clause, Condition};
use super::reading::{Name, Reading, Value};
use super::wrong::shortened;

/// So many values of one path are shown,
pub const FOUND_MAX: usize = 5;
/// and so many characters of each.
pub const FOUND_CHARS_MAX: usize = 80;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    pub matches: bool,
    /// In the order the filter has them.
    pub conditions: Vec<Considered>,
    /// What the conditions, each by itself, do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

/// One condition, by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Considered {
    /// The list of the field, as a JSON pointer into the filter.
    pub pointer: String,
    pub path: String,
    /// What is there, as JSON, shortened; `{…}` is an object, which no condition is about. Those of arrays are
    /// values of the path each.
    pub found: Vec<String>,
    /// How many more were found than are shown.
    pub more: usize,
    pub holds: bool,
}

const NO_ONE_OBJECT: &str =
    "every condition holds somewhere, but not all of them for one and the same object of an array";
const ABSENT_THERE: &str =
    "exists: false holds for the object of an array for which the other conditions hold";

pub(super) fn explain(
    reading: &Reading,
    clauses: &[Clause],
    conditions: &[Condition],
    matches: bool,
) -> Explanation {
    let conditions: Vec<Considered> =
        conditions.iter().map(|condition| consider(reading, condition)).collect();
    let note = match (matches, hold(clauses, &conditions)) {
        (false, true) => Some(NO_ONE_OBJECT),
        (true, false) => Some(ABSENT_THERE),
        (true, true) | (false, false) => None,
    };
    Explanation { matches, conditions, note }
}

/// Whether the conditions hold, each by itself.
fn hold(clauses: &[Clause], conditions: &[Considered]) -> bool {
    clauses.iter().all(|clause| match clause {
        Clause::Condition(number) => conditions.get(*number).is_some_and(|condition| condition.holds),
        Clause::Either(alternatives) => alternatives.iter().any(|alternative| hold(alternative, conditions)),
    })
}

fn consider(reading: &Reading, condition: &Condition) -> Considered {
    let mut considered = Considered {
        pointer: condition.pointer.clone(),
        path: condition.path.to_string(),
        found: Vec::new(),
        more: 0,
        holds: false,
    };
    let mut any_scalar = false;
    let mut look = |value: Value<'_>| {
        let scalar = value.scalar();
        if considered.found.len() < FOUND_MAX {
            let shown = scalar.as_ref().map(|_| shortened(value.written(), FOUND_CHARS_MAX));
            considered.found.push(shown.unwrap_or_else(|| "{…}".to_owned()));
        } else {
            considered.more += 1;
        }
        if let Some(scalar) = scalar {
            any_scalar = true;
            considered.holds |= condition.operators.iter().any(|operator| operator.holds(&scalar));
        }
    };
    if let Some(root) = reading.root() {
        at_path(root, condition.path.names(), &mut look);
    }
    considered.holds |= condition.or_absent && !any_scalar;
    considered
}

/// As deep as a path is long.
fn at_path<'a>(value: Value<'a>, names: &[Box<str>], look: &mut impl FnMut(Value<'a>)) {
    let Some((first, rest)) = names.split_first() else {
        value.each().for_each(look);
        return;
    };
    for object in value.each() {
        let is_called =
            |(name, _): &(Name<'a>, Value<'a>)| name.text().is_some_and(|name| name == first.as_ref());
        // Of a name that is there twice the last counts.
        if let Some((_, value)) = object.members().filter(is_called).last() {
            at_path(value, rest, look);
        }
    }
}
