//! A filter as it was written → what it asks: conditions, and how they hang together.

mod operators;

use std::collections::BTreeSet;

use super::operator::{Operator, Values};
use super::path::Path;
use super::reading::Value;
use super::wrong::{Wrongs, inside, quoted};
use super::{DEPTH_MAX, ENTRIES_MAX, OPERATORS_MAX, WILDCARDS_MAX};

/// The list of one field: it holds where any of its operators does for any value there, or where no value is there
/// and `or_absent` says so.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub pointer: String,
    pub path: Path,
    pub operators: Vec<Operator>,
    pub or_absent: bool,
}

/// All clauses of an object hold, or the object does not.
#[derive(Debug, Clone)]
pub(super) enum Clause {
    /// Its number among the conditions.
    Condition(usize),
    /// `$or`: all clauses of any of these.
    Either(Vec<Vec<Clause>>),
}

const OR: &str = "$or";
/// What an event has, and whether fields are in it.
const ROOT: [(&str, bool); 5] =
    [("event", false), ("eventId", false), ("timestamp", false), ("channels", false), ("data", true)];

/// What an entry of a list asks.
enum Asked {
    Operator(Operator),
    Absent,
}

#[derive(Debug, Default)]
pub(super) struct Parser {
    pub conditions: Vec<Condition>,
    pub wrongs: Wrongs,
    entries: usize,
    operators: usize,
    wildcards: usize,
}

/// Where the parser is.
#[derive(Clone, Default)]
struct Place {
    pointer: String,
    path: Path,
    depth: usize,
    in_or: bool,
}

impl Parser {
    pub fn filter(&mut self, root: Value<'_>) -> Vec<Clause> {
        if !root.is_object() {
            self.wrongs.add("", r#"a filter is an object, as in {"data.amount": [{"numeric": [">", 100]}]}"#);
            return Vec::new();
        }
        let clauses = self.object(root, &Place::default());
        for (counted, what, max) in [
            (self.entries, "entries of lists", ENTRIES_MAX),
            (self.operators, "operators", OPERATORS_MAX),
            (self.wildcards, "wildcards", WILDCARDS_MAX),
        ] {
            if counted > max {
                self.wrongs.add("", format!("it has {counted} {what} in all, more than the {max} allowed"));
            }
        }
        clauses
    }

    fn object(&mut self, object: Value<'_>, place: &Place) -> Vec<Clause> {
        let mut clauses = Vec::new();
        if place.depth >= DEPTH_MAX {
            self.wrongs.add(
                &place.pointer,
                format!("objects are nested deeper than the {DEPTH_MAX} levels allowed"),
            );
            return clauses;
        }
        let mut seen = BTreeSet::new();
        for (name, value) in object.members() {
            let Some(name) = name.text() else {
                self.wrongs.add(&place.pointer, "a name in it is no Unicode text: leave it out");
                continue;
            };
            let pointer = inside(&place.pointer, &name);
            let at = Place { pointer, depth: place.depth + 1, ..place.clone() };
            if seen.contains(&name) {
                self.wrongs.add(&at.pointer, "it is there twice, of which JSON keeps one: leave one out");
            }
            if name == OR {
                clauses.extend(self.either(value, at));
            } else {
                clauses.extend(self.field(&name, value, at));
            }
            seen.insert(name);
        }
        if seen.is_empty() {
            self.wrongs
                .add(&place.pointer, "an empty object asks for nothing: name a field in it, or leave it out");
        }
        clauses
    }

    fn field(&mut self, key: &str, value: Value<'_>, mut at: Place) -> Vec<Clause> {
        let path = match at.path.with(key) {
            Ok(path) => path,
            Err(wrong) => {
                self.wrongs.add(&at.pointer, wrong.to_string());
                return Vec::new();
            }
        };
        if let Some(detail) = refused(&path, key, at.in_or) {
            self.wrongs.add(&at.pointer, detail);
            return Vec::new();
        }
        at.path = path;
        if value.is_object() {
            self.object(value, &at)
        } else if value.is_array() {
            vec![self.condition(value, at)]
        } else {
            let written = quoted(value.written());
            self.wrongs.add(&at.pointer, format!("what a field may be stands in a list: write [{written}]"));
            Vec::new()
        }
    }

    fn either(&mut self, value: Value<'_>, mut at: Place) -> Option<Clause> {
        at.in_or = true;
        let count = value.elements().count();
        if !value.is_array() || count < 2 {
            self.wrongs.add(&at.pointer, "$or is a list of two objects or more, of which one has to hold");
            return None;
        }
        let mut alternatives = Vec::with_capacity(count);
        for (number, alternative) in value.elements().enumerate() {
            let at = Place { pointer: format!("{}/{number}", at.pointer), ..at.clone() };
            if alternative.is_object() {
                alternatives.push(self.object(alternative, &at));
            } else {
                self.wrongs.add(&at.pointer, r#"an entry of $or is an object, as in {"data.amount": [100]}"#);
            }
        }
        Some(Clause::Either(alternatives))
    }

    fn condition(&mut self, list: Value<'_>, at: Place) -> Clause {
        let (mut values, mut operators, mut or_absent) = (Values::default(), Vec::new(), false);
        let mut entries = 0;
        for (number, entry) in list.elements().enumerate() {
            entries += 1;
            let pointer = format!("{}/{number}", at.pointer);
            if entry.is_object() {
                self.operators += 1;
                match self.operator(entry, &pointer) {
                    Some(Asked::Operator(operator)) => operators.push(operator),
                    Some(Asked::Absent) => or_absent = true,
                    None => {}
                }
            } else {
                self.value(entry, &pointer, &mut values);
            }
        }
        if entries == 0 {
            self.wrongs.add(&at.pointer, "an empty list lets nothing through: write what the field may be");
        }
        if !values.is_empty() {
            operators.push(Operator::OneOf(values));
        }
        self.entries += entries;
        self.conditions.push(Condition { pointer: at.pointer, path: at.path, operators, or_absent });
        Clause::Condition(self.conditions.len() - 1)
    }

    fn value(&mut self, entry: Value<'_>, pointer: &str, values: &mut Values) {
        match entry.scalar() {
            None => self.wrongs.add(pointer, "write a text, a number, true, false, null or an operator here"),
            Some(scalar) => {
                if !values.add(scalar) {
                    self.wrongs
                        .add(pointer, "it holds half of a surrogate pair, which no text can be equal to");
                }
            }
        }
    }
}

/// Why a field cannot be asked about, whatever is asked.
fn refused(path: &Path, key: &str, in_or: bool) -> Option<String> {
    let names = path.names();
    if names.len() > DEPTH_MAX {
        return Some(format!("a path has more than the {DEPTH_MAX} names allowed"));
    }
    if names.iter().any(|name| name.as_ref() == OR) {
        return Some("$or stands alone as a key, beside the fields it belongs to".to_owned());
    }
    if in_or && operators::is_one(key) {
        return Some(format!("{key} is an operator, and $or is about fields: name the field first"));
    }
    let first = names.first().map_or("", AsRef::as_ref);
    let Some((_, has_fields)) = ROOT.iter().find(|(name, _)| *name == first) else {
        let known = ROOT.map(|(name, _)| name).join(", ");
        let (first, whole) = (quoted(first), quoted(&path.to_string()));
        return Some(format!("an event has {known}, and no {first}: of its data, write data.{whole}"));
    };
    (!has_fields && names.len() > 1).then(|| format!("{first} has no fields in it"))
}
