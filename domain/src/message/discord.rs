//! Messages as Discord takes them: the JSON body of «Execute Webhook». Whatever comes in, what goes out keeps every
//! limit of Discord's documentation (docs.discord.com/developers: Webhook Resource, Message Resource), mentions
//! nobody, and is not empty.

use serde_json::{Map, Value, json};

use super::markup::{Markup, cut, is_blank, link, units};
use super::summary::{Author, Item, Summary};
use super::{list, only, refused, text_of};
use crate::event::{EventView, instant, rfc3339_millis};
use crate::template::Wrong;

/// Webhook Resource, Execute Webhook: «the message contents (up to 2000 characters)».
pub const CONTENT_MAX: usize = 2_000;
/// Same page: embeds, «array of up to 10 embed objects».
pub const EMBEDS_MAX: usize = 10;
/// Message Resource, Embed Limits: title, description, field.name, field.value, footer.text and
/// author.name «across all embeds attached to a message must not exceed 6000 characters».
pub const EMBEDS_TEXT_MAX: usize = 6_000;
/// Embed Limits, the table: one row each.
pub const TITLE_MAX: usize = 256;
pub const DESCRIPTION_MAX: usize = 4_096;
pub const FIELDS_MAX: usize = 25;
pub const FIELD_NAME_MAX: usize = 256;
pub const FIELD_VALUE_MAX: usize = 1_024;
pub const FOOTER_MAX: usize = 2_048;
pub const AUTHOR_MAX: usize = 256;
/// User Resource, Usernames and Nicknames: 1 to 80 characters for a webhook's name; «discord» and «clyde» are not
/// allowed in it.
pub const USERNAME_MAX: usize = 80;
const USERNAME_NEVER: [&str; 2] = ["discord", "clyde"];
/// Channel Resource: a channel's name has 1 to 100 characters; a thread is one.
pub const THREAD_NAME_MAX: usize = 100;
/// Same page as the contents: of the flags only SUPPRESS_EMBEDS and SUPPRESS_NOTIFICATIONS can be set.
const FLAGS: u64 = 1 << 2 | 1 << 12;
/// Message Resource, Embed Structure: color is an RGB number.
const COLOUR_MAX: u64 = 0xff_ff_ff;

const MEMBERS: [&str; 8] =
    ["content", "username", "avatar_url", "tts", "embeds", "allowed_mentions", "flags", "thread_name"];
/// What a webhook may set of an embed: type, provider and video are Discord's own.
const EMBED_MEMBERS: [&str; 10] =
    ["title", "description", "url", "timestamp", "color", "footer", "image", "thumbnail", "author", "fields"];

/// What stands where a field shows nothing: Discord refuses an empty one.
const NOTHING: &str = "—";

/// The default message: one embed.
pub fn message(summary: &Summary, event: &EventView<'_>) -> Value {
    let escape = |text: &str| Markup::Discord.escape(text);
    let mut embed = Map::new();
    embed.insert("title".into(), format!("{} {}", summary.emoji, escape(&summary.title)).into());
    embed.insert("color".into(), summary.colour.into());
    embed.insert("timestamp".into(), rfc3339_millis(event.occurred_at).into());
    // A footer and an author's name are shown as they are, without Markdown.
    embed.insert("footer".into(), json!({"text": event.event_type.as_str()}));
    if let Some(url) = &summary.url {
        embed.insert("url".into(), url.as_str().into());
    }
    if let Some(Author { name, url, icon }) = &summary.author {
        embed.insert("author".into(), json!({"name": name, "url": url, "icon_url": icon}));
    }
    let description = description(summary);
    if !description.is_empty() {
        embed.insert("description".into(), description.into());
    }
    let fields: Vec<Value> = summary
        .fields
        .iter()
        .map(|field| {
            let is_short = units(&field.value) <= 40;
            json!({"name": escape(&field.name), "value": escape(&field.value), "inline": is_short})
        })
        .collect();
    embed.insert("fields".into(), fields.into());
    // Made of known members, and a title always shows something.
    fit(&json!({"embeds": [embed]})).unwrap_or_else(|_| json!({"content": event.event_type.as_str()}))
}

/// The text and the items, whole lines of them, so that no link is cut in two.
fn description(summary: &Summary) -> String {
    let mut description =
        summary.text.as_deref().map(|text| Markup::Discord.escape(text)).unwrap_or_default();
    description = cut(&description, DESCRIPTION_MAX);
    for Item { label, url, text } in &summary.items {
        let label = Markup::Discord.escape(label);
        let label = url.as_ref().map_or(label.clone(), |url| format!("[{label}]({url})"));
        let line = format!("{label} {}", Markup::Discord.escape(text));
        if units(&description) + 1 + units(&line) > DESCRIPTION_MAX {
            break;
        }
        if !description.is_empty() {
            description.push('\n');
        }
        description.push_str(&line);
    }
    description
}

/// A text that a template rendered, as the message's content.
pub fn text(rendered: &str) -> Result<Value, Wrong> {
    fit(&json!({"content": rendered}))
}

