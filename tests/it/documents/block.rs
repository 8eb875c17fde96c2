//! The fenced blocks of a document, and whether what came is as a block says.

use serde_json::Value;

/// Stands for anything.
const ANY: &str = "…";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Typed, and waited for.
    Typed,
    /// Typed into a terminal of its own, where it goes on beside the others until the document ends.
    Beside,
    /// What the command before it prints.
    Prints,
    /// The same, as JSON however it is laid out.
    Answers,
    /// Lines that the last terminal beside shows.
    Shows,
    Other,
}

#[derive(Debug)]
pub struct Block {
    pub kind: Kind,
    /// Of its fence, from 1.
    pub line: usize,
    pub text: String,
}

/// What stands behind a fence says what its block is.
fn kind(info: &str) -> Kind {
    match info {
        "sh" => Kind::Typed,
        "sh beside" => Kind::Beside,
        "text" => Kind::Prints,
        "json answer" => Kind::Answers,
        "text beside" => Kind::Shows,
        // Nothing that is to be typed gets past the test under another name.
        other if ["sh", "bash", "shell", "console", "zsh"].contains(&first_word(other)) => {
            panic!("a block is `sh` or `sh beside`, not `{other}`")
        }
        _ => Kind::Other,
    }
}

fn first_word(info: &str) -> &str {
    info.split_whitespace().next().unwrap_or_default()
}

pub fn blocks(document: &str) -> Vec<Block> {
    let (mut found, mut open) = (Vec::new(), None::<(Block, usize)>);
    for (number, line) in document.lines().enumerate() {
        let inside = line.trim_start();
        match (&mut open, inside.strip_prefix("```")) {
            (Some(_), Some(_)) => found.extend(open.take().map(|(block, _)| block)),
            (Some((block, indent)), None) => {
                block.text += line.get(*indent..).unwrap_or_default();
                block.text.push('\n');
            }
            (None, Some(info)) => {
                let block = Block { kind: kind(info.trim()), line: number + 1, text: String::new() };
                open = Some((block, line.len() - inside.len()));
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block does not end");
    found
}

/// Whether these lines are as the pattern's; one that is `…` alone stands for any number of them.
pub fn lines_fit(pattern: &[&str], lines: &[&str]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((&ANY, rest)) => (0..=lines.len()).any(|skipped| lines_fit(rest, &lines[skipped..])),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, others)| fits(first, line) && lines_fit(rest, others))
        }
    }
}

/// However wide its columns are.
fn fits(pattern: &str, line: &str) -> bool {
    let narrow = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (pattern, line) = (narrow(pattern), narrow(line));
    let mut pieces = pattern.split(ANY);
    let Some(mut rest) = line.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, between)) = pieces.split_last() else { return rest.is_empty() };
    for piece in between {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// Whether a value is as the pattern: a text in it may hold `…`, a list may end with `"…"` for any further items, and an object
/// with `"…": "…"` may have further members.
pub fn json_fits(pattern: &Value, value: &Value) -> bool {
    match (pattern, value) {
        (Value::String(pattern), _) if pattern == ANY => true,
        (Value::String(pattern), Value::String(text)) => fits(pattern, text),
        (Value::Array(patterns), Value::Array(values)) => {
            let more = patterns.last().is_some_and(|last| last == ANY);
            let patterns = &patterns[..patterns.len() - usize::from(more)];
            let enough = if more { values.len() >= patterns.len() } else { values.len() == patterns.len() };
            enough && patterns.iter().zip(values).all(|(pattern, value)| json_fits(pattern, value))
        }
        (Value::Object(patterns), Value::Object(values)) => {
            let more = patterns.contains_key(ANY);
            let wanted = patterns.iter().filter(|(name, _)| *name != ANY);
            (more || patterns.len() == values.len())
                && wanted
                    .into_iter()
                    .all(|(name, pattern)| values.get(name).is_some_and(|value| json_fits(pattern, value)))
        }
        _ => pattern == value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_are_found_with_their_lines_and_without_their_indentation() {
        let found = blocks("# A\n```sh\na\n```\n1. b\n   ```sh beside\n   c\n     d\n   ```\n```json\n```\n");
        let seen: Vec<_> = found.iter().map(|block| (block.kind, block.line, block.text.as_str())).collect();
        assert_eq!(seen, [(Kind::Typed, 2, "a\n"), (Kind::Beside, 6, "c\n  d\n"), (Kind::Other, 10, "")]);
    }

    #[test]
    fn lines_fit_as_they_are_and_where_the_pattern_leaves_room() {
        assert!(lines_fit(&["a  dlv_…  b", "…", "c"], &["a  dlv_1  b", "x", "y", "c"]));
        assert!(lines_fit(&["…", "c…", "…  0"], &["c", "17     0"]));
        for (pattern, lines) in
            [("a", vec!["b"]), ("a…b", vec!["acbd"]), ("a", vec!["a", "b"]), ("a…a", vec!["a"])]
        {
            assert!(!lines_fit(&[pattern], &lines), "{pattern} {lines:?}");
        }
    }

    #[test]
    fn json_fits_exactly_or_where_the_pattern_leaves_room() {
        let value = json!({"id": "ep_1", "events": ["a", "b"], "n": 1});
        assert!(json_fits(&json!({"id": "ep_…", "events": ["a", "…"], "…": "…"}), &value));
        for pattern in [
            json!({"id": "ep_…", "events": ["a", "b"]}),
            json!({"id": "dlv_…", "…": "…"}),
            json!({"events": ["a"], "…": "…"}),
            json!({"m": "…", "…": "…"}),
            json!({"n": 2, "…": "…"}),
        ] {
            assert!(!json_fits(&pattern, &value), "{pattern}");
        }
    }
}
