//! The examples of the documents, executed: a block `json event` is the event from there on, `jinja <target>` a
//! template, and `… result`, `… error` or `json <provider>` what comes of it.

use domain::format::reshaped;
use domain::message::{Provider, body, default};
use domain::template::{Target, Template};
use serde_json::Value;

use super::with_event;

/// The blocks of a document: what it says after its fence, and its text.
fn blocks(document: &str) -> Vec<(&str, &str)> {
    let mut fences = document.split("```");
    fences.next();
    let mut found = Vec::new();
    while let (Some(block), _) = (fences.next(), fences.next()) {
        found.push(block.split_once('\n').unwrap());
    }
    found
}

fn made(target: &str, source: &str, event_type: &str, data: &Value) -> Result<String, String> {
    let (target, provider) = match target {
        "http" => (Target::Http, None),
        "discord" => (Target::Discord, Some(Provider::Discord)),
        _ => (Target::Slack, Some(Provider::Slack)),
    };
    let template = Template::parse(source.trim_end(), target).map_err(|wrong| wrong.to_string())?;
    let body = with_event(event_type, data, |event| match provider {
        Some(provider) => body(provider, Some(&template), event),
        None => reshaped(&template, event),
    });
    body.map(|body| String::from_utf8(body).unwrap()).map_err(|wrong| wrong.to_string())
}

fn check(document: &str) -> usize {
    let (mut event, mut came, mut checked) = (Value::Null, Ok(String::new()), 0);
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    for (says, text) in blocks(document) {
        let event_type = event["event"].as_str().unwrap_or("a").to_owned();
        match says {
            "json event" => event = json(text),
            "json result" => assert_eq!(json(came.as_ref().unwrap()), json(text)),
            "text error" => assert_eq!(came, Err(text.trim_end().to_owned())),
            "json discord" | "json slack" => {
                let provider = if says == "json discord" { Provider::Discord } else { Provider::Slack };
                assert_eq!(
                    with_event(&event_type, &event["data"], |event| default(provider, event)),
                    json(text)
                );
            }
            _ => {
                let target =
                    says.strip_prefix("jinja ").unwrap_or_else(|| panic!("what is a block {says:?}?"));
                came = made(target, text, &event_type, &event["data"]);
                continue;
            }
        }
        checked += 1;
    }
    checked
}

#[test]
fn the_examples_of_templates_are_what_happens() {
    assert!(check(include_str!("../../../docs/templates.md")) > 5);
}

#[test]
fn the_examples_of_messages_are_what_happens() {
    assert!(check(include_str!("../../../docs/messages.md")) > 2);
}
