//! The entries of a list that are objects: `{"prefix": "eu-"}`.

use std::borrow::Cow;

use ipnet::IpNet;

use super::{Asked, Parser};
use crate::filter::decimal::Decimal;
use crate::filter::operator::{Bound, Bounds, Caseless, Operator, Values};
use crate::filter::reading::{Scalar, Value};
use crate::filter::wildcard::Wildcard;
use crate::filter::wrong::{inside, quoted};

const PREFIX: &str = "prefix";
const SUFFIX: &str = "suffix";
const CASELESS: &str = "equals-ignore-case";
const WILDCARD: &str = "wildcard";
const ANYTHING_BUT: &str = "anything-but";
const NUMERIC: &str = "numeric";
const EXISTS: &str = "exists";
const CIDR: &str = "cidr";
const ALL: [&str; 8] = [PREFIX, SUFFIX, CASELESS, WILDCARD, ANYTHING_BUT, NUMERIC, EXISTS, CIDR];

const NUMERIC_FORM: &str =
    r#"numeric is a list like [">", 0], ["=", 5] or [">=", 0, "<", 10]: < <= = >= >, the lower end first"#;

pub(super) fn is_one(name: &str) -> bool {
    ALL.contains(&name)
}

impl Parser {
    /// None where it is wrong.
    pub(super) fn operator(&mut self, object: Value<'_>, pointer: &str) -> Option<Asked> {
        let (name, value) = self.only_member(object, pointer)?;
        let at = inside(pointer, &name);
        Some(Asked::Operator(match name.as_ref() {
            EXISTS => match value.scalar() {
                Some(Scalar::Bool(true)) => Operator::Exists,
                Some(Scalar::Bool(false)) => return Some(Asked::Absent),
                _ => return self.refuse(&at, "exists is true or false"),
            },
            ANYTHING_BUT => Operator::AnythingBut(self.anything_but(value, &at)?),
            NUMERIC => Operator::Numeric(self.numeric(value, &at)?),
            PREFIX | SUFFIX if value.is_object() => {
                let (inner, text) = self.only_member(value, &at)?;
                let at = inside(&at, &inner);
                if inner != CASELESS {
                    return self.refuse(&at, format!("in {name} stands a text or {{\"{CASELESS}\": text}}"));
                }
                let caseless = Caseless::new(&self.text(text, &at)?);
                if name == PREFIX {
                    Operator::PrefixCaseless(caseless)
                } else {
                    Operator::SuffixCaseless(caseless)
                }
            }
            _ => self.of_text(&name, value, &at)?,
        }))
    }

    /// Those that are made of one text.
    fn of_text(&mut self, name: &str, value: Value<'_>, at: &str) -> Option<Operator> {
        if !is_one(name) {
            let known = ALL.join(", ");
            return self.refuse(at, format!("no operator is called {}: there are {known}", quoted(name)));
        }
        let text = self.text(value, at)?;
        Some(match name {
            PREFIX => Operator::Prefix(text.into()),
            SUFFIX => Operator::Suffix(text.into()),
            CASELESS => Operator::Same(Caseless::new(&text)),
            WILDCARD => {
                self.wildcards += 1;
                match Wildcard::read(&text) {
                    Ok(wildcard) => Operator::Wildcard(wildcard),
                    Err(wrong) => return self.refuse(at, wrong.to_string()),
                }
            }
            _ => Operator::Cidr(match text.parse::<IpNet>() {
                Ok(net) => net.trunc(),
                Err(_) => {
                    return self.refuse(at, "cidr is a range of addresses like 10.0.0.0/8 or 2001:db8::/32");
                }
            }),
        })
    }

