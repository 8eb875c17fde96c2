//! Limits, at them and past them, and that what fits in them is decided in one walk.

use super::{filter, raw, reading, wrong};
use crate::filter::{
    COMBINATIONS_MAX, DEPTH_MAX, ENTRIES_MAX, Effort, FILTER_BYTES_MAX, Filter, OPERATORS_MAX, WILDCARDS_MAX,
};

fn refused(written: &str, because: &str) {
    let wrong = wrong(written);
    assert!(wrong.iter().any(|wrong| wrong.detail.contains(because)), "{written:.80}: {wrong:?}");
}

#[test]
fn sizes_are_limited() {
    let padded = |bytes: usize| format!(r#"{{"data": [1]{}}}"#, " ".repeat(bytes - 13));
    assert_eq!(padded(FILTER_BYTES_MAX).len(), FILTER_BYTES_MAX);
    assert!(Filter::parse(&raw(&padded(FILTER_BYTES_MAX))).is_ok());
    refused(&padded(FILTER_BYTES_MAX + 1), "bytes");

    let entries = |count: usize| format!(r#"{{"data": [{}]}}"#, vec!["1"; count].join(","));
    filter(&entries(ENTRIES_MAX));
    refused(&entries(ENTRIES_MAX + 1), "entries");
    refused(
        &format!(r#"{{"data": [{{"anything-but": [{}]}}]}}"#, vec!["1"; ENTRIES_MAX].join(",")),
        "entries",
    );

    let operators =
        |count: usize| format!(r#"{{"data": [{}]}}"#, vec![r#"{"prefix": "a"}"#; count].join(","));
    filter(&operators(OPERATORS_MAX));
    refused(&operators(OPERATORS_MAX + 1), "operators");
    let texts = vec![r#""a""#; OPERATORS_MAX].join(",");
    refused(&format!(r#"{{"data": [{{"anything-but": {{"prefix": [{texts}]}}}}]}}"#), "operators");

    let wildcards =
        |count: usize| format!(r#"{{"data": [{}]}}"#, vec![r#"{"wildcard": "*a"}"#; count].join(","));
    filter(&wildcards(WILDCARDS_MAX));
    refused(&wildcards(WILDCARDS_MAX + 1), "wildcards");
}

#[test]
fn what_takes_more_than_it_may_is_not_decided() {
    let operators = vec![r#"{"suffix": "b"}"#; OPERATORS_MAX].join(",");
    let asks = filter(&format!(r#"{{"data.list": [{operators}]}}"#));
    let long = reading(&format!(r#"{{"list": [{}]}}"#, vec![r#""a""#; 1_000].join(",")));
    assert_eq!(asks.matches_within(&long, &mut Effort::new(1_000)), None);
    assert_eq!(asks.matches_within(&long, &mut Effort::new(100_000)), Some(false));
    let mut left = Effort::new(100);
    assert_eq!(asks.matches_within(&reading(r#"{"list": ["ab"]}"#), &mut left), Some(true));
    assert_eq!(asks.matches_within(&long, &mut left), None);
}

/// Each of these would take long if it were not counted.
#[test]
fn all_that_takes_long_is_counted() {
    let text = "a".repeat(900_000);
    let escaped = "\\u0061".repeat(150_000);
    let wildcards: Vec<String> =
        (0..WILDCARDS_MAX).map(|at| format!(r#"{{"wildcard": "*b{at}*"}}"#)).collect();
    let caseless = vec![r#"{"equals-ignore-case": "b"}"#; OPERATORS_MAX].join(",");
    let names: Vec<String> = (0..150).map(|at| format!(r#""n{at}": [1]"#)).collect();
    for (asks, data) in [
        (format!(r#"{{"data": [{}]}}"#, wildcards.join(",")), format!("\"{text}\"")),
        (format!(r#"{{"data": [{caseless}]}}"#), format!("[{}]", vec!["\"é\""; 150_000].join(","))),
        (r#"{"data": ["b"]}"#.to_owned(), format!("\"{escaped}\"")),
        (r#"{"data": [1]}"#.to_owned(), "9".repeat(900_000)),
        (r#"{"data": [1]}"#.to_owned(), format!("[{}]", vec!["[]"; 300_000].join(","))),
        (format!(r#"{{"data": {{{}}}}}"#, names.join(",")), format!("[{}]", vec!["{}"; 300_000].join(","))),
        (r#"{"data.a": [1]}"#.to_owned(), format!("{{{}}}", vec![r#""b":1"#; 150_000].join(","))),
    ] {
        let (asks, reading) = (filter(&asks), reading(&data));
        let few = asks.matches_within(&reading, &mut Effort::new(2_000));
        assert_eq!(few, None, "{:.60} on {data:.60}", asks.written());
    }
}

#[test]
fn depth_is_limited() {
    let path = |names: usize| format!(r#"{{"data{}": [1]}}"#, ".a".repeat(names - 1));
    filter(&path(DEPTH_MAX));
    refused(&path(DEPTH_MAX + 1), "names");
    let nested = |levels: usize| {
        format!(r#"{{"data":{}[1]{}}}"#, r#"{"a":"#.repeat(levels - 1), "}".repeat(levels - 1))
    };
    filter(&nested(DEPTH_MAX));
    refused(&nested(DEPTH_MAX + 1), "nested deeper");
    let ors = format!("{}{}", r#"{"$or":["#.repeat(1_000), "]}".repeat(1_000));
    assert!(!wrong(&ors).is_empty());
}

#[test]
fn combinations_are_limited() {
    assert_eq!(COMBINATIONS_MAX, 1_000);
    let alternatives = |field: &str, count: usize| {
        let each: Vec<String> = (0..count).map(|at| format!(r#"{{"{field}{at}":[1]}}"#)).collect();
        format!(r#""$or":[{}]"#, each.join(","))
    };
    let two = |a: usize, b: usize| {
        format!(r#"{{{},"data":{{{}}}}}"#, alternatives("data.x", a), alternatives("y", b))
    };
    let most = filter(&two(25, 40));
    assert!(most.matches(&reading(r#"{"x24": 1, "y39": 1}"#)));
    assert!(most.matches(&reading(r#"{"x0": 1, "y0": 1}"#)));
    assert!(!most.matches(&reading(r#"{"x24": 1, "x23": 1}"#)));
    refused(&two(26, 39), "combinations");
    let absent: Vec<String> = (0..10).map(|at| format!(r#""data.f{at}":[1,{{"exists":false}}]"#)).collect();
    refused(&format!("{{{}}}", absent.join(",")), "combinations");
}

#[test]
fn what_is_nested_without_end_takes_no_stack() {
    let deep = format!(r#"{{"a": {}{{"b": 1}}{}}}"#, "[".repeat(400_000), "]".repeat(400_000));
    let deep = reading(&deep);
    assert!(filter(r#"{"data.a.b": [1]}"#).matches(&deep));
    assert!(!filter(r#"{"data.a": [1]}"#).explain(&deep).matches);
    let objects = format!("{}1{}", r#"{"a":"#.repeat(150_000), "}".repeat(150_000));
    assert!(!filter(r#"{"data.a.a.a": [1]}"#).matches(&reading(&objects)));
}
