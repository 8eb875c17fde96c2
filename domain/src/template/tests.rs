#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod any;

use proptest::prelude::*;
use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::matching::EventType;
use crate::tenant::TenantId;

fn try_render(target: Target, source: &str, data: &Value) -> Result<String, Wrong> {
    let event_type = EventType::try_from("order.paid").unwrap();
    let tenant = "acme".parse::<TenantId>().unwrap();
    let event = EventView {
        event_type: &event_type,
        public_id: "evt_1",
        occurred_at: datetime!(2026-01-02 03:04:05 UTC),
        tenant: &tenant,
        data,
    };
    Template::parse(source, target)?.render(&event)
}

fn render(target: Target, source: &str, data: &Value) -> String {
    try_render(target, source, data).unwrap()
}

#[test]
fn an_event_is_there_under_the_names_of_its_body() {
    let source = "{{ event }} {{ eventId }} {{ timestamp }} {{ tenant }} {{ data.total }}";
    let rendered = render(Target::Slack, source, &json!({"total": 12.5}));
    assert_eq!(rendered, "order.paid evt_1 2026-01-02T03:04:05.000Z acme 12.5");
}

#[test]
fn what_is_not_there_prints_nothing() {
    let data = json!({"null": null});
    for source in [
        "[{{ data.a }}]",
        "[{{ data.a.b.c }}]",
        "[{{ data.null }}]",
        "[{{ data.null.a }}]",
        "[{{ data.a[0] }}]",
    ] {
        assert_eq!(render(Target::Slack, source, &data), "[]", "{source}");
    }
    assert_eq!(render(Target::Slack, "{{ data.a | default('none') }}", &data), "none");
    assert_eq!(render(Target::Slack, "{% for x in data.a %}x{% else %}empty{% endfor %}", &data), "empty");
    assert_eq!(
        render(Target::Slack, "{{ data.a | truncate(3) }}{{ data.a | date }}{{ data.a | url }}", &data),
        ""
    );
}

