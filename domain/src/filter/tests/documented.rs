//! What `docs/filters.md` says is so: every block of JSON in it is tried.

use serde_json::value::RawValue;

use super::{filter, reading, wrong};

const DOCUMENT: &str = include_str!("../../../../docs/filters.md");

/// The blocks: what stands after ```json, and the JSON.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let block = |block: &'static str| {
        let (head, rest) = block.split_once('\n')?;
        Some((head.trim(), rest.split_once("```")?.0))
    };
    DOCUMENT.split("```json").skip(1).map(|text| block(text).unwrap()).collect()
}

#[test]
fn every_example_is_so() {
    let mut filter_now = None;
    let mut counted = [0; 3];
    for (head, json) in blocks() {
        match head {
            "filter" => filter_now = Some(filter(json)),
            "matches" | "does not match" => {
                // One event's data a line.
                for data in json.lines() {
                    let matches = filter_now.as_ref().unwrap().matches(&reading(data));
                    assert_eq!(matches, head == "matches", "{data}");
                    counted[usize::from(matches)] += 1;
                }
            }
            "refused" => {
                for line in json.lines() {
                    serde_json::from_str::<&RawValue>(line).unwrap();
                    assert!(!wrong(line).is_empty(), "{line}");
                    counted[2] += 1;
                }
            }
            other => panic!("what is {other:?}?"),
        }
    }
    assert!(counted.iter().all(|count| *count >= 5), "{counted:?}");
}

#[test]
fn every_limit_is_told() {
    use crate::filter::{
        COMBINATIONS_MAX, DEPTH_MAX, ENTRIES_MAX, FILTER_BYTES_MAX, OPERATORS_MAX, WILDCARDS_MAX,
    };
    let kib = format!("{} KiB", FILTER_BYTES_MAX / 1024);
    let grouped = format!("{},{:03}", COMBINATIONS_MAX / 1000, COMBINATIONS_MAX % 1000);
    let plain = [ENTRIES_MAX, OPERATORS_MAX, DEPTH_MAX, WILDCARDS_MAX].map(|limit| limit.to_string());
    for limit in plain.iter().chain([&kib, &grouped]) {
        assert!(DOCUMENT.contains(&format!("| {limit} |")), "{limit}");
    }
}
