//! What whoever tries a filter is told.

use super::{filter, reading};

fn explain(written: &str, data: &str) -> serde_json::Value {
    serde_json::to_value(filter(written).explain(&reading(data))).unwrap()
}

#[test]
fn every_condition_is_shown_with_what_is_there() {
    let explained = explain(
        r#"{"event": ["order.paid"], "data": {"amount": [{"numeric": [">", 100]}], "tags.a\\.b": [1]}}"#,
        r#"{"amount": [7, {"x": 1}, 80], "tags": 5}"#,
    );
    let expected = serde_json::json!({"matches": false, "conditions": [
        {"pointer": "/event", "path": "event", "found": ["\"order.paid\""], "more": 0, "holds": true},
        {"pointer": "/data/amount", "path": "data.amount", "found": ["7", "{…}", "80"], "more": 0, "holds": false},
        {"pointer": "/data/tags.a\\.b", "path": r"data.tags.a\.b", "found": [], "more": 0, "holds": false},
    ]});
    assert_eq!(explained, expected);
}

#[test]
fn what_the_conditions_alone_do_not_tell_is_said() {
    let items = r#"{"items": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2, "discount": 1}]}"#;
    let apart = explain(r#"{"data.items": {"sku": ["A"], "n": [2]}}"#, items);
    assert_eq!(apart["matches"], false);
    assert!(apart["note"].as_str().unwrap().contains("one and the same object"), "{apart}");
    let absent = explain(r#"{"data.items": {"sku": ["A"], "discount": [{"exists": false}]}}"#, items);
    assert_eq!(absent["matches"], true);
    assert!(absent["note"].as_str().unwrap().contains("exists: false"), "{absent}");
    let or = explain(r#"{"$or": [{"data.items.n": [1]}, {"data.items.n": [5]}]}"#, items);
    assert_eq!((&or["matches"], &or["note"]), (&serde_json::json!(true), &serde_json::Value::Null));
}

#[test]
fn what_was_found_is_short_and_inert() {
    let long = format!(r#"{{"a": ["\u0000{}", "x{}", 1, 2, 3, 4, 5]}}"#, "\u{202e}", "y".repeat(1_000));
    let explained = filter(r#"{"data.a": [5]}"#).explain(&reading(&long));
    let condition = &explained.conditions[0];
    assert_eq!((condition.found.len(), condition.more, condition.holds), (5, 2, true));
    assert_eq!(condition.found[0], "\"\\u0000\u{fffd}\"");
    assert_eq!(condition.found[1].chars().count(), 81);
}
