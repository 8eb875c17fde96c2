//! Texts from elsewhere, made fit for a terminal.
//!
//! JSON is indented as it was written, never read into values: numbers, the order of keys and escapes stay what the
//! sender wrote.

use serde::de::IgnoredAny;

const STEP: &str = "  ";
/// Deeper than this, nothing moves further to the right: what is nested without end would be shown without end.
const DEPTH_MAX: usize = 32;

/// The body, indented where it is JSON, else as text; control characters escaped either way.
pub(super) fn indented(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => indent(&text),
        Err(_) => text.lines().map(printable).collect::<Vec<_>>().join("\n"),
    }
}

/// Control characters could move the cursor, or worse.
pub fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    })
}

/// Valid JSON with one key or item a line.
fn indent(json: &str) -> String {
    let mut shown = String::with_capacity(json.len() * 2);
    let mut depth = 0;
    let mut tokens = tokens(json).peekable();
    while let Some(token) = tokens.next() {
        let next = tokens.peek().copied();
        match token {
            "{" | "[" => {
                shown.push_str(token);
                if matches!(next, Some("}" | "]")) {
                    continue;
                }
                depth += 1;
                line_end(&mut shown, depth);
            }
            "}" | "]" => {
                if !shown.ends_with(['{', '[']) {
                    depth -= 1;
                    line_end(&mut shown, depth);
                }
                shown.push_str(token);
            }
            "," => {
                shown.push(',');
                line_end(&mut shown, depth);
            }
            ":" => shown.push_str(": "),
            value => shown.push_str(&printable(value)),
        }
    }
    shown
}

fn line_end(shown: &mut String, depth: usize) {
    shown.push('\n');
    shown.push_str(&STEP.repeat(depth.min(DEPTH_MAX)));
}

/// The tokens of valid JSON, without the space between them.
fn tokens(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = json;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let length = match rest.chars().next()? {
            '"' => string_bytes(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest.find([',', ':', '}', ']', ' ', '\t', '\r', '\n']).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        Some(token)
    })
}

/// How long the string at the start of `text` is, with its quotes.
fn string_bytes(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn json_is_indented_as_it_was_written() {
        let body = r#"{"z":1,"a" : [1.10, 12345678901234567890123,{}, []],"q\"{,":"é \\","n":null}"#;
        let shown = "{\n  \"z\": 1,\n  \"a\": [\n    1.10,\n    12345678901234567890123,\n    {},\n    []\n  ],\n  \
                     \"q\\\"{,\": \"é \\\\\",\n  \"n\": null\n}";
        assert_eq!(indented(body.as_bytes()), shown);
        assert_eq!(indented(b" true \n"), "true");
        assert_eq!(indented(b"[{ }, [\n]]"), "[\n  {},\n  []\n]");
    }

    #[test]
    fn strings_that_end_in_brackets_do_not_confuse() {
        assert_eq!(indented(br#"{"a":"x{"}"#), "{\n  \"a\": \"x{\"\n}");
    }

    #[test]
    fn what_is_no_json_is_shown_as_text_without_control_characters() {
        assert_eq!(indented(b"a=1&b=\x1b[2J\r\nnext"), "a=1&b=\\u{1b}[2J\nnext");
        assert_eq!(indented("\"a\u{9b}2J\"".as_bytes()), "\"a\\u{9b}2J\"");
        assert_eq!(indented(&[0xff, b'a']), "\u{fffd}a");
        assert_eq!(indented(b""), "");
    }

    #[test]
    fn what_is_nested_without_end_is_shown_in_bounds() {
        let body = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        assert!(indented(body.as_bytes()).len() <= body.len() * (2 + DEPTH_MAX * STEP.len()));
    }

    /// Any JSON of a few levels.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c\"\\\\{\\[]{0,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_means_the_same_indented(value in json(), pretty in any::<bool>()) {
            let body = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assume!(!body.contains(|c: char| c.is_control() && c != '\n'));
            prop_assert_eq!(serde_json::from_str::<Value>(&indented(body.as_bytes())).ok(), Some(value));
        }
    }
}
