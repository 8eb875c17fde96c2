//! Whatever an owner writes and an event brings: a template is refused in words, or rendered within its bounds, and what
//! is to be JSON is JSON.

use std::time::{Duration, Instant};

use super::*;
use crate::format::reshaped;
use crate::message;

/// Of one render, in a build that nothing optimises, on a machine that others use: far above what one takes.
const RENDER_MAX: Duration = Duration::from_secs(10);

/// An event's data: nested, with texts that mean something to JSON, HTML, Markdown and templates.
fn any_data() -> impl Strategy<Value = Value> {
    let text = prop_oneof![any::<String>(), "[\"\\\\<>&*_`{}%#\n@!a]{0,12}", Just("ü🎉".repeat(20_000))];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!("2026-03-04T05:06:07Z")),
        text.prop_map(Value::from),
    ];
    let nested = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[ab\"<]{1,2}", inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    });
    (nested.clone(), nested).prop_map(|(a, b)| json!({"a": a, "b": [b, "x"], "t": "a \"b\" <c>"}))
}

const LEAVES: [&str; 16] = [
    "data",
    "data.a",
    "data.b",
    "data.b[0]",
    "data.t",
    "data.missing.x",
    "event",
    "timestamp",
    "'li\"t'",
    "7",
    "1.5",
    "true",
    "none",
    "[1, 'x', [2]]",
    "{'k': data.a}",
    "range(20)",
];
const FILTERS: [&str; 31] = [
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "length",
    "first",
    "last",
    "list",
    "items",
    "sort",
    "unique",
    "reverse",
    "join",
    "join('\"')",
    "split",
    "string",
    "int",
    "float",
    "abs",
    "round",
    "sum",
    "min",
    "max",
    "date",
    "date('%A')",
    "truncate(3)",
    "default('d')",
    "replace('a', data.t)",
    "batch(2)",
    "map('upper')",
];
/// Expressions that could be much of something.
const HEAVY: [&str; 5] = ["range(99999)", "'xyz' * 999999", "9 ** 9", "data.t * 9999", "[[1], [2]] * 999"];

/// An expression of those parts. None of its texts is marked as escaped before.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        9 => prop::sample::select(LEAVES.to_vec()),
        1 => prop::sample::select(HEAVY.to_vec()),
    ];
    leaf.prop_map(str::to_owned).prop_recursive(4, 16, 3, |inner| {
        let filter = prop::sample::select(FILTERS.to_vec());
        let between = prop::sample::select(vec!["~", "+", "-", "*", "//", "%", "==", "<", "in", "and", "or"]);
        prop_oneof![
            4 => (inner.clone(), filter).prop_map(|(of, filter)| format!("({of}) | {filter}")),
            2 => (inner.clone(), between, inner.clone()).prop_map(|(a, between, b)| format!("(({a}) {between} ({b}))")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("(({a}) if ({b}) else ({c}))")),
            1 => (inner.clone(), -2..3).prop_map(|(of, at)| format!("({of})[{at}]")),
            1 => (inner.clone(), 0..3, 0..9).prop_map(|(of, from, to)| format!("({of})[{from}:{to}]")),
            1 => inner.prop_map(|of| format!("(({of}) is defined)")),
        ]
    })
}

/// Text of a template, with statements in each other.
fn body() -> impl Strategy<Value = String> {
    let print = prop_oneof![
        3 => expression().prop_map(|of| format!("{{{{ {of} }}}}")),
        1 => (expression(), prop::sample::select(vec!["json", "e", "url"])).prop_map(|(of, filter)| format!("{{{{ ({of}) | {filter} }}}}")),
        1 => "[a-z \"*<\n]{0,8}",
    ];
    print.prop_recursive(3, 12, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            two.prop_map(|(a, b)| format!("{a}{b}")),
            (expression(), inner.clone())
                .prop_map(|(of, body)| format!("{{% for x in {of} %}}{body}{{{{ x }}}}{{% endfor %}}")),
            expression().prop_map(|of| format!(
                "{{% for x in [{of}] recursive %}}{{{{ x }}}}{{{{ loop(x) }}}}{{% endfor %}}"
            )),
            (expression(), inner.clone(), inner.clone())
                .prop_map(|(of, a, b)| format!("{{% if {of} %}}{a}{{% else %}}{b}{{% endif %}}")),
            (expression(), inner.clone())
                .prop_map(|(of, body)| format!("{{% set y = {of} %}}{body}{{{{ y ~ y }}}}")),
            inner
                .clone()
                .prop_map(|body| format!("{{% set y %}}{body}{{% endset %}}{{{{ y ~ y | upper }}}}")),
            inner.prop_map(|body| format!("{{% filter replace('a', 'bb') %}}{body}{{% endfilter %}}")),
        ]
    })
}

