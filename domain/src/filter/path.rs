//! Where in an event a condition looks: the names of fields from the event's root on, `data.customer.name`.

use std::fmt;

/// Names, outermost first. A path says nothing of arrays: they are looked into wherever they are met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Path(Vec<Box<str>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAPath {
    #[error("a field's name is missing: names are separated by single dots, as in data.amount")]
    EmptyName,
    #[error(
        r"a backslash stands before a dot or a backslash: write \. for a dot in a name, \\ for a backslash"
    )]
    Escape,
}

impl Path {
    /// This path and what a key adds to it: dots separate names, `\.` is a dot in a name.
    pub fn with(&self, key: &str) -> Result<Self, NotAPath> {
        let mut names = self.0.clone();
        let mut name = String::new();
        let mut chars = key.chars();
        while let Some(char) = chars.next() {
            match char {
                '.' => names.push(whole(&mut name)?),
                '\\' => {
                    let literal = chars.next().filter(|next| matches!(next, '.' | '\\'));
                    name.push(literal.ok_or(NotAPath::Escape)?);
                }
                _ => name.push(char),
            }
        }
        names.push(whole(&mut name)?);
        Ok(Self(names))
    }

    pub fn names(&self) -> &[Box<str>] {
        &self.0
    }
}

fn whole(name: &mut String) -> Result<Box<str>, NotAPath> {
    if name.is_empty() { Err(NotAPath::EmptyName) } else { Ok(std::mem::take(name).into()) }
}

/// As a key writes it.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |name: &str| name.replace('\\', r"\\").replace('.', r"\.");
        let names: Vec<String> = self.0.iter().map(|name| escaped(name)).collect();
        f.write_str(&names.join("."))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_key_is_one_name_or_more() {
        let path = Path::default().with("data").unwrap().with(r"a.b\.c.\\").unwrap();
        let names: Vec<&str> = path.names().iter().map(AsRef::as_ref).collect();
        assert_eq!(names, ["data", "a", "b.c", r"\"]);
        assert_eq!(path.to_string(), r"data.a.b\.c.\\");
        for empty in ["", ".", "a.", ".a", "a..b"] {
            assert_eq!(Path::default().with(empty), Err(NotAPath::EmptyName), "{empty:?}");
        }
        for escape in [r"\", r"a\b", r"a\"] {
            assert_eq!(Path::default().with(escape), Err(NotAPath::Escape), "{escape:?}");
        }
    }
}
