//! What the providers would refuse, written from their documentation and apart from the code that obeys it. Lengths are
//! held by UTF-16 code units and by bytes of nothing else: whichever a provider counts, there are not more of them.

use serde_json::Value;

pub type Refusal = Result<(), String>;

fn refuse(what: impl Into<String>) -> Refusal {
    Err(what.into())
}

fn length(text: &str) -> usize {
    text.encode_utf16().count().max(text.chars().count())
}

/// A text that must be there: 1 to `max`, not only of what is trimmed away.
fn text(value: &Value, max: usize, at: &str) -> Result<usize, String> {
    let Some(text) = value.as_str() else { return Err(format!("{at} is no text: {value}")) };
    let shown = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{200b}');
    if shown.is_empty() || length(text) > max || text.contains(['\0', '\u{1b}', '\u{202e}']) {
        return Err(format!("{at} has {} of {max}: {text:?}", length(text)));
    }
    Ok(length(text))
}

fn link(value: &Value, at: &str) -> Refusal {
    match value.as_str() {
        Some(url)
            if (url.starts_with("https://") || url.starts_with("http://"))
                && !url.contains([' ', '"', '<']) =>
        {
            if length(url) > 2_048 {
                refuse(format!("{at} is too long"))
            } else {
                Ok(())
            }
        }
        _ => refuse(format!("{at} is no link: {value}")),
    }
}

fn optional(value: Option<&Value>, check: impl FnOnce(&Value) -> Refusal) -> Refusal {
    value.map_or(Ok(()), check)
}

fn members(value: &Value, known: &[&str], at: &str) -> Refusal {
    let Some(members) = value.as_object() else { return refuse(format!("{at} is no object: {value}")) };
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => refuse(format!("{at} has {key}")),
        None => Ok(()),
    }
}

/// docs.discord.com/developers/resources/webhook#execute-webhook and message#embed-object-embed-limits.
pub fn discord(message: &Value) -> Refusal {
    let known =
        ["content", "username", "avatar_url", "tts", "embeds", "allowed_mentions", "flags", "thread_name"];
    members(message, &known, "message")?;
    if message["allowed_mentions"] != serde_json::json!({"parse": []}) {
        return refuse("it may mention");
    }
    optional(message.get("content"), |content| text(content, 2_000, "content").map(drop))?;
    optional(message.get("thread_name"), |name| text(name, 100, "thread_name").map(drop))?;
    optional(message.get("avatar_url"), |url| link(url, "avatar_url"))?;
    optional(message.get("username"), |name| {
        text(name, 80, "username")?;
        let name = name.as_str().unwrap_or_default().to_lowercase();
        if name.contains("clyde") || name.contains("discord") {
            refuse("a name that is not allowed")
        } else {
            Ok(())
        }
    })?;
    optional(message.get("flags"), |flags| match flags.as_u64() {
        Some(0 | 4 | 4096 | 4100) => Ok(()),
        _ => refuse(format!("flags {flags}")),
    })?;
    let embeds = message["embeds"].as_array().cloned().unwrap_or_default();
    if message.get("content").is_none() && embeds.is_empty() {
        return refuse("Cannot send an empty message (50006)");
    }
    let mut total = 0;
    for embed in &embeds {
        total += discord_embed(embed)?;
    }
    if embeds.len() > 10 || total > 6_000 {
        refuse(format!("{} embeds of {total}", embeds.len()))
    } else {
        Ok(())
    }
}

fn discord_embed(embed: &Value) -> Result<usize, String> {
    let known = [
        "title",
        "description",
        "url",
        "timestamp",
        "color",
        "footer",
        "image",
        "thumbnail",
        "author",
        "fields",
    ];
    members(embed, &known, "embed")?;
    if !["title", "description", "footer", "image", "thumbnail", "author", "fields"]
        .iter()
        .any(|m| embed.get(m).is_some())
    {
        return Err("an embed that shows nothing".to_owned());
    }
    let mut total = 0;
    for (pointer, max) in
        [("/title", 256), ("/description", 4_096), ("/footer/text", 2_048), ("/author/name", 256)]
    {
        total += embed.pointer(pointer).map_or(Ok(0), |value| text(value, max, pointer))?;
    }
    for (part, needed) in [("footer", "text"), ("author", "name"), ("image", "url"), ("thumbnail", "url")] {
        if embed.get(part).is_some() && embed[part].get(needed).is_none() {
            return Err(format!("{part} without {needed}"));
        }
    }
    for pointer in
        ["/url", "/author/url", "/author/icon_url", "/footer/icon_url", "/image/url", "/thumbnail/url"]
    {
        optional(embed.pointer(pointer), |url| link(url, pointer))?;
    }
    optional(embed.get("color"), |colour| match colour.as_u64() {
        Some(0..=0xff_ff_ff) => Ok(()),
        _ => refuse(format!("color {colour}")),
    })?;
    optional(embed.get("timestamp"), |at| match at.as_str() {
        Some(at) if at.len() == 24 && at.ends_with('Z') && at.as_bytes()[10] == b'T' => Ok(()),
        _ => refuse(format!("timestamp {at}")),
    })?;
    let fields = embed["fields"].as_array().cloned().unwrap_or_default();
    for field in &fields {
        members(field, &["name", "value", "inline"], "field")?;
        total += text(&field["name"], 256, "field name")? + text(&field["value"], 1_024, "field value")?;
        if !field["inline"].is_boolean() {
            return Err("inline".to_owned());
        }
    }
    if fields.len() > 25 { Err("fields".to_owned()) } else { Ok(total) }
}

