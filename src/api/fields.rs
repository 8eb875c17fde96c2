//! Reads a JSON object field by field and notes every mistake, so that one answer names them all.
//!
//! Each field is taken once; what nobody took is unknown. A raw value stays the bytes it was.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::problem::{FieldError, Kind, Problem};

/// Mistakes that are noted; more help nobody.
pub const ERRORS_MAX: usize = 100;

/// The members of an object that are still to be read, and the mistakes found so far.
#[derive(Debug)]
pub struct Fields<'a> {
    base: String,
    members: BTreeMap<String, &'a RawValue>,
    errors: Vec<FieldError>,
}

/// An object's members, borrowed; a name that is there twice is noted.
struct Members<'a> {
    members: BTreeMap<String, &'a RawValue>,
    twice: Vec<String>,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut read = Members { members: BTreeMap::new(), twice: Vec::new() };
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if read.members.insert(name.clone(), value).is_some() {
                        read.twice.push(name);
                    }
                }
                Ok(read)
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

/// The one JSON value that a body is.
pub fn json(body: &[u8]) -> Result<&RawValue, Problem> {
    serde_json::from_slice(body).map_err(|error| malformed(&error))
}

pub fn malformed(error: &serde_json::Error) -> Problem {
    let detail = error.to_string();
    // serde_json puts the place at the end of its sentence; ours stands first.
    let what = detail.rsplit_once(" at line ").map_or(detail.as_str(), |(what, _)| what);
    let detail = format!("line {}, column {}: {what}", error.line(), error.column());
    Problem::new(Kind::MalformedJson, detail)
}

impl<'a> Fields<'a> {
    /// The fields of a body.
    pub fn read(body: &'a [u8]) -> Result<Self, Problem> {
        Self::of(json(body)?, String::new()).map_err(|error| Problem::fields(vec![error]))
    }

    /// The fields of a value that stands at `base` in the body.
    pub fn of(value: &'a RawValue, base: String) -> Result<Self, FieldError> {
        let is_object = value.get().trim_start().starts_with('{');
        let members: Result<Members<'a>, _> = serde_json::from_str(value.get());
        let (true, Ok(Members { members, twice })) = (is_object, members) else {
            return Err(FieldError { pointer: base, detail: "must be an object".to_owned() });
        };
        let mut fields = Self { base, members, errors: Vec::new() };
        for name in twice {
            fields.refuse(&name, "is there twice");
        }
        Ok(fields)
    }

    /// Notes a mistake in a field, or, with `name` empty, in the object.
    pub fn refuse(&mut self, name: &str, detail: impl Into<String>) {
        let pointer =
            if name.is_empty() { self.base.clone() } else { format!("{}/{}", self.base, escaped(name)) };
        self.refuse_at(pointer, detail);
    }

    /// Notes a mistake in a part of a field.
    pub fn refuse_within(&mut self, name: &str, part: &str, detail: impl Into<String>) {
        self.refuse_at(format!("{}/{}/{}", self.base, escaped(name), escaped(part)), detail);
    }

    /// Notes a mistake where a pointer into a field points to.
    pub fn refuse_below(&mut self, name: &str, pointer: &str, detail: impl Into<String>) {
        self.refuse_at(format!("{}/{}{pointer}", self.base, escaped(name)), detail);
    }

