//! What is wrong with a filter as it was written, where, and what to write instead.

/// `detail` is for whoever wrote the filter; `pointer` is a JSON pointer into it (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct Wrong {
    pub pointer: String,
    pub detail: String,
}

/// So many are told at once.
pub const WRONG_MAX: usize = 20;
/// So many characters of what was written are repeated.
const QUOTED_CHARS_MAX: usize = 40;

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(super) struct Wrongs(Vec<Wrong>);

impl Wrongs {
    pub fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        if self.0.len() < WRONG_MAX {
            self.0.push(Wrong { pointer: pointer.to_owned(), detail: detail.into() });
        }
    }

    pub fn none_or(self) -> Result<(), Vec<Wrong>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }

    pub fn are_none(&self) -> bool {
        self.0.is_empty()
    }
}

/// The pointer to what is called so in what another pointer points to.
pub(super) fn inside(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// What somebody wrote, to be repeated to him: short, and without what could do something where it is shown.
pub(super) fn quoted(written: &str) -> String {
    shortened(written, QUOTED_CHARS_MAX)
}

pub(super) fn shortened(written: &str, chars_max: usize) -> String {
    // Control characters, and those that hide or turn around what stands beside them.
    let inert = |char: char| match char {
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => '\u{fffd}',
        _ if char.is_control() => '\u{fffd}',
        _ => char,
    };
    let mut chars = written.chars();
    let mut short: String = chars.by_ref().take(chars_max).map(inert).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}
