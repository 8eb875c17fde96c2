//! Text that others wrote, made harmless for a provider and cut to its limits.
//!
//! Neither provider says whether a «character» of its limits is a code point or a UTF-16 code unit. UTF-16 code
//! units are counted here: there are never fewer of them, so that what fits here fits either way.

use url::Url;

/// The markup that a provider reads in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// Markdown: a backslash takes the meaning of the punctuation after it.
    Discord,
    /// mrkdwn: `&`, `<` and `>` are written as entities, and with them mentions and links are gone. There is no way to
    /// escape `*`, `_`, `~` and backticks.
    Slack,
}

/// A URL's: Discord takes 2,048, Slack 3,000.
const LINK_UNITS_MAX: usize = 2_048;
/// Keeps `@everyone` and the like from being read as one word. Invisible.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

impl Markup {
    pub fn escape(self, text: &str) -> String {
        let text = clean(text);
        match self {
            Self::Discord => text.split_inclusive(char::is_whitespace).fold(
                String::with_capacity(text.len() + text.len() / 8),
                |mut escaped, word| {
                    let starts_line = escaped.is_empty() || escaped.ends_with('\n');
                    escape_markdown(word, starts_line, &mut escaped);
                    escaped
                },
            ),
            Self::Slack => text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        }
    }
}

fn escape_markdown(word: &str, starts_line: bool, escaped: &mut String) {
    if is_plain_link(word.trim_end()) {
        escaped.push_str(word);
        return;
    }
    // `-`, `+` and `1.` begin a list, where a line begins and nothing but a space follows.
    let bare = word.trim_end();
    let digits = bare.trim_end_matches(['.', ')']);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_list = starts_line && (bare == "-" || bare == "+" || is_number);
    let mut before = ' ';
    for (at, c) in word.char_indices() {
        let is_mark =
            matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '(' | ')' | '#');
        if is_mark || (is_list && matches!(c, '-' | '+' | '.')) {
            escaped.push('\\');
        }
        escaped.push(c);
        // An e-mail address stays as it is.
        let calls = ["everyone", "here"]
            .iter()
            .any(|name| word[at..].strip_prefix('@').is_some_and(|rest| rest.starts_with(name)));
        if c == '@' && (!before.is_alphanumeric() || calls) {
            escaped.push(ZERO_WIDTH_SPACE);
        }
        before = c;
    }
}

/// Whether it can stand as it is: a link of which a backslash would become a part, and that holds no mark besides.
fn is_plain_link(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:/?=&%+,;".contains(c);
    (word.starts_with("https://") || word.starts_with("http://"))
        && word.len() <= LINK_UNITS_MAX
        && word.chars().all(is_plain)
        && Url::parse(word).is_ok_and(|url| url.host_str().is_some())
}

/// Without control characters (line feed and tab excepted) and without those that turn the direction of what follows.
pub fn clean(text: &str) -> String {
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|&c| (!c.is_control() || c == '\n' || c == '\t') && !turns(c)).collect()
}