    fn anything_but(&mut self, value: Value<'_>, at: &str) -> Option<Vec<Operator>> {
        if !value.is_object() {
            let mut values = Values::default();
            for (entry, pointer) in one_or_more(value, at) {
                self.entries += 1;
                self.value(entry, &pointer, &mut values);
            }
            if values.is_empty() {
                return self
                    .refuse(at, "anything-but names what the field is not: a value, or a list of values");
            }
            return Some(vec![Operator::OneOf(values)]);
        }
        let (name, value) = self.only_member(value, at)?;
        let at = inside(at, &name);
        if !matches!(name.as_ref(), PREFIX | SUFFIX | CASELESS | WILDCARD) {
            let known = [PREFIX, SUFFIX, CASELESS, WILDCARD].join(", ");
            return self
                .refuse(&at, format!("in anything-but stands a value, a list of values, or one of {known}"));
        }
        let mut operators = Vec::new();
        for (entry, pointer) in one_or_more(value, &at) {
            (self.entries, self.operators) = (self.entries + 1, self.operators + 1);
            if entry.written() == r#""""# && matches!(name.as_ref(), PREFIX | SUFFIX) {
                return self.refuse(&pointer, "every text begins and ends so: anything but that is nothing");
            }
            operators.push(self.of_text(&name, entry, &pointer)?);
        }
        if operators.is_empty() {
            self.refuse(&at, "an empty list excludes nothing")
        } else {
            Some(operators)
        }
    }

    fn numeric(&mut self, value: Value<'_>, at: &str) -> Option<Bounds> {
        let Some(bounds) = bounds(value) else { return self.refuse(at, NUMERIC_FORM) };
        if bounds.are_empty() { self.refuse(at, "no number is in this range") } else { Some(bounds) }
    }

    fn only_member<'a>(&mut self, object: Value<'a>, pointer: &str) -> Option<(Cow<'a, str>, Value<'a>)> {
        let mut members = object.members();
        let only = members.next().filter(|_| members.next().is_none());
        match only.and_then(|(name, value)| Some((name.text()?, value))) {
            Some(member) => Some(member),
            None => {
                self.refuse(pointer, "an operator is an object with one name, as in {\"prefix\": \"eu-\"}")
            }
        }
    }

    fn text<'a>(&mut self, value: Value<'a>, at: &str) -> Option<Cow<'a, str>> {
        match value.scalar() {
            Some(Scalar::Text(text)) => Some(text),
            _ => self.refuse(at, "write a text here"),
        }
    }

    fn refuse<T>(&mut self, at: &str, detail: impl Into<String>) -> Option<T> {
        self.wrongs.add(at, detail);
        None
    }
}

/// The elements of an array, or the one value that is none.
fn one_or_more<'a>(value: Value<'a>, at: &str) -> impl Iterator<Item = (Value<'a>, String)> {
    let alone = (!value.is_array()).then(|| (value, at.to_owned()));
    let at = at.to_owned();
    let each = value.elements().enumerate().map(move |(number, entry)| (entry, format!("{at}/{number}")));
    alone.into_iter().chain(each)
}

/// None where it is not in the form.
fn bounds(value: Value<'_>) -> Option<Bounds> {
    let parts: Vec<Value<'_>> = value.elements().take(5).collect();
    let number = |part: Value<'_>| Some(Decimal::read(part.written())?.into_owned());
    let bound = |part, included| Some(Bound { number: number(part)?, included });
    let high = |operator: Value<'_>, part| match operator.written() {
        r#""<""# => bound(part, false),
        r#""<=""# => bound(part, true),
        _ => None,
    };
    let low = |operator: Value<'_>, part| match operator.written() {
        r#"">""# => bound(part, false),
        r#"">=""# => bound(part, true),
        _ => None,
    };
    match parts.as_slice() {
        [operator, one] if operator.written() == r#""=""# => {
            let same = bound(*one, true)?;
            Some(Bounds { low: Some(same.clone()), high: Some(same) })
        }
        [operator, one] if operator.written().contains('<') => {
            Some(Bounds { low: None, high: Some(high(*operator, *one)?) })
        }
        [operator, one] => Some(Bounds { low: Some(low(*operator, *one)?), high: None }),
        [above, from, below, to] => {
            Some(Bounds { low: Some(low(*above, *from)?), high: Some(high(*below, *to)?) })
        }
        _ => None,
    }
}