    fn refuse_at(&mut self, pointer: String, detail: impl Into<String>) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(FieldError { pointer, detail: detail.into() });
        }
    }

    /// Whether a field is there and was not taken yet.
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// A field that is an object, read as this one is; required.
    pub fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Fields<'a>) -> Option<T>) -> Option<T> {
        let Some(raw) = self.raw(name) else {
            self.refuse(name, "is required");
            return None;
        };
        match Self::of(raw, format!("{}/{}", self.base, escaped(name))) {
            Ok(mut inner) => {
                let value = read(&mut inner);
                for FieldError { pointer, detail } in inner.errors() {
                    self.refuse_at(pointer, detail);
                }
                value
            }
            Err(FieldError { pointer, detail }) => {
                self.refuse_at(pointer, detail);
                None
            }
        }
    }

    /// A field as the bytes it is.
    pub fn raw(&mut self, name: &str) -> Option<&'a RawValue> {
        self.members.remove(name)
    }

    /// A field that may be left out, but not be null.
    pub fn optional<T>(&mut self, name: &str, parse: impl FnOnce(Value) -> Result<T, String>) -> Option<T> {
        let raw = self.raw(name)?;
        let value = serde_json::from_str(raw.get()).map_err(|_| "cannot be read".to_owned());
        match value.and_then(parse) {
            Ok(value) => Some(value),
            Err(detail) => {
                self.refuse(name, detail);
                None
            }
        }
    }

    /// A field that may be left out (`None`), or be null (`Some(None)`).
    #[expect(clippy::option_option, reason = "left out and null are two things here")]
    pub fn nullable<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Value) -> Result<T, String>,
    ) -> Option<Option<T>> {
        self.optional(name, |value| if value.is_null() { Ok(None) } else { parse(value).map(Some) })
    }

    pub fn required<T>(&mut self, name: &str, parse: impl FnOnce(Value) -> Result<T, String>) -> Option<T> {
        if !self.members.contains_key(name) {
            if !self.errors.iter().any(|error| error.pointer == format!("{}/{}", self.base, escaped(name))) {
                self.refuse(name, "is required");
            }
            return None;
        }
        self.optional(name, parse)
    }

    /// Ends the reading: what is left is unknown.
    pub fn errors(mut self) -> Vec<FieldError> {
        for name in std::mem::take(&mut self.members).into_keys() {
            self.refuse(&name, "is unknown");
        }
        self.errors
    }

    /// Ends the reading: `value`, or every mistake there was.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        let errors = self.errors();
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            Some(_) | None => Err(Problem::fields(errors)),
        }
    }
}

/// A name as a token of a JSON pointer.
fn escaped(name: &str) -> String {
    name.chars().take(200).collect::<String>().replace('~', "~0").replace('/', "~1")
}

/// A text of one line, with as many characters as `chars` says.
pub fn text(chars: std::ops::RangeInclusive<usize>) -> impl Fn(Value) -> Result<String, String> {
    move |value| {
        let Value::String(text) = value else { return Err("must be a text".to_owned()) };
        if !chars.contains(&text.chars().count()) {
            return Err(format!("must have {} to {} characters", chars.start(), chars.end()));
        }
        if text.chars().any(char::is_control) {
            return Err("must hold no control characters".to_owned());
        }
        Ok(text)
    }
}