/// A link that may be followed: http or https, no user and password in it, nothing in it that a provider's markup
/// or a JSON string would read.
pub fn link(text: &str) -> Option<String> {
    // What would not fit anyway is not read: a template may ask for it often.
    if text.len() > LINK_UNITS_MAX {
        return None;
    }
    let url = Url::parse(text.trim()).ok()?;
    let names_nobody = url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !names_nobody || !url.has_host() {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=%+,;!$".contains(c);
    let mut link = String::with_capacity(url.as_str().len());
    for c in url.as_str().chars() {
        if plain(c) {
            link.push(c);
        } else {
            let mut bytes = [0; 4];
            link.extend(
                c.encode_utf8(&mut bytes).bytes().flat_map(|byte| ['%', hex(byte >> 4), hex(byte & 15)]),
            );
        }
    }
    // An IPv6 address in brackets does not survive this.
    (units(&link) <= LINK_UNITS_MAX && Url::parse(&link).is_ok()).then_some(link)
}

fn hex(half: u8) -> char {
    char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase()
}

/// Its length, as limits are counted.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether a reader would see nothing: providers refuse such a text as empty.
pub fn is_blank(text: &str) -> bool {
    let is_invisible = |c| {
        matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}')
    };
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// At most so many UTF-16 code units, the last an ellipsis where something is left out. Neither a backslash nor a
/// piece of an entity is left at the end.
pub fn cut(text: &str, units_max: usize) -> String {
    if units(text) <= units_max {
        return text.to_owned();
    }
    let mut left = units_max.saturating_sub(1);
    let mut end = 0;
    for (at, c) in text.char_indices() {
        match left.checked_sub(c.len_utf16()) {
            Some(less) => left = less,
            None => break,
        }
        end = at + c.len_utf8();
    }
    let mut kept = &text[..end];
    if let Some(entity) =
        kept.rfind('&').filter(|at| kept.len() - at < "&amp;".len() && !kept[*at..].contains(';'))
    {
        kept = &kept[..entity];
    }
    kept = kept.trim_end();
    let backslashes = kept.len() - kept.trim_end_matches('\\').len();
    kept = &kept[..kept.len() - backslashes % 2];
    if units_max == 0 { String::new() } else { format!("{kept}…") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_as_long_as_allowed_and_whole() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("🎉🎉🎉🎉", 6), "🎉🎉…");
        assert_eq!(cut("ab &amp; cd", 6), "ab…");
        assert_eq!(cut(r"abc\\\*def", 7), r"abc\\…");
        assert_eq!(cut("abc", 1), "…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn markdown_is_taken_at_its_word() {
        let escape = |text| Markup::Discord.escape(text);
        assert_eq!(escape("*a* _b_ ~~c~~ `d` ||e||"), r"\*a\* \_b\_ \~\~c\~\~ \`d\` \|\|e\|\|");
        assert_eq!(escape("[x](https://evil.example)"), r"\[x\]\(https://evil.example\)");
        assert_eq!(escape("- a\n1. b\n# c\n> d - 2.5"), "\\- a\n1\\. b\n\\# c\n\\> d - 2.5");
        assert_eq!(
            escape("12.5\n+1\n-a\nada@example.com ada@everyone"),
            "12.5\n+1\n-a\nada@example.com ada@\u{200b}everyone"
        );
        assert_eq!(escape("@everyone <@&1> <#2>"), "@\u{200b}everyone \\<@\u{200b}&1\\> \\<\\#2\\>");
        assert_eq!(escape("see https://example.com/a_b?c=d now"), "see https://example.com/a_b?c=d now");
        assert_eq!(escape("https://example.com/*a*"), r"https://example.com/\*a\*");
        assert_eq!(escape("\u{1b}[31mred\u{202e}\0\r\nnext"), "\\[31mred\nnext");
    }

    #[test]
    fn slack_sees_neither_mention_nor_link() {
        let escaped = Markup::Slack.escape("<!channel> <@U1> <#C1> <https://a.example|b> & &lt;!here&gt;");
        assert!(!escaped.contains(['<', '>']));
        assert_eq!(Markup::Slack.escape("&lt;!here&gt;"), "&amp;lt;!here&amp;gt;");
    }

    #[test]
    fn only_links_of_the_web_are_links() {
        assert_eq!(
            link("https://example.com/a b(c)|d").as_deref(),
            Some("https://example.com/a%20b%28c%29%7Cd")
        );
        assert_eq!(link("http://example.com").as_deref(), Some("http://example.com/"));
        for refused in
            ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "https://a@b.example", "/a", ""]
        {
            assert_eq!(link(refused), None, "{refused}");
        }
        assert_eq!(link(&format!("https://example.com/{}", "a".repeat(3_000))), None);
    }
}
