//! Whatever an event's data hold, both providers take the message, and nothing in it is a mention or markup.

use domain::message::{Provider, default, discord, slack};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{checker, with_event};

const KEYS: [&str; 40] = [
    "name",
    "title",
    "description",
    "url",
    "html_url",
    "avatar_url",
    "member",
    "repository",
    "full_name",
    "commits",
    "message",
    "id",
    "author",
    "username",
    "pull_request",
    "issue",
    "release",
    "ref",
    "labels",
    "sender",
    "login",
    "body",
    "number",
    "merged",
    "base",
    "head",
    "additions",
    "deletions",
    "changed_files",
    "milestone",
    "assignee",
    "tag_name",
    "compare",
    "created",
    "deleted",
    "forced",
    "draft",
    "state_reason",
    "action",
    "prerelease",
];
const TYPES: [&str; 14] = [
    "member.created",
    "event.updated",
    "hackathon.ended",
    "community.deleted",
    "a",
    "order.paid.late",
    "github",
    "github.push",
    "github.pull_request.opened",
    "github.pull_request.closed",
    "github.issues.opened",
    "github.release.published",
    "github.star.created",
    "github.issues.a_very_-_odd_action",
];
const TEXTS: [&str; 24] = [
    "@everyone",
    "@here <@1> <@!2> <@&3> <#4>",
    "<!channel> <!here|x> <@U1> <#C1>",
    "[a](https://evil.example)",
    "**b** __c__ ||d||",
    "```\ncode\n```",
    "# big\n- list\n1. one\n> quote",
    "https://example.com/a_b_c",
    "http://a.example/)*<@1>",
    "javascript:alert(1)",
    "https://u:p@example.com/",
    "\u{1b}[31mred\0\u{202e}desrever",
    "  \n\t ",
    "\u{200b}\u{3164}",
    "مرحبا بالعالم",
    "&lt;!channel&gt; &amp;",
    "👩‍👩‍👧‍👦🎉",
    "\\",
    "\\\\*",
    "a\r\nb",
    "refs/heads/main",
    "refs/tags/<v1>",
    "true",
    "<https://evil.example|click> & <mailto:a@b.example>",
];

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(TEXTS.to_vec()).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => (prop::sample::select(TEXTS.to_vec()), 1_usize..300).prop_map(|(text, times)| text.repeat(times)),
        1 => "[-*_~`|<>@#&\\\\()\\[\\] a1.\n]{0,40}",
    ]
}

fn keys(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![6 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => texts()]
}

fn values(known: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts().prop_map(Value::from),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 200, 40, move |inner| {
        let object = prop::collection::vec((keys(known), inner.clone()), 0..40);
        prop_oneof![
            prop::collection::vec(inner, 0..30).prop_map(Value::from),
            object.prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Without the links that a message makes of a commit's id.
fn without_own_links(text: &str) -> String {
    text.lines()
        .map(|line| match line.split_once("](http") {
            Some((label, rest)) if label.starts_with('[') => {
                format!("{} {}", &label[1..], rest.split_once(") ").map_or("", |(_, rest)| rest))
            }
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_default_message_is_taken_and_harmless(data in values(&KEYS), event_type in prop::sample::select(TYPES.to_vec())) {
        let (to_discord, to_slack) = with_event(event_type, &data, |event| {
            (default(Provider::Discord, event), default(Provider::Slack, event))
        });
        prop_assert_eq!(checker::discord(&to_discord), Ok(()));
        prop_assert_eq!(checker::slack(&to_slack), Ok(()));
        for text in checker::markdown_of(&to_discord) {
            prop_assert_eq!(checker::no_markup(&without_own_links(&text)), Ok(()));
        }
        // All else that Slack gets of an event is in rich_text, which reads no markup.
        prop_assert_eq!(checker::no_mention(to_slack["text"].as_str().unwrap()), Ok(()));
        prop_assert_eq!(&to_slack["mrkdwn"], false);
        prop_assert!(!to_slack["blocks"].to_string().contains(r#""type":"mrkdwn""#));
    }

    #[test]
    fn whatever_a_template_writes_is_taken_or_refused_in_words(
        message in values(&["content", "username", "embeds", "title", "description", "fields", "name", "value", "footer", "text",
            "author", "url", "image", "color", "timestamp", "allowed_mentions", "flags", "blocks", "type", "elements", "accessory"]),
        says in texts(),
    ) {
        for (fitted, check) in [
            (discord::fit(&message), checker::discord as fn(&Value) -> checker::Refusal), (slack::fit(&message), checker::slack),
            (discord::text(&says), checker::discord), (slack::text(&says), checker::slack),
        ] {
            match fitted {
                Ok(fitted) => prop_assert_eq!(check(&fitted), Ok(()), "{}", fitted),
                Err(wrong) => prop_assert!(wrong.to_string().starts_with("the message is refused: "), "{wrong}"),
            }
        }
    }

    #[test]
    fn a_discord_message_of_known_members_is_cut_to_its_limits(
        texts in prop::collection::vec(texts(), 8), fields in 0_usize..40, embeds in 1_usize..15, other in values(&KEYS),
    ) {
        let field = json!({"name": texts[0], "value": texts[1], "inline": other});
        let embed = json!({
            "title": texts[2], "description": texts[3], "url": texts[4], "color": other, "timestamp": texts[5],
            "footer": {"text": texts[6], "icon_url": texts[4]}, "author": {"name": texts[7], "url": texts[4]},
            "image": {"url": texts[4]}, "fields": vec![field; fields],
        });
        let message = json!({"content": texts[0], "username": texts[1], "flags": other, "tts": other, "avatar_url": texts[4],
            "allowed_mentions": {"parse": ["everyone"]}, "embeds": vec![embed; embeds]});
        if let Ok(fitted) = discord::fit(&message) {
            prop_assert_eq!(checker::discord(&fitted), Ok(()));
        } else {
            let shows = |text: &String| text.chars().any(char::is_alphanumeric);
            prop_assert!(!texts.iter().any(shows), "{}", message);
        }
    }

    #[test]
    fn a_slack_message_of_known_blocks_is_cut_to_its_limits(
        texts in prop::collection::vec(texts(), 6), many in 0_usize..70, kind in prop::sample::select(vec!["mrkdwn", "plain_text"]),
    ) {
        let text = |at: usize| json!({"type": kind, "text": texts[at]});
        let image = json!({"type": "image", "image_url": texts[5], "alt_text": texts[4]});
        let blocks = [
            json!({"type": "header", "text": text(0)}),
            json!({"type": "section", "text": text(1), "fields": vec![text(2); many.min(14)], "accessory": image}),
            json!({"type": "divider"}), image, json!({"type": "context", "elements": vec![text(3); many.min(14)]}),
        ];
        let blocks: Vec<Value> = blocks.iter().cycle().take(many).cloned().collect();
        if let Ok(fitted) = slack::fit(&json!({"text": texts[4], "blocks": blocks, "link_names": true})) {
            prop_assert_eq!(checker::slack(&fitted), Ok(()));
        }
    }
}
