//! Messages as Slack takes them: the JSON body of an incoming webhook. Whatever comes in, what goes out keeps every
//! limit of Slack's documentation (docs.slack.dev: Block Kit reference, `chat.postMessage`), and nothing of an
//! event becomes a mention.
//!
//! Default messages say what comes from an event in `rich_text`, which reads no markup at all: mrkdwn has no way to
//! escape `*` or `_`. Templates write mrkdwn, in which `&`, `<` and `>` of an event are escaped.

use serde_json::{Map, Value, json};

use super::markup::{Markup, cut, is_blank, link, units};
use super::summary::{Author, Field, Item, Summary};
use super::{list, only, refused, text_of};
use crate::event::{EventView, rfc3339_millis};
use crate::template::Wrong;

/// `chat.postMessage`, Truncating content: a text of more than 40,000 characters is cut off by Slack.
pub const TEXT_MAX: usize = 40_000;
/// Block Kit, Blocks: «up to 50 blocks in each message».
pub const BLOCKS_MAX: usize = 50;
/// Header block: text, «maximum length 150 characters».
pub const HEADER_MAX: usize = 150;
/// Section block: text «maximum length 3000 characters»; fields «maximum number of items is 10», «maximum length
/// for the text in each item is 2000 characters».
pub const SECTION_TEXT_MAX: usize = 3_000;
pub const SECTION_FIELDS_MAX: usize = 10;
pub const SECTION_FIELD_MAX: usize = 2_000;
/// Context block: elements, «maximum number of items is 10».
pub const CONTEXT_ELEMENTS_MAX: usize = 10;
/// Image block and element: `alt_text` «maximum length 2000 characters», title the same.
pub const ALT_TEXT_MAX: usize = 2_000;
/// Not documented: `chat.postMessage` answers `msg_blocks_too_long` from some 13,200 characters over all blocks
/// (slackapi/bolt-js, issue 2509).
pub const BLOCKS_TEXT_MAX: usize = 12_000;

const MEMBERS: [&str; 7] =
    ["text", "blocks", "mrkdwn", "unfurl_links", "unfurl_media", "link_names", "thread_ts"];