/// Every place of a Discord message where Markdown is read.
pub fn markdown_of(message: &Value) -> Vec<String> {
    let mut found: Vec<&Value> = message.get("content").into_iter().collect();
    for embed in message["embeds"].as_array().map(Vec::as_slice).unwrap_or_default() {
        found.extend(embed.get("title").into_iter().chain(embed.get("description")));
        for field in embed["fields"].as_array().map(Vec::as_slice).unwrap_or_default() {
            found.extend([&field["name"], &field["value"]]);
        }
    }
    found.into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Refuses Markdown that means something, and anything that reads as a mention.
pub fn no_markup(text: &str) -> Refusal {
    for word in text.split_whitespace() {
        if word.starts_with("https://") || word.starts_with("http://") {
            // It is a link up to the first of these.
            if !word.contains(['<', '*', '`', '|', '[', '(', '\\', '@']) {
                continue;
            }
        }
        let (mut is_escaped, mut is_first) = (false, true);
        let mut letters = word.chars();
        while let Some(c) = letters.next() {
            if !is_escaped && "*_~`|<>[]()#".contains(c) {
                return refuse(format!("{c:?} means something in {text:?}"));
            }
            is_first = is_first && !c.is_alphanumeric();
            let next: String = letters.clone().take(8).collect();
            let calls = next.starts_with("everyone") || next.starts_with("here");
            if c == '@'
                && (calls
                    || is_first
                        && next.starts_with(|next: char| next.is_alphanumeric() || "!&".contains(next)))
            {
                return refuse(format!("it mentions: {text:?}"));
            }
            is_escaped = c == '\\' && !is_escaped;
        }
    }
    for line in text.lines() {
        let line = line.trim_start();
        let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
        if line.starts_with(['-', '+']) && line[1..].starts_with(' ')
            || line.len() > digits.len() && digits.starts_with(". ")
        {
            return refuse(format!("a list: {line:?}"));
        }
    }
    Ok(())
}

/// docs.slack.dev: reference/block-kit/blocks, and incoming webhooks' errors (`invalid_blocks`, `no_text`).
pub fn slack(message: &Value) -> Refusal {
    let known = ["text", "blocks", "mrkdwn", "unfurl_links", "unfurl_media", "link_names", "thread_ts"];
    members(message, &known, "message")?;
    if message["link_names"] != false {
        return refuse("names may become mentions");
    }
    optional(message.get("text"), |said| text(said, 40_000, "text").map(drop))?;
    let blocks = message["blocks"].as_array().cloned().unwrap_or_default();
    if message.get("text").is_none() && blocks.is_empty() {
        return refuse("no_text");
    }
    if blocks.len() > 50 || message["blocks"].as_array().is_some_and(Vec::is_empty) {
        return refuse("blocks");
    }
    let mut total = 0;
    for block in &blocks {
        total += slack_block(block)?;
    }
    if total > 13_000 { refuse("msg_blocks_too_long") } else { Ok(()) }
}

fn slack_block(block: &Value) -> Result<usize, String> {
    let all = |list: &Value, least: usize, most: usize, check: &dyn Fn(&Value) -> Result<usize, String>| {
        let items = list.as_array().cloned().unwrap_or_default();
        if items.len() < least || items.len() > most {
            return Err(format!("{} of {most}: {list}", items.len()));
        }
        items.iter().map(check).sum::<Result<usize, String>>()
    };
    let shown = |item: &Value| {
        if item["type"] == "image" { slack_image(item) } else { slack_text(item, 2_000, "element") }
    };
    match block["type"].as_str().unwrap_or_default() {
        "divider" => Ok(0),
        "header" if block["text"]["type"] == "plain_text" => slack_text(&block["text"], 150, "header"),
        "section" => {
            members(block, &["type", "text", "fields", "accessory"], "section")?;
            let text = block.get("text").map_or(Ok(0), |text| slack_text(text, 3_000, "section"))?;
            let field = |field: &Value| slack_text(field, 2_000, "field");
            let fields = block.get("fields").map_or(Ok(0), |fields| all(fields, 1, 10, &field))?;
            let image = block.get("accessory").map_or(Ok(0), slack_image)?;
            if text + fields == 0 { Err("an empty section".to_owned()) } else { Ok(text + fields + image) }
        }
        "context" => all(&block["elements"], 1, 10, &shown),
        "image" => slack_image(block),
        "rich_text" => all(&block["elements"], 1, 1, &|section| {
            if section["type"] != "rich_text_section" {
                return Err(format!("{section}"));
            }
            all(&section["elements"], 1, 200, &|piece| match piece["type"].as_str() {
                Some("text") => Ok(length(piece["text"].as_str().ok_or("no text")?).max(1)),
                Some("link") => {
                    link(&piece["url"], "link").and_then(|()| text(&piece["text"], 3_000, "link"))
                }
                _ => Err(format!("{piece}")),
            })
        }),
        other => Err(format!("block {other}")),
    }
}

fn slack_image(image: &Value) -> Result<usize, String> {
    members(image, &["type", "image_url", "alt_text"], "image")?;
    link(&image["image_url"], "image_url")?;
    let alt = image["alt_text"].as_str().ok_or("no alt_text")?;
    if length(alt) > 2_000 { Err("alt_text".to_owned()) } else { Ok(length(alt)) }
}

fn slack_text(value: &Value, max: usize, at: &str) -> Result<usize, String> {
    match value["type"].as_str() {
        Some("plain_text") => members(value, &["type", "text", "emoji"], at)?,
        Some("mrkdwn") => members(value, &["type", "text", "verbatim"], at)?,
        _ => return Err(format!("{at} {value}")),
    }
    text(&value["text"], max, at)
}

/// Refuses a text in which Slack would find a mention, a link or a broken entity.
pub fn no_mention(text: &str) -> Refusal {
    let rest = text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
    if rest.contains(['<', '>', '&']) { refuse(format!("unescaped: {text:?}")) } else { Ok(()) }
}
