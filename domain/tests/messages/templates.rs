//! Messages and bodies of an endpoint's own templates.

use domain::format::reshaped;
use domain::message::{Provider, body};
use domain::template::{Target, Template};
use serde_json::{Value, json};

use super::{checker, with_event};

fn sent(provider: Provider, source: &str, data: &Value) -> Result<Value, String> {
    let template = Template::parse(source, provider.target()).map_err(|wrong| wrong.to_string())?;
    let body = with_event("member.created", data, |event| body(provider, Some(&template), event));
    let message: Value =
        body.map(|body| serde_json::from_slice(&body).unwrap()).map_err(|wrong| wrong.to_string())?;
    match provider {
        Provider::Discord => checker::discord(&message)?,
        Provider::Slack => checker::slack(&message)?,
    }
    Ok(message)
}

#[test]
fn plain_text_is_the_content_or_the_text() {
    let data = json!({"name": "*Ada* <@1>", "bio": "x".repeat(50_000)});
    let discord = sent(Provider::Discord, "**Hello** {{ data.name }}", &data).unwrap();
    assert_eq!(
        discord,
        json!({"content": "**Hello** \\*Ada\\* \\<@\u{200b}1\\>", "allowed_mentions": {"parse": []}})
    );
    let slack = sent(Provider::Slack, "*Hello* {{ data.name }} <!here>", &data).unwrap();
    assert_eq!(slack, json!({"text": "*Hello* *Ada* &lt;@1&gt; <!here>", "link_names": false}));
    let long = sent(Provider::Discord, "{{ data.bio }}", &data).unwrap();
    assert_eq!(long["content"], "x".repeat(1_999) + "…");
}

#[test]
fn a_json_object_is_the_message() {
    let data =
        json!({"name": "Ada", "text": r#"", "content": "@everyone"#, "url": "https://example.com/?a=1&b=2"});
    let source = r#"{"content": "{{ data.text }}", "allowed_mentions": {"parse": ["everyone"]},
        "embeds": [{"title": "{{ data.name }}", "url": "{{ data.url | url }}", "color": 255}]}"#;
    let expected = json!({
        "content": "\", \"content\": \"@\u{200b}everyone", "allowed_mentions": {"parse": []},
        "embeds": [{"title": "Ada", "url": "https://example.com/?a=1&b=2", "color": 255}],
    });
    assert_eq!(sent(Provider::Discord, source, &data), Ok(expected));
    let source = r#"{"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<{{ data.url | url }}|*{{ data.name }}*>"}}]}"#;
    let said = sent(Provider::Slack, source, &data).unwrap();
    assert_eq!(said["blocks"][0]["text"]["text"], "<https://example.com/?a=1&b=2|*Ada*>");
}

#[test]
fn what_cannot_be_sent_is_said_in_words() {
    for (source, says) in [
        (
            r#"{"contents": "a"}"#,
            r#"the message is refused: "contents" is not known here; known are content,"#,
        ),
        (r#"{"embeds": [{"name": "a"}]}"#, r#"the message is refused: /embeds/0: "name" is not known here"#),
        (r#"{"embeds": {}}"#, "the message is refused: /embeds: it must be a list"),
        (r#"{"content": "{{ data.nothing }}"}"#, "the message is refused: it shows nothing"),
        ("{{ data.nothing }}", "the message is refused: it shows nothing"),
        (
            r#"{"content": {{ data.nothing }}}"#,
            "it renders what is no JSON: expected value at line 1 column 13",
        ),
        (
            r#"{"content": "{{ range(3, 1, 0) }}"}"#,
            "line 1, column 17: invalid operation: cannot create range with step of 0",
        ),
    ] {
        let wrong = sent(Provider::Discord, source, &json!({})).unwrap_err();
        assert!(wrong.starts_with(says), "{source}: {wrong}");
    }
    let wrong = sent(Provider::Slack, r#"{"blocks": [{"type": "video"}]}"#, &json!({})).unwrap_err();
    assert!(
        wrong.starts_with(r#"the message is refused: /blocks/0: there is no block "video" here"#),
        "{wrong}"
    );
}

#[test]
fn an_http_body_is_json_as_it_was_rendered() {
    let of = |source: &str| {
        let template = Template::parse(source, Target::Http).unwrap();
        with_event("member.created", &json!({"name": "A\"da"}), |event| reshaped(&template, event))
    };
    let body = of("{ \"who\":   \"{{ data.name }}\", \"kind\": {{ event | json }} }").unwrap();
    assert_eq!(body, br#"{ "who":   "A\"da", "kind": "member.created" }"#);
    assert_eq!(of("[{{ data | json }}]").unwrap(), br#"[{"name":"A\"da"}]"#);
    let wrong = of("hello {{ data.name }}").unwrap_err().to_string();
    assert!(wrong.starts_with("it renders what is no JSON"), "{wrong}");
}