#[test]
fn text_is_escaped_for_its_target_and_only_once() {
    let data = json!({"name": "*<a>* \"q\"", "list": ["_b_"]});
    assert_eq!(render(Target::Discord, "*{{ data.name }}*", &data), r#"*\*\<a\>\* "q"*"#);
    assert_eq!(render(Target::Slack, "*{{ data.name }}*", &data), "**&lt;a&gt;* \"q\"*");
    assert_eq!(render(Target::Http, r#"{"n": "{{ data.name }}"}"#, &data), r#"{"n": "*<a>* \"q\""}"#);
    assert_eq!(
        render(Target::Discord, r#"{"content": "{{ data.name }}"}"#, &data),
        r#"{"content": "\\*\\<a\\>\\* \"q\""}"#
    );
    let captured = "{% set x %}{{ data.name }}{% endset %}{{ x }}{{ x | escape | e }}";
    assert_eq!(render(Target::Slack, captured, &data), "*&lt;a&gt;* \"q\"".repeat(2));
    assert_eq!(
        render(
            Target::Http,
            r#"{"d": {{ data | json }}, "l": {{ data.list }}, "u": {{ data.u | json }}}"#,
            &data
        ),
        r#"{"d": {"list":["_b_"],"name":"*<a>* \"q\""}, "l": ["_b_"], "u": null}"#
    );
    assert_eq!(render(Target::Discord, r#"{"d": {{ data.list | json }}}"#, &data), r#"{"d": ["\\_b\\_"]}"#);
    assert_eq!(
        render(Target::Slack, "{{ data | json }}", &json!({"a": "<!here>"})),
        r#"{"a":"&lt;!here&gt;"}"#
    );
}

#[test]
fn nothing_lets_an_event_out_unescaped() {
    let data = json!({"a": "<!channel>", "b": ["<@U1>", "<#C1>"], "<!here>": 1});
    for source in [
        "{{ data.a }}",
        "{{ data.a ~ data.b }}",
        "{{ data.a | upper | lower }}",
        "{{ data.b | join('<') }}",
        "{{ 'x' | replace('x', data.a) }}",
        "{% set x %}{{ data.a }}{% endset %}{{ x ~ data.a }}",
        "{{ data }}",
        "{% set x %}y{% endset %}{{ x | replace('y', data.a) }}",
        "{{ data | items | list }}",
        "{{ data | json }}",
        "{% set x %}y{% endset %}{{ [x, data.a] | join }}",
        "{% filter upper %}{{ data.a }}{% endfilter %}",
        "{% for key in data %}{{ key }}{% endfor %}",
        "{{ data.a | e | e ~ data.a }}",
        "{{ data.a | truncate(5) }}",
        "{{ data.a | date }}",
        "{{ data.a | url }}",
        "{{ data.a | list | join }}",
        "{{ data.a[:3] }}",
    ] {
        let rendered = render(Target::Slack, source, &data);
        assert!(!rendered.contains(['<', '>']), "{source}: {rendered}");
    }
    for gone in [
        "{{ data.a | safe }}",
        "{% autoescape false %}{{ data.a }}{% endautoescape %}",
        "{{ '%s' | format(data.a) }}",
    ] {
        assert!(Template::parse(gone, Target::Slack).is_err(), "{gone}");
    }
}

#[test]
fn whether_it_is_json_is_said_by_its_source() {
    let form = |source| Template::parse(source, Target::Discord).unwrap().form();
    for json in [r#"{"content": "a"}"#, " \n{ }", r#"{% set a = 1 %} {# note #}{"content": "{{ a }}"}"#] {
        assert_eq!(form(json), Form::Json, "{json}");
    }
    for text in ["hello", "{{ data | json }}", "{% if data %}{{ data }}{% endif %}", "[1]"] {
        assert_eq!(form(text), Form::Text, "{text}");
    }
    assert_eq!(Template::parse("{{ data | json }}", Target::Http).unwrap().form(), Form::Json);
}

#[test]
fn dates_are_written_by_name_or_format() {
    let data = json!({"at": "2026-03-04T05:06:07.8+02:00", "seconds": 0, "no": "soon"});
    for (format, written) in [
        ("", "2026-03-04 05:06"),
        ("('date')", "2026-03-04"),
        ("('time')", "05:06"),
        ("('long')", "4 March 2026, 05:06"),
        ("('unix')", "1772593567"),
        ("('rfc3339')", "2026-03-04T05:06:07.8+02:00"),
        ("('%d.%m.%y')", "04.03.26"),
        ("('rfc2822')", "Wed, 04 Mar 2026 05:06:07 +0200"),
    ] {
        assert_eq!(
            render(Target::Http, &format!("{{{{ data.at | date{format} }}}}"), &data),
            written,
            "{format}"
        );
    }
    assert_eq!(
        render(Target::Http, "{{ data.seconds | date }} {{ data.no | date }}", &data),
        "1970-01-01 00:00 soon"
    );
    let wrong = try_render(Target::Slack, "a\n{{ data.at | date('%Q') }}", &data).unwrap_err();
    assert_eq!(wrong.line, Some(2), "{wrong}");
    assert!(wrong.detail.contains("date cannot write by this format"), "{wrong}");
}

#[test]
fn truncation_is_by_characters_and_counts_its_ellipsis() {
    let data = json!({"t": "äöü 🎉🎉"});
    for (length, cut) in
        [("0", ""), ("1", "…"), ("4", "äöü…"), ("5", "äöü…"), ("6", "äöü 🎉🎉"), ("99", "äöü 🎉🎉")]
    {
        assert_eq!(render(Target::Slack, &format!("{{{{ data.t | truncate({length}) }}}}"), &data), cut);
    }
}

#[test]
fn what_is_wrong_is_said_at_registration_with_its_place() {
    for (source, line, column, says) in [
        ("", None, None, "some text"),
        ("a\n{{ data.x", Some(2), Some(9), "syntax error"),
        ("{% if data %}", Some(1), Some(12), "syntax error"),
        ("ü {{ data.x | uper }}", Some(1), Some(15), "no filter \"uper\""),
        ("{% if data.x is strng %}{% endif %}", Some(1), Some(17), "no test \"strng\""),
        ("{% if data.x is not strng %}{% endif %}", Some(1), Some(21), "no test \"strng\""),
        ("a\nb {{ dta.x }}", Some(2), Some(6), "no \"dta\""),
        ("{{ now() }}", Some(1), Some(4), "no \"now\""),
        ("{% include 'x' %}", Some(1), Some(4), "syntax error"),
        ("{% macro x() %}{% endmacro %}", Some(1), Some(4), "syntax error"),
    ] {
        let wrong = Template::parse(source, Target::Slack).unwrap_err();
        assert_eq!((wrong.line, wrong.column), (line, column), "{source}: {wrong}");
        assert!(wrong.to_string().contains(says), "{source}: {wrong}");
    }
    for fine in [
        "{% for x in data.items %}{{ loop.index }}{{ x.name | upper }}{% endfor %}",
        "{{ data.x | default('{{ nope | nope }}') }}{# {{ nope }} #}{% raw %}{{ nope | nope }}{% endraw %}",
        "{% filter upper %}a{% endfilter %}{% set ns = namespace(n=0) %}{% set ns.n = 1 %}{{ ns.n is even }}",
        "{{ data.nope.is.filter | join(d=', ') }}{% with y = 1 %}{{ y }}{% endwith %}",
    ] {
        Template::parse(fine, Target::Slack).unwrap();
    }
}

#[test]
fn every_render_ends() {
    let data = json!({"list": vec!["x".repeat(100); 1_000], "long": "https://a.example/".to_owned() + &"x".repeat(1_000_000)});
    for (source, says) in [
        (
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            "too many steps",
        ),
        ("{{ 'x' * 1000000000000 }}", "too many steps"),
        (
            "{% set x = range(99999) | list | join('yyyyyyyyyyyyyyyy') %}{% set y = x ~ x ~ x ~ x ~ x ~ x ~ x ~ x %}{{ y ~ y }}",
            "",
        ),
        (
            "{{ data.list | join | upper | lower | replace('x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') }}",
            "bytes",
        ),
        ("{% for a in data.list %}{% for b in data.list %}{{ b }}{% endfor %}{% endfor %}", "bytes"),
        ("{% for a in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}", ""),
        ("{% for a in range(99999) %}{{ data | truncate(1) }}{% endfor %}", "too many steps"),
        ("{% for a in range(99999) %}{{ data | json | truncate(1) }}{% endfor %}", "too many steps"),
        (
            "{% for a in range(99999) %}{{ data.list[0] | date }}{{ data.long | url }}{% endfor %}",
            "too many steps",
        ),
        ("{{ 2 ** 1000000 }}", ""),
        ("{{ 1 // 0 }}", ""),
    ] {
        let wrong = try_render(Target::Slack, source, &data).unwrap_err();
        assert!(wrong.to_string().contains(says), "{source}: {wrong}");
    }
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(4_000), ")".repeat(4_000));
    assert!(Template::parse(&deep, Target::Slack).is_err());
    let nested = "{% if data %}".repeat(1_000) + &"{% endif %}".repeat(600);
    assert!(Template::parse(&nested, Target::Slack).is_err());
    assert!(Template::parse(&"x".repeat(SOURCE_BYTES_MAX + 1), Target::Slack).is_err());
}

/// Pieces that make a template more often than letters do.
fn sources() -> impl Strategy<Value = String> {
    let pieces = [
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        " ",
        "data",
        ".",
        "a",
        "|",
        "json",
        "date",
        "('%Y')",
        "truncate(2)",
        "'",
        "\"",
        "for x in",
        "endfor",
        "if",
        "endif",
        "set",
        "=",
        "~",
        "*",
        "9999",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ":",
        ",",
        "raw",
        "endraw",
        "is",
        "not",
        "defined",
        "range(9)",
        "loop",
        "recursive",
        "upper",
        "join",
        "url",
        "e",
        "\n",
        "-",
        "ü",
        "🎉",
    ];
    let pieces = prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..25);
    prop_oneof![
        pieces.prop_map(|pieces| pieces.concat()),
        any::<String>(),
        "[{]{2} (data|event|range)[.a]{0,2}( [|] (json|date|upper|join|url|e|list|sort|length|first)){0,4} [}]{2}"
    ]
}

proptest! {
    #[test]
    fn any_source_is_rendered_or_refused_in_words(source in sources(), text in any::<String>()) {
        let data = json!({"a": text, "aa": [1, text, {"a": null}]});
        for target in [Target::Http, Target::Discord, Target::Slack] {
            if let Err(wrong) = try_render(target, &source, &data) {
                prop_assert!(wrong.detail.contains(' ') || wrong.detail.contains("error"), "{wrong}");
                prop_assert!(wrong.line.is_none_or(|line| line <= source.matches('\n').count() + 1), "{wrong}");
            }
        }
    }

    #[test]
    fn any_text_stays_within_the_quotes_of_json(text in any::<String>()) {
        let data = json!({"t": text});
        let rendered = render(Target::Http, r#"{"a": "{{ data.t }}", "b": {{ data.t | json }}}"#, &data);
        prop_assert_eq!(serde_json::from_str::<Value>(&rendered).unwrap(), json!({"a": text, "b": text}));
        for target in [Target::Discord, Target::Slack] {
            let rendered = render(target, r#"{"a": "{{ data.t }}", "b": {{ data.t | json }}}"#, &data);
            let read = serde_json::from_str::<Value>(&rendered).unwrap();
            prop_assert_eq!(&read["a"], &read["b"]);
        }
    }
}