/// A message that a template wrote, made to keep every limit: texts are cut, members that Discord would refuse for
/// their value are left out, and mentions are forced off. A member that is not known here, and a message that shows
/// nothing, is an error.
pub fn fit(message: &Value) -> Result<Value, Wrong> {
    only(message, &MEMBERS, "")?;
    let mut fitted = Map::new();
    put(&mut fitted, "content", text_of(&message["content"], CONTENT_MAX));
    put(
        &mut fitted,
        "username",
        text_of(&message["username"], USERNAME_MAX).filter(|name| may_be_called(name)),
    );
    put(&mut fitted, "avatar_url", link_of(&message["avatar_url"]));
    put(&mut fitted, "thread_name", text_of(&message["thread_name"], THREAD_NAME_MAX));
    put(&mut fitted, "tts", message["tts"].as_bool());
    put(&mut fitted, "flags", message["flags"].as_u64().map(|flags| flags & FLAGS));
    let mut left = EMBEDS_TEXT_MAX;
    let mut embeds = Vec::new();
    for (at, embed) in list(&message["embeds"], "/embeds")?.iter().take(EMBEDS_MAX).enumerate() {
        embeds.extend(fit_embed(embed, &format!("/embeds/{at}"), &mut left)?);
    }
    if !fitted.contains_key("content") && embeds.is_empty() {
        return Err(refused("", "it shows nothing: it needs content or an embed"));
    }
    if !embeds.is_empty() {
        fitted.insert("embeds".into(), embeds.into());
    }
    // Message Resource, Allowed Mentions: an empty `parse` suppresses every mention.
    fitted.insert("allowed_mentions".into(), json!({"parse": []}));
    Ok(fitted.into())
}

/// None where nothing of it would be seen. `left` is what all embeds may still say together.
fn fit_embed(embed: &Value, at: &str, left: &mut usize) -> Result<Option<Value>, Wrong> {
    only(embed, &EMBED_MEMBERS, at)?;
    let mut fitted = Map::new();
    // What is small and says most comes first, the description takes what is left before the fields.
    put(&mut fitted, "title", text_within(&embed["title"], TITLE_MAX, left));
    for (part, text, text_max) in [("author", "name", AUTHOR_MAX), ("footer", "text", FOOTER_MAX)] {
        let links: &[&str] = if part == "author" { &["url", "icon_url"] } else { &["icon_url"] };
        let Some(given) = member(embed, part, &[&[text], links].concat(), at)? else { continue };
        let Some(said) = text_within(&given[text], text_max, left) else { continue };
        let mut kept = Map::new();
        kept.insert(text.into(), said.into());
        for link in links {
            put(&mut kept, link, link_of(&given[*link]));
        }
        fitted.insert(part.into(), kept.into());
    }
    put(&mut fitted, "description", text_within(&embed["description"], DESCRIPTION_MAX, left));
    let mut fields = Vec::new();
    for (index, field) in list(&embed["fields"], &format!("{at}/fields"))?.iter().take(FIELDS_MAX).enumerate()
    {
        only(field, &["name", "value", "inline"], &format!("{at}/fields/{index}"))?;
        let name = text_within(&field["name"], FIELD_NAME_MAX, left).or_else(|| nothing(left));
        let value = text_within(&field["value"], FIELD_VALUE_MAX, left).or_else(|| nothing(left));
        let (Some(name), Some(value)) = (name, value) else { break };
        fields.push(
            json!({"name": name, "value": value, "inline": field["inline"].as_bool().unwrap_or(false)}),
        );
    }
    if !fields.is_empty() {
        fitted.insert("fields".into(), fields.into());
    }
    for picture in ["image", "thumbnail"] {
        if let Some(url) = member(embed, picture, &["url"], at)?.and_then(|picture| link_of(&picture["url"]))
        {
            fitted.insert(picture.into(), json!({"url": url}));
        }
    }
    if fitted.is_empty() {
        return Ok(None);
    }
    put(&mut fitted, "url", link_of(&embed["url"]));
    put(&mut fitted, "color", embed["color"].as_u64().filter(|colour| *colour <= COLOUR_MAX));
    let timestamp = embed["timestamp"].as_str().and_then(|text| instant(text).ok());
    put(&mut fitted, "timestamp", timestamp.map(rfc3339_millis));
    Ok(Some(fitted.into()))
}

fn may_be_called(name: &str) -> bool {
    let name = name.to_lowercase();
    !USERNAME_NEVER.iter().any(|never| name.contains(never))
}

fn put(members: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), value.into());
    }
}

/// A text cut to its own limit and to what is left of all, which it takes.
fn text_within(value: &Value, units_max: usize, left: &mut usize) -> Option<String> {
    let text = text_of(value, units_max.min(*left)).filter(|text| !is_blank(text))?;
    *left -= units(&text);
    Some(text)
}

fn nothing(left: &mut usize) -> Option<String> {
    *left = left.checked_sub(units(NOTHING))?;
    Some(NOTHING.to_owned())
}

fn link_of(value: &Value) -> Option<String> {
    value.as_str().and_then(link)
}

fn member<'a>(embed: &'a Value, name: &str, known: &[&str], at: &str) -> Result<Option<&'a Value>, Wrong> {
    let part = &embed[name];
    if part.is_null() {
        return Ok(None);
    }
    only(part, known, &format!("{at}/{name}"))?;
    Ok(Some(part))
}