/// A template of JSON: expressions between quotes as texts, and elsewhere as JSON.
fn object() -> impl Strategy<Value = String> {
    (expression(), expression(), expression()).prop_map(|(quoted, bare, list)| {
        format!(
            "{{\"quoted\": \"{{{{ ({quoted}) | string }}}}\", \"bare\": {{{{ ({bare}) | json }}}}, \
             \"list\": [{{% for x in ({list}) %}}{{{{ '' if loop.first else ',' }}}}\"{{{{ x | string }}}}\"{{% endfor %}}]}}"
        )
    })
}

fn any_target() -> impl Strategy<Value = Target> {
    prop::sample::select(vec![Target::Http, Target::Discord, Target::Slack])
}

/// What becomes of a template: never a panic, and never more than it may take.
fn render_within_bounds(target: Target, source: &str, data: &Value) -> Result<String, Wrong> {
    let began = Instant::now();
    let rendered = try_render(target, source, data);
    assert!(began.elapsed() < RENDER_MAX, "{source}");
    match &rendered {
        Ok(text) => assert!(text.len() <= OUTPUT_BYTES_MAX, "{source}"),
        Err(wrong) => {
            assert!(wrong.detail.contains(' ') || wrong.detail.contains("error"), "{source}: {wrong}");
            assert!(wrong.detail.chars().count() <= DETAIL_CHARS_MAX + 40, "{source}: {wrong}");
        }
    }
    rendered
}

/// What is sent for an event: JSON, whatever the template is.
fn is_sent_as_json(target: Target, template: &Template, data: &Value) {
    let (event_type, tenant) =
        (EventType::try_from("order.paid").unwrap(), "acme".parse::<TenantId>().unwrap());
    let occurred_at = datetime!(2026-01-02 03:04:05 UTC);
    let event = EventView { event_type: &event_type, public_id: "evt_1", occurred_at, tenant: &tenant, data };
    let sent = match target.provider() {
        Some(provider) => message::body(provider, Some(template), &event),
        None => reshaped(template, &event),
    };
    if let Ok(body) = sent {
        serde_json::from_slice::<Value>(&body).unwrap();
    }
}

proptest! {
    // Each may take as long as a render may.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn any_template_stays_within_its_bounds(target in any_target(), source in body(), data in any_data()) {
        if render_within_bounds(target, &source, &data).is_ok() {
            is_sent_as_json(target, &Template::parse(&source, target).unwrap(), &data);
        }
    }

    #[test]
    fn what_writes_json_writes_json(target in any_target(), source in object(), data in any_data()) {
        if let Ok(rendered) = render_within_bounds(target, &source, &data) {
            let read = serde_json::from_str::<Value>(&rendered);
            prop_assert!(read.is_ok(), "{source}: {rendered}: {read:?}");
            is_sent_as_json(target, &Template::parse(&source, target).unwrap(), &data);
        }
    }

    #[test]
    fn any_text_is_refused_or_rendered(
        target in any_target(),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        near in "([{][{%#] ?-?|-? ?[}%#][}]|[a-z.|'\"()\\[\\] ]{1,6}|\n){0,40}",
        data in any_data(),
    ) {
        for source in [String::from_utf8_lossy(&bytes).into_owned(), near] {
            let _ = render_within_bounds(target, &source, &data);
        }
    }
}