/// A text that something else reads, and says why not.
pub fn parsed<T, E: fmt::Display>(
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> impl FnOnce(Value) -> Result<T, String> {
    move |value| {
        let Value::String(text) = value else { return Err("must be a text".to_owned()) };
        parse(&text).map_err(|error| error.to_string())
    }
}

pub fn flag(value: Value) -> Result<bool, String> {
    serde_json::from_value(value).map_err(|_| "must be true or false".to_owned())
}

/// A whole number.
pub fn number(range: std::ops::RangeInclusive<u32>) -> impl Fn(Value) -> Result<u32, String> {
    move |value| {
        value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("must be a whole number from {} to {}", range.start(), range.end()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pointers(problem: &Problem) -> Vec<(&str, &str)> {
        problem.errors().iter().map(|error| (error.pointer.as_str(), error.detail.as_str())).collect()
    }

    #[test]
    fn names_every_mistake_at_once() {
        let mut fields = Fields::read(br#"{"name":7,"size":99,"later":1,"odd/~":true,"name":8}"#).unwrap();
        let name = fields.required("name", text(1..=3));
        let size = fields.optional("size", number(1..=10));
        let url = fields.required("url", text(1..=3));
        let problem = fields.finish(name.zip(size).zip(url)).unwrap_err();
        assert_eq!(
            pointers(&problem),
            [
                ("/name", "is there twice"),
                ("/name", "must be a text"),
                ("/size", "must be a whole number from 1 to 10"),
                ("/url", "is required"),
                ("/later", "is unknown"),
                ("/odd~1~0", "is unknown"),
            ]
        );
    }

    #[test]
    fn null_is_a_value_where_it_means_something() {
        let read = |body: &'static [u8]| Fields::read(body).unwrap().nullable("a", number(1..=9));
        assert_eq!(
            (read(b"{}"), read(br#"{"a":null}"#), read(br#"{"a":3}"#)),
            (None, Some(None), Some(Some(3)))
        );
        let mut fields = Fields::read(br#"{"a":null}"#).unwrap();
        fields.optional("a", number(1..=9));
        assert_eq!(fields.errors().len(), 1);
    }

    #[test]
    fn a_raw_value_stays_as_it_was() {
        let body = r#"{"data": {"z":1.10,"a":[1e400,-0],"ü":"\u00fc"} }"#;
        let mut fields = Fields::read(body.as_bytes()).unwrap();
        let raw = fields.raw("data").map(RawValue::get);
        assert_eq!(raw, Some(r#"{"z":1.10,"a":[1e400,-0],"ü":"\u00fc"}"#));
        assert!(fields.errors().is_empty());
    }

    #[test]
    fn malformed_json_says_where() {
        for (body, place) in [
            (&b"{\n \"a\": tru }"[..], "line 2, column "),
            (b"", "line 1, column 0: EOF"),
            (b"{} {}", "line 1, column 4"),
            (b"{\"a\":\"\xff\"}", "line 1, column "),
        ] {
            let problem = Fields::read(body).unwrap_err();
            assert_eq!(problem.kind(), Kind::MalformedJson, "{place}");
            assert!(problem.detail().starts_with(place), "{}", problem.detail());
        }
        for body in [&b"[]"[..], b"7", b"null", b"\"{}\""] {
            let problem = Fields::read(body).unwrap_err();
            assert_eq!(pointers(&problem), [("", "must be an object")]);
        }
    }

    #[test]
    fn deep_nesting_is_no_stack_overflow() {
        let body = format!("{{\"data\":{}{}}}", "[".repeat(500_000), "]".repeat(500_000));
        let mut fields = Fields::read(body.as_bytes()).unwrap();
        assert!(fields.raw("data").is_some());
        let body = format!("{{\"name\":{}{}}}", "[".repeat(500_000), "]".repeat(500_000));
        let mut fields = Fields::read(body.as_bytes()).unwrap();
        assert_eq!(fields.required("name", text(1..=3)), None);
        assert_eq!(fields.errors().len(), 1);
    }

    #[test]
    fn mistakes_are_counted_no_further_than_they_help() {
        let members: Vec<String> = (0..1000).map(|n| format!("\"f{n}\":1")).collect();
        let body = format!("{{{}}}", members.join(","));
        assert_eq!(Fields::read(body.as_bytes()).unwrap().errors().len(), ERRORS_MAX);
    }

    proptest! {
        #[test]
        fn any_body_is_read_as_it_is_or_refused_with_words(
            bytes in prop::collection::vec(any::<u8>(), 0..60),
            near in "\\{(\"[a-c/~]{0,2}\": ?(-?[0-9.eE+]{1,6}|null|true|\"[^\"]{0,4}\"|[\\[{]{0,3}[\\]}]{0,3}),?){0,5}\\}?",
            other in "[0-9]{1,2}|null|\"a?\"|\\[{0,2}\\]{0,2}",
        ) {
            for body in [&bytes[..], near.as_bytes(), other.as_bytes()] {
                let problem = match Fields::read(body) {
                    Ok(mut fields) => {
                        let kept = fields.raw("a").map(RawValue::get);
                        let whole: Result<BTreeMap<String, Box<RawValue>>, _> = serde_json::from_slice(body);
                        let whole = whole.unwrap();
                        prop_assert_eq!(kept, whole.get("a").map(|raw| raw.get()));
                        fields.optional("b", text(1..=3));
                        fields.nullable("c", number(1..=10));
                        fields.finish::<()>(None).unwrap_err()
                    }
                    Err(problem) => problem,
                };
                prop_assert!(problem.kind() == Kind::InvalidRequest || problem.detail().starts_with("line "));
                for FieldError { pointer, detail } in problem.errors() {
                    prop_assert!(pointer.is_empty() || pointer.starts_with('/'), "{pointer}");
                    prop_assert!(detail.contains(' '), "{pointer}: {detail}");
                }
            }
        }
    }
}
