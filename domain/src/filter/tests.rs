//! Filters against events, as their owners would try them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod documented;
mod eventbridge;
mod explained;
mod limits;
mod naive;
mod refused;

use serde_json::value::RawValue;
use time::macros::datetime;

use super::{Filter, Reading, Wrong};
use crate::channels::Channels;
use crate::matching::EventType;

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

fn filter(json: &str) -> Filter {
    Filter::parse(&raw(json)).unwrap_or_else(|wrong| panic!("{json}: {wrong:?}"))
}

fn wrong(json: &str) -> Vec<Wrong> {
    Filter::parse(&raw(json)).err().unwrap_or_default()
}

/// An event of the type `order.paid`, in the channels `emea` and `vip`.
fn reading(data: &str) -> Reading {
    let event_type = EventType::try_from("order.paid").unwrap();
    let at = datetime!(2026-01-02 03:04:05.678 UTC);
    let channels = Channels::parse(&["emea", "vip"]).unwrap();
    Reading::new(&event_type, at, "evt_1", &channels, &raw(data))
}

fn matches(json: &str, data: &str) -> bool {
    filter(json).matches(&reading(data))
}

#[test]
fn it_is_answered_as_it_was_written() {
    let written = r#"{ "data.n" : [ 1.0, 1e2 , 123456789012345678901234567890 ],"data.t":["\u00e9"] }"#;
    assert_eq!(serde_json::to_string(&filter(written)).unwrap(), written);
    assert_eq!(filter(written).written().get(), written);
}

#[test]
fn it_sees_what_an_event_has_besides_its_data() {
    for yes in [
        r#"{"event": [{"prefix": "order."}]}"#,
        r#"{"eventId": ["evt_1"]}"#,
        r#"{"timestamp": [{"prefix": "2026-01-02T03:04:05.678Z"}]}"#,
        r#"{"channels": ["vip"]}"#,
        r#"{"data": [7]}"#,
    ] {
        assert!(matches(yes, "7"), "{yes}");
    }
    assert!(!matches(r#"{"channels": ["apac"]}"#, "7"));
    let event_type = EventType::try_from("a").unwrap();
    let without =
        Reading::new(&event_type, datetime!(2026-01-02 03:04 UTC), "e", &Channels::default(), &raw("7"));
    assert!(filter(r#"{"channels": [{"exists": false}]}"#).matches(&without));
}

#[test]
fn dotted_keys_and_nested_objects_are_the_same() {
    let data = r#"{"customer": {"plan": "gold", "a.b": 1, "c\\d": 2}}"#;
    for yes in [
        r#"{"data.customer.plan": ["gold"]}"#,
        r#"{"data": {"customer": {"plan": ["gold"]}}}"#,
        r#"{"data": {"customer.plan": ["gold"]}}"#,
        r#"{"data.customer": {"plan": ["gold"]}}"#,
        r#"{"data.customer": {"a\\.b": [1]}}"#,
        r#"{"data.customer": {"c\\\\d": [2]}}"#,
        r#"{"data.customer.a\\.b": [1], "data": {"customer": {"plan": ["gold"]}}}"#,
    ] {
        assert!(matches(yes, data), "{yes}");
    }
    assert!(!matches(r#"{"data.customer.a.b": [1]}"#, data), "a dot is a step");
}

#[test]
fn dotted_keys_are_about_the_same_object_too() {
    let data = r#"{"items": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2}]}"#;
    assert!(matches(r#"{"data.items.sku": ["A"], "data": {"items": {"n": [1]}}}"#, data));
    assert!(!matches(r#"{"data.items.sku": ["A"], "data": {"items": {"n": [2]}}}"#, data));
}

#[test]
fn or_is_about_the_same_object_too() {
    let data = r#"{"items": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2}]}"#;
    let or = |sku: &str| {
        format!(r#"{{"data.items.sku": ["{sku}"], "$or": [{{"data.items.n": [1]}}, {{"data.total": [9]}}]}}"#)
    };
    assert!(matches(&or("A"), data));
    assert!(!matches(&or("B"), data));
}

#[test]
fn absence_is_of_one_object_beside_others_and_of_all_alone() {
    let alone = r#"{"data.items.discount": [{"exists": false}]}"#;
    let beside = r#"{"data.items": {"discount": [{"exists": false}], "sku": ["A"]}}"#;
    let some = r#"{"items": [{"sku": "A"}, {"sku": "B", "discount": 5}]}"#;
    let none = r#"{"items": [{"sku": "A"}, {"sku": "B"}]}"#;
    let its_own = r#"{"items": [{"sku": "A", "discount": 5}, {"sku": "B"}]}"#;
    assert!(!matches(alone, some) && matches(alone, none) && !matches(alone, its_own));
    assert!(matches(beside, some) && matches(beside, none) && !matches(beside, its_own));
    for nothing in [r#"{"items": []}"#, r#"{"items": 5}"#, "{}", "null", r#"{"items": [{"discount": {}}]}"#] {
        assert!(matches(alone, nothing), "{nothing}");
        assert!(!matches(beside, nothing), "{nothing}");
    }
}

#[test]
fn numbers_are_compared_by_value_and_exactly() {
    let id = r#"{"data.id": [9007199254740993]}"#;
    assert!(matches(id, r#"{"id": 9007199254740993}"#));
    assert!(matches(id, r#"{"id": 9007199254740993.0}"#));
    assert!(!matches(id, r#"{"id": 9007199254740992}"#), "the two are one as floating point numbers");
    assert!(!matches(id, r#"{"id": "9007199254740993"}"#), "a text is no number");
    let above = r#"{"data.n": [{"numeric": [">", 123456789012345678901234567890]}]}"#;
    assert!(matches(above, r#"{"n": 123456789012345678901234567891}"#));
    assert!(!matches(above, r#"{"n": 123456789012345678901234567890.000}"#));
    assert!(matches(above, r#"{"n": 1e400}"#));
    assert!(matches(r#"{"data.n": [{"numeric": ["=", 0.3]}]}"#, r#"{"n": 0.30}"#));
    assert!(!matches(r#"{"data.n": [{"numeric": ["=", 0.3]}]}"#, r#"{"n": 0.30000000000000001}"#));
}

#[test]
fn what_no_reader_of_json_agrees_on_is_decided() {
    let twice = r#"{"a": 1, "\u0061": 2}"#;
    assert!(!matches(r#"{"data.a": [1]}"#, twice));
    assert!(matches(r#"{"data.a": [2]}"#, twice), "the last counts");
    let half = r#"{"a": "\ud800"}"#;
    assert!(matches(r#"{"data.a": [{"exists": true}]}"#, half));
    assert!(matches(r#"{"data.a": [{"anything-but": "x"}]}"#, half));
    assert!(!matches(r#"{"data.a": [{"prefix": ""}]}"#, half));
    assert!(matches(r#"{"data.a": ["é"]}"#, r#"{"a": "\u00e9"}"#), "escapes are read");
    assert!(!matches(r#"{"data.a": ["é"]}"#, r#"{"a": "e\u0301"}"#), "nothing is normalised");
}