/// The default message: its blocks, and a text for notifications.
pub fn message(summary: &Summary, event: &EventView<'_>) -> Value {
    let mut left = BLOCKS_TEXT_MAX;
    let mut lines = vec![vec![said(&summary.headline(), summary.url.as_deref(), "bold", &mut left)]];
    if let Some(Author { name, url, .. }) = &summary.author {
        lines.push(vec![said(name, url.as_deref(), "", &mut left)]);
    }
    if let Some(text) = &summary.text {
        lines.push(vec![said(text, None, "", &mut left)]);
    }
    for Item { label, url, text } in &summary.items {
        lines.push(vec![
            said(label, url.as_deref(), if url.is_some() { "code" } else { "" }, &mut left),
            said(&format!(" {text}"), None, "", &mut left),
        ]);
    }
    for Field { name, value } in &summary.fields {
        lines.push(vec![
            said(&format!("{name}: "), None, "bold", &mut left),
            said(value, None, "", &mut left),
        ]);
    }
    // What has no room any more is not there.
    let lines = lines.into_iter().map(|line| line.into_iter().flatten().collect::<Vec<_>>());
    let lines: Vec<Vec<Value>> = lines.filter(|line| !line.is_empty()).collect();
    let elements = lines.join(&json!({"type": "text", "text": "\n"}));
    let context = format!("{} · {}", event.event_type, rfc3339_millis(event.occurred_at));
    json!({
        "text": cut(&Markup::Slack.escape(&summary.headline()), SECTION_TEXT_MAX),
        "blocks": [
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]},
            {"type": "context", "elements": [{"type": "plain_text", "text": context, "emoji": false}]},
        ],
        "mrkdwn": false,
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// A piece of `rich_text`, in which text is only text. None where nothing of it would be seen.
fn said(text: &str, url: Option<&str>, style: &str, left: &mut usize) -> Option<Value> {
    let text = cut(text, SECTION_TEXT_MAX.min(*left));
    if is_blank(&text) {
        return None;
    }
    *left -= units(&text);
    let mut piece = match url {
        Some(url) => json!({"type": "link", "url": url, "text": text}),
        None => json!({"type": "text", "text": text}),
    };
    if !style.is_empty() {
        piece["style"] = json!({style: true});
    }
    Some(piece)
}

/// A text that a template rendered.
pub fn text(rendered: &str) -> Result<Value, Wrong> {
    fit(&json!({"text": rendered}))
}

/// A message that a template wrote, made to keep every limit: texts are cut, blocks that would show nothing are
/// left out, names are not made into mentions. A member or a kind of block that is not known here, and a message
/// that shows nothing, is an error.
pub fn fit(message: &Value) -> Result<Value, Wrong> {
    only(message, &MEMBERS, "")?;
    let mut fitted = Map::new();
    if let Some(text) = text_of(&message["text"], TEXT_MAX) {
        fitted.insert("text".into(), text.into());
    }
    for name in ["mrkdwn", "unfurl_links", "unfurl_media"] {
        if let Some(is_so) = message[name].as_bool() {
            fitted.insert(name.into(), is_so.into());
        }
    }
    if let Some(thread) = message["thread_ts"].as_str().filter(|thread| is_timestamp(thread)) {
        fitted.insert("thread_ts".into(), thread.into());
    }
    let mut left = BLOCKS_TEXT_MAX;
    let mut blocks = Vec::new();
    for (at, block) in list(&message["blocks"], "/blocks")?.iter().take(BLOCKS_MAX).enumerate() {
        blocks.extend(fit_block(block, &format!("/blocks/{at}"), &mut left)?);
    }
    if !fitted.contains_key("text") && blocks.iter().all(|block| block["type"] == "divider") {
        return Err(refused("", "it shows nothing: it needs text or a block"));
    }
    if !blocks.is_empty() {
        fitted.insert("blocks".into(), blocks.into());
    }
    fitted.insert("link_names".into(), false.into());
    Ok(fitted.into())
}

/// None where nothing of it would be seen. `left` is what all blocks may still say together.
fn fit_block(block: &Value, at: &str, left: &mut usize) -> Result<Option<Value>, Wrong> {
    match block["type"].as_str().unwrap_or_default() {
        "divider" => only(block, &["type"], at).map(|()| Some(json!({"type": "divider"}))),
        "header" => {
            only(block, &["type", "text"], at)?;
            let text = fit_text(&block["text"], &format!("{at}/text"), HEADER_MAX, left)?;
            // A header has plain text alone.
            let plain = |text: &Value| json!({"type": "plain_text", "text": text["text"], "emoji": false});
            Ok(text.map(|text| json!({"type": "header", "text": plain(&text)})))
        }
        "section" => fit_section(block, at, left),
        "context" => {
            only(block, &["type", "elements"], at)?;
            let mut elements = Vec::new();
            let given = list(&block["elements"], &format!("{at}/elements"))?;
            for (index, element) in given.iter().take(CONTEXT_ELEMENTS_MAX).enumerate() {
                let at = format!("{at}/elements/{index}");
                elements.extend(match element["type"].as_str() {
                    Some("image") => fit_image(element, &at, left)?,
                    _ => fit_text(element, &at, SECTION_FIELD_MAX, left)?,
                });
            }
            Ok((!elements.is_empty()).then(|| json!({"type": "context", "elements": elements})))
        }
        "image" => fit_image(block, at, left),
        other => {
            let other = cut(&super::markup::clean(other), 60);
            let known = "header, section, divider, context and image";
            Err(refused(at, &format!("there is no block {other:?} here; known are {known}")))
        }
    }
}

fn fit_section(block: &Value, at: &str, left: &mut usize) -> Result<Option<Value>, Wrong> {
    only(block, &["type", "text", "fields", "accessory"], at)?;
    let text = fit_text(&block["text"], &format!("{at}/text"), SECTION_TEXT_MAX, left)?;
    let mut fields = Vec::new();
    let given = list(&block["fields"], &format!("{at}/fields"))?;
    for (index, field) in given.iter().take(SECTION_FIELDS_MAX).enumerate() {
        fields.extend(fit_text(field, &format!("{at}/fields/{index}"), SECTION_FIELD_MAX, left)?);
    }
    if text.is_none() && fields.is_empty() {
        return Ok(None);
    }
    let mut section = json!({"type": "section"});
    if let Some(text) = text {
        section["text"] = text;
    }
    if !fields.is_empty() {
        section["fields"] = fields.into();
    }
    let accessory = &block["accessory"];
    if !accessory.is_null()
        && let Some(image) = fit_image(accessory, &format!("{at}/accessory"), left)?
    {
        section["accessory"] = image;
    }
    Ok(Some(section))
}

fn fit_image(image: &Value, at: &str, left: &mut usize) -> Result<Option<Value>, Wrong> {
    only(image, &["type", "image_url", "alt_text"], at)?;
    if image["type"] != "image" {
        return Err(refused(at, "it must be an image"));
    }
    let Some(url) = image["image_url"].as_str().and_then(link) else { return Ok(None) };
    let alt = text_of(&image["alt_text"], ALT_TEXT_MAX.min(*left)).unwrap_or_default();
    *left -= units(&alt);
    Ok(Some(json!({"type": "image", "image_url": url, "alt_text": alt})))
}

/// A text object, cut. None where nothing of it would be seen.
fn fit_text(text: &Value, at: &str, units_max: usize, left: &mut usize) -> Result<Option<Value>, Wrong> {
    if text.is_null() {
        return Ok(None);
    }
    only(text, &["type", "text", "emoji", "verbatim"], at)?;
    let is_plain = match text["type"].as_str() {
        Some("plain_text") => true,
        Some("mrkdwn") => false,
        _ => return Err(refused(at, "the type of a text is plain_text or mrkdwn")),
    };
    let Some(said) = text_of(&text["text"], units_max.min(*left)) else { return Ok(None) };
    *left -= units(&said);
    Ok(Some(if is_plain {
        json!({"type": "plain_text", "text": said, "emoji": text["emoji"].as_bool().unwrap_or(false)})
    } else {
        // Else Slack makes links of what looks like a channel's or a group's name.
        json!({"type": "mrkdwn", "text": said, "verbatim": text["verbatim"].as_bool().unwrap_or(true)})
    }))
}

/// `1503435956.000247`
fn is_timestamp(text: &str) -> bool {
    let is_number =
        |part: &str| !part.is_empty() && part.len() <= 20 && part.bytes().all(|b| b.is_ascii_digit());
    text.split_once('.').is_some_and(|(seconds, rest)| is_number(seconds) && is_number(rest))
}
