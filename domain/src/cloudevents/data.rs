//! The data of a CloudEvent as an event's payload: JSON as it is, and text as a JSON string.

use serde_json::value::RawValue;

/// What `datacontenttype` says of the data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Json,
    Text,
}

const UNTAKEN: &str = "must be JSON (application/json, or ending in +json) or text/*: send any other data as JSON, for example a link to it";

/// JSON format, §3.1.1: `*/json` and `*/*+json` declare JSON, and so does nothing at all.
fn sort(content_type: Option<&str>) -> Result<Sort, String> {
    let Some(content_type) = content_type else { return Ok(Sort::Json) };
    let lower = content_type.to_ascii_lowercase();
    let (essence, parameters) = lower.split_once(';').unwrap_or((&lower, ""));
    let (family, subtype) = essence.trim().split_once('/').unwrap_or_default();
    if !family.is_empty() && (subtype == "json" || subtype.ends_with("+json")) {
        return Ok(Sort::Json);
    }
    if family != "text" || subtype.is_empty() {
        return Err(UNTAKEN.to_owned());
    }
    let charset = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("charset="));
    match charset.map(|charset| charset.trim_matches('"')) {
        None | Some("utf-8" | "us-ascii") => Ok(Sort::Text),
        Some(_) => Err("must be of the charset utf-8".to_owned()),
    }
}

/// Why data cannot be taken: what `datacontenttype` says, or what they are.
pub enum Unfit {
    Type(String),
    Data(&'static str),
    NotJson(serde_json::Error),
}

/// The member `data`. `None`: there is no data.
pub fn of_member(
    content_type: Option<&str>,
    member: Option<&RawValue>,
) -> Result<Option<Box<RawValue>>, Unfit> {
    let sort = sort(content_type).map_err(Unfit::Type)?;
    if sort == Sort::Text && member.is_some_and(|data| !data.get().starts_with('"')) {
        return Err(Unfit::Data("must be a text, as datacontenttype says"));
    }
    Ok(member.map(RawValue::to_owned))
}

/// A body or payload. `None`: there is no data.
pub fn of_body(content_type: Option<&str>, body: &[u8]) -> Result<Option<Box<RawValue>>, Unfit> {
    match sort(content_type).map_err(Unfit::Type)? {
        Sort::Json if body.is_empty() => Ok(None),
        Sort::Json => serde_json::from_slice(body).map(Some).map_err(Unfit::NotJson),
        Sort::Text => {
            let text = std::str::from_utf8(body).map_err(|_| Unfit::Data("the text must be UTF-8"))?;
            let quoted = serde_json::Value::from(text).to_string();
            RawValue::from_string(quoted).map(Some).map_err(Unfit::NotJson)
        }
    }
}
