//! What is no filter, where it is wrong, and what its owner is told.

use super::wrong;
use crate::filter::WRONG_MAX;

#[test]
fn every_mistake_is_told_at_once_and_where_it_is() {
    let written = r#"{"amount": [1], "data": {"a/b~c": 5, "list": [], "empty": {}, "op": [{"above": 5}, [1], {"numeric": ["!=", 5]}],
        "$or": [{"x": [1]}]}, "data.": [1], "event.x": ["y"]}"#;
    let wrong = wrong(written);
    let pointers: Vec<&str> = wrong.iter().map(|wrong| wrong.pointer.as_str()).collect();
    let expected = [
        "/amount",
        "/data/a~1b~0c",
        "/data/list",
        "/data/empty",
        "/data/op/0/above",
        "/data/op/1",
        "/data/op/2/numeric",
        "/data/$or",
        "/data.",
        "/event.x",
    ];
    assert_eq!(pointers, expected);
    assert!(wrong.iter().all(|wrong| !wrong.detail.is_empty()));
    assert_eq!(
        wrong[0].detail,
        "an event has event, eventId, timestamp, channels, data, and no amount: of its data, write data.amount"
    );
    assert_eq!(wrong[1].detail, "what a field may be stands in a list: write [5]");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (entry, pointer) in [
        (r#"{"prefix": 5}"#, "/prefix"),
        (r#"{"prefix": ["a"]}"#, "/prefix"),
        (r#"{"prefix": {"wildcard": "a"}}"#, "/prefix/wildcard"),
        (r#"{"prefix": "a", "suffix": "b"}"#, ""),
        ("{}", ""),
        (r#"{"equals-ignore-case": null}"#, "/equals-ignore-case"),
        (r#"{"wildcard": "a**"}"#, "/wildcard"),
        (r#"{"wildcard": "\\a"}"#, "/wildcard"),
        (r#"{"exists": "true"}"#, "/exists"),
        (r#"{"cidr": "10.0.0.0"}"#, "/cidr"),
        (r#"{"cidr": "10.0.0.0/33"}"#, "/cidr"),
        (r#"{"numeric": []}"#, "/numeric"),
        (r#"{"numeric": [">"]}"#, "/numeric"),
        (r#"{"numeric": [">", "5"]}"#, "/numeric"),
        (r#"{"numeric": ["=", 5, "<", 9]}"#, "/numeric"),
        (r#"{"numeric": ["<", 9, ">", 5]}"#, "/numeric"),
        (r#"{"numeric": [">", 5, "<", 5]}"#, "/numeric"),
        (r#"{"numeric": [">", 5, "<", 6, "<", 7]}"#, "/numeric"),
        (r#"{"anything-but": []}"#, "/anything-but"),
        (r#"{"anything-but": {}}"#, "/anything-but"),
        (r#"{"anything-but": [["a"]]}"#, "/anything-but/0"),
        (r#"{"anything-but": {"numeric": ["=", 5]}}"#, "/anything-but/numeric"),
        (r#"{"anything-but": {"prefix": ""}}"#, "/anything-but/prefix"),
        (r#"{"anything-but": {"suffix": ["a", 5]}}"#, "/anything-but/suffix/1"),
        (r#"{"anything-but": {"wildcard": []}}"#, "/anything-but/wildcard"),
        (r#""\ud800""#, ""),
    ] {
        let wrong = wrong(&format!(r#"{{"data.x": [{entry}]}}"#));
        assert_eq!(
            wrong.first().map(|wrong| wrong.pointer.as_str()),
            Some(format!("/data.x/0{pointer}").as_str()),
            "{entry}"
        );
    }
    for written in [
        "null",
        "[]",
        "5",
        r#""x""#,
        "{}",
        r#"{"data": {}}"#,
        r#"{"$or": {}}"#,
        r#"{"data": {"$or": [1, 2]}}"#,
        r#"{"data": {"x.$or": [1]}}"#,
        r#"{"data": {"$or": [{"numeric": [1]}, {"x": [1]}]}}"#,
        r#"{"\ud800": [1]}"#,
    ] {
        assert!(!wrong(written).is_empty(), "{written}");
    }
}

#[test]
fn one_field_has_one_list() {
    assert_eq!(wrong(r#"{"data": {"x": [1], "x": [2]}}"#)[0].pointer, "/data/x");
    assert_eq!(wrong(r#"{"data": {"x": [1]}, "data.x": [2]}"#)[0].pointer, "/data.x");
    let or = wrong(r#"{"data": {"$or": [{"x": [1]}, {"y": [1]}], "x": [2]}}"#);
    assert_eq!((or.len(), or[0].pointer.as_str()), (1, "/data/x"));
    assert!(
        wrong(r#"{"data": {"$or": [{"x": [1]}, {"x": [2], "y": [1]}]}}"#).is_empty(),
        "each alternative has its own"
    );
}

#[test]
fn what_is_told_is_short_and_inert() {
    let many = (0..100).map(|at| format!(r#""x{at}": 1"#)).collect::<Vec<_>>().join(",");
    assert_eq!(wrong(&format!("{{{many}}}")).len(), WRONG_MAX);
    let odd = wrong(&format!(r#"{{"data.x": [{{"\u202e\u0000{}": 1}}]}}"#, "long".repeat(100)));
    assert!(odd[0].detail.chars().count() < 200 && !odd[0].detail.contains(['\u{202e}', '\0']));
}
