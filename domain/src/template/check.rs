//! What the engine would find out only when a template is rendered: names of filters, tests and values that nothing
//! has. The owner hears of them at registration, with their place. A name inside a string (`map("upper")`) is not seen.

use std::collections::HashSet;

use super::Wrong;

/// What stands at the top of a template: the event's members, and the engine's functions.
const VALUES: [&str; 8] = ["event", "eventId", "timestamp", "tenant", "data", "range", "dict", "namespace"];

const FILTERS: [&str; 49] = [
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "date",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "json",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "truncate",
    "unique",
    "upper",
    "url",
    "zip",
    "tojson",
];

const TESTS: [&str; 36] = [
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "filter",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "int",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "safe",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "test",
    "true",
    "undefined",
    "upper",
];

pub(super) fn names(source: &str, undeclared: &HashSet<String>) -> Result<(), Wrong> {
    let words = words(source);
    for word in &words {
        let known = match word.role {
            Role::Filter => FILTERS.contains(&word.text),
            Role::Test => TESTS.contains(&word.text),
            Role::Tag => word.text != "autoescape",
            Role::Value => !undeclared.contains(word.text) || VALUES.contains(&word.text),
            Role::Member => true,
        };
        if !known {
            let what = match word.role {
                Role::Filter => format!("there is no filter {:?}", word.text),
                Role::Test => format!("there is no test {:?}", word.text),
                Role::Tag => "autoescape is not to be turned off".to_owned(),
                Role::Value | Role::Member => format!(
                    "there is no {:?}: a template knows event, eventId, timestamp, tenant and data",
                    word.text
                ),
            };
            return Err(Wrong::at(source, word.offset, what));
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The first word of `{% … %}`.
    Tag,
    /// After `|`.
    Filter,
    /// After `is` or `is not`.
    Test,
    /// After a dot.
    Member,
    Value,
}

struct Word<'a> {
    offset: usize,
    text: &'a str,
    role: Role,
}

/// The words of a template that is known to parse, outside its text, comments and strings.
fn words(source: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = source[at..].find('{').map(|more| at + more) {
        let close = match source.as_bytes().get(open + 1) {
            Some(b'#') => {
                at = source[open..].find("#}").map_or(source.len(), |more| open + more + 2);
                continue;
            }
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            _ => {
                at = open + 1;
                continue;
            }
        };
        let first = found.len();
        at = expression(source, open + 2, close, &mut found);
        // What stands in `{% raw %}` is text.
        if found.get(first).is_some_and(|word: &Word<'_>| word.role == Role::Tag && word.text == "raw") {
            at = source[at..].find("endraw").map_or(source.len(), |more| at + more);
        }
    }
    found
}

/// Reads the words up to `close`, and answers where it ends.
fn expression<'a>(source: &'a str, start: usize, close: &str, found: &mut Vec<Word<'a>>) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut at, mut before) = (start, ' ');
    let first = found.len();
    while let Some(c) = source[at..].chars().next() {
        if source[at..].starts_with(close) {
            return at + close.len();
        }
        let mut length = c.len_utf8();
        if c == '"' || c == '\'' {
            length = string_length(&source[at..], c);
        } else if is_word(c) {
            length = source[at..].find(|c| !is_word(c)).unwrap_or(source.len() - at);
            let text = &source[at..at + length];
            let role = match (before, found.get(first..).unwrap_or_default()) {
                (_, []) if close == "%}" => Role::Tag,
                ('|', _) => Role::Filter,
                ('.', _) => Role::Member,
                ('w', [only]) if only.role == Role::Tag && only.text == "filter" => Role::Filter,
                ('w', [.., last]) if last.text == "is" && text != "not" => Role::Test,
                ('w', [.., is, not]) if is.text == "is" && not.text == "not" => Role::Test,
                _ => Role::Value,
            };
            if !c.is_ascii_digit() {
                found.push(Word { offset: at, text, role });
            }
            before = 'w';
            at += length;
            continue;
        }
        if !c.is_whitespace() {
            before = c;
        }
        at += length;
    }
    at
}

fn string_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
