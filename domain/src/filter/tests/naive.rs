//! The language again, as slowly and literally as can be, on `serde_json`'s values, held against what is compiled.
//!
//! `$or` is multiplied out. Of every array that a wanted value is looked for in, one object is chosen, all choices
//! after each other; then a wanted value must be there, and an absent one must not.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{raw, reading};
use crate::filter::Filter;

type Path = Vec<String>;
/// A path, the entries of its list, and whether they are one `exists: false`.
type Wanted = (Path, Vec<Value>, bool);

fn naive(filter: &Value, event: &Value) -> bool {
    combinations(filter.as_object().unwrap(), &[]).iter().any(|combination| {
        let bound = |path: &[String]| {
            combination
                .iter()
                .any(|(wanted, _, absent)| !absent && wanted.len() > path.len() && wanted.starts_with(path))
        };
        choices(event, &[], &bound)
            .iter()
            .any(|chosen| combination.iter().all(|wanted| holds(wanted, chosen)))
    })
}

fn combinations(object: &Map<String, Value>, prefix: &[String]) -> Vec<Vec<Wanted>> {
    let mut all = vec![Vec::new()];
    for (key, value) in object {
        let mut path = prefix.to_vec();
        if key != "$or" {
            path.extend(key.split('.').map(str::to_owned));
        }
        let ways: Vec<Vec<Wanted>> = match value {
            Value::Object(inner) => combinations(inner, &path),
            Value::Array(ors) if key == "$or" => {
                ors.iter().flat_map(|or| combinations(or.as_object().unwrap(), &path)).collect()
            }
            Value::Array(entries) => {
                let (absent, wanted): (Vec<Value>, Vec<Value>) =
                    entries.iter().cloned().partition(|entry| *entry == json!({"exists": false}));
                [(wanted, false), (absent, true)]
                    .into_iter()
                    .filter(|(entries, _)| !entries.is_empty())
                    .map(|(entries, absent)| vec![(path.clone(), entries, absent)])
                    .collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => unreachable!("no filter"),
        };
        all = all
            .iter()
            .flat_map(|so_far| ways.iter().map(move |way| [so_far.clone(), way.clone()].concat()))
            .collect();
    }
    all
}

/// An event in all ways to keep one object of each array that is bound.
fn choices(value: &Value, path: &[String], bound: &dyn Fn(&[String]) -> bool) -> Vec<Value> {
    match value {
        Value::Object(members) => members.iter().fold(vec![json!({})], |so_far, (name, member)| {
            let path = [path, std::slice::from_ref(name)].concat();
            let ways = choices(member, &path, bound);
            let with = |object: &Value, way: &Value| {
                let mut object = object.clone();
                object[name] = way.clone();
                object
            };
            so_far.iter().flat_map(|object| ways.iter().map(move |way| with(object, way))).collect()
        }),
        Value::Array(_) if bound(path) => {
            let (objects, others): (Vec<Value>, Vec<Value>) =
                flat(value).into_iter().partition(Value::is_object);
            if objects.is_empty() {
                return vec![Value::Array(others)];
            }
            let ways = objects.iter().flat_map(|object| choices(object, path, bound));
            ways.map(|way| Value::Array([others.clone(), vec![way]].concat())).collect()
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            vec![value.clone()]
        }
    }
}

fn flat(value: &Value) -> Vec<Value> {
    value.as_array().map_or_else(|| vec![value.clone()], |elements| elements.iter().flat_map(flat).collect())
}

fn holds((path, entries, absent): &Wanted, event: &Value) -> bool {
    let mut values = vec![event.clone()];
    for name in path {
        values = values.iter().flat_map(flat).filter_map(|value| value.get(name).cloned()).collect();
    }
    values = values.iter().flat_map(flat).filter(|value| !value.is_object()).collect();
    if *absent {
        values.is_empty()
    } else {
        values.iter().any(|value| entries.iter().any(|entry| is(entry, value)))
    }
}

fn is(entry: &Value, value: &Value) -> bool {
    let Some((operator, operand)) = entry.as_object().and_then(|entry| entry.iter().next()) else {
        return match (entry.as_f64(), value.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
            _ => entry == value,
        };
    };
    let text = value.as_str();
    let lower = |value: &Value| value.as_str().unwrap().to_lowercase();
    let of_an_end = matches!(operator.as_str(), "prefix" | "suffix");
    let caseless = operand.get("equals-ignore-case").filter(|_| of_an_end).map(lower);
    match (operator.as_str(), caseless) {
        ("exists", _) => true,
        ("prefix", Some(end)) => text.is_some_and(|text| text.to_lowercase().starts_with(&end)),
        ("suffix", Some(end)) => text.is_some_and(|text| text.to_lowercase().ends_with(&end)),
        ("prefix", None) => text.is_some_and(|text| text.starts_with(operand.as_str().unwrap())),
        ("suffix", None) => text.is_some_and(|text| text.ends_with(operand.as_str().unwrap())),
        ("equals-ignore-case", _) => text.is_some_and(|text| text.to_lowercase() == lower(operand)),
        ("wildcard", _) => text.is_some_and(|text| fits(operand.as_str().unwrap(), text)),
        ("cidr", _) => text.is_some_and(|text| is_in(operand.as_str().unwrap(), text)),
        ("numeric", _) => value.as_f64().is_some_and(|number| in_range(operand.as_array().unwrap(), number)),
        ("anything-but", _) => {
            let inner = operand.as_object().and_then(|inner| inner.iter().next());
            let (inner, operands) = inner.map_or((None, operand), |(name, operands)| (Some(name), operands));
            let excluded = |operand: &Value| match inner {
                Some(name) => is(&json!({name: operand}), value),
                None => is(operand, value),
            };
            !flat(operands).iter().any(excluded)
        }
        _ => unreachable!("no operator"),
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_at_checked(1) {
        None => text.is_empty(),
        Some(("*", rest)) => (0..=text.len()).any(|at| fits(rest, &text[at..])),
        Some((first, rest)) => text.strip_prefix(first).is_some_and(|text| fits(rest, text)),
    }
}

fn address(text: &str) -> Option<u32> {
    text.parse::<std::net::Ipv4Addr>().ok().map(u32::from)
}

fn is_in(net: &str, text: &str) -> bool {
    let (base, bits) = net.split_once('/').unwrap();
    let shift = 32 - bits.parse::<u32>().unwrap();
    let high = |address: u32| u64::from(address) >> shift;
    address(text).is_some_and(|address_| high(address_) == high(address(base).unwrap()))
}

fn in_range(operand: &[Value], number: f64) -> bool {
    operand.chunks(2).all(|pair| {
        let limit = pair[1].as_f64().unwrap();
        match pair[0].as_str().unwrap() {
            "=" => number.total_cmp(&limit).is_eq(),
            ">" => number > limit,
            ">=" => number >= limit,
            "<" => number < limit,
            "<=" => number <= limit,
            _ => unreachable!("no range"),
        }
    })
}

fn texts() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["", "a", "A", "ab", "aba", "B", "10.1.2.3", "10.9.9.9"]).prop_map(Value::from)
}

fn scalars() -> impl Strategy<Value = Value> {
    let numbers = prop::sample::select(vec![json!(-1), json!(0), json!(1), json!(1.5), json!(2), json!(2.0)]);
    prop_oneof![4 => texts(), 4 => numbers, 1 => any::<bool>().prop_map(Value::from), 1 => Just(Value::Null)]
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c"])
}

fn data() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(4, 24, 3, |inner| {
        let object = prop::collection::btree_map(names(), inner.clone(), 1..=3)
            .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        prop_oneof![3 => object.prop_map(Value::Object), 2 => prop::collection::vec(inner, 0..=3).prop_map(Value::Array)]
    })
}

fn entries() -> impl Strategy<Value = Value> {
    let part = prop::sample::select(vec!["a", "A", "ab", "b", "10."]);
    let wildcard = prop::sample::select(vec!["a*", "*a", "*b*", "a*a", "*", "b"]);
    let range = prop::sample::select(vec![
        json!(["=", 1.0]),
        json!([">", 0]),
        json!(["<=", 1.5]),
        json!([">", 0, "<", 2]),
        json!([">=", 2, "<=", 2]),
    ]);
    let of_text = (prop::sample::select(vec!["prefix", "suffix", "equals-ignore-case"]), part.clone())
        .prop_map(|(name, part)| json!({name: part}));
    let caseless = (prop::sample::select(vec!["prefix", "suffix"]), part.clone())
        .prop_map(|(name, part)| json!({name: {"equals-ignore-case": part}}));
    let but_of_text = (
        prop::sample::select(vec!["prefix", "suffix", "equals-ignore-case", "wildcard"]),
        prop::collection::vec(part, 1..=2),
    )
        .prop_map(|(name, parts)| json!({"anything-but": {name: parts}}));
    prop_oneof![
        4 => scalars(),
        2 => Just(json!({"exists": false})),
        1 => Just(json!({"exists": true})),
        2 => of_text,
        2 => caseless,
        2 => but_of_text,
        2 => wildcard.prop_map(|wildcard| json!({"wildcard": wildcard})),
        2 => range.prop_map(|range| json!({"numeric": range})),
        2 => prop::sample::select(vec!["10.0.0.0/8", "10.1.0.0/16"]).prop_map(|net| json!({"cidr": net})),
        2 => scalars().prop_map(|scalar| json!({"anything-but": scalar})),
        2 => prop::collection::vec(scalars(), 1..=3).prop_map(|scalars| json!({"anything-but": scalars})),
    ]
}

/// What stands behind `data`.
fn filters() -> impl Strategy<Value = Value> {
    let list = prop::collection::vec(entries(), 1..=2).prop_map(Value::Array);
    let leaf = prop::collection::btree_map(names(), list, 1..=2).prop_map(|members| {
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()
    });
    leaf.prop_recursive(3, 12, 3, |inner| {
        let keys = prop::sample::select(vec!["a", "b", "c", "a.b", "b.c"]);
        let nested = (keys, inner.clone())
            .prop_map(|(key, inner)| Map::from_iter([(key.to_owned(), Value::Object(inner))]));
        let or = prop::collection::vec(inner.clone().prop_map(Value::Object), 2..=3)
            .prop_map(|ors| Map::from_iter([("$or".to_owned(), Value::Array(ors))]));
        let both = (inner.clone(), inner).prop_map(|(a, b)| b.into_iter().chain(a).collect());
        prop_oneof![2 => nested, 2 => or, 2 => both]
    })
    .prop_map(|filter| json!({"data": filter}))
}

fn odd_json() -> impl Strategy<Value = Value> {
    let keys = prop::sample::select(vec![
        "data",
        "$or",
        "a",
        "a.b",
        "prefix",
        "anything-but",
        "numeric",
        "exists",
        "cidr",
        "wildcard",
        "\\",
        "",
    ]);
    let leaf = prop_oneof![
        scalars(),
        prop::sample::select(vec![">", "<", "=", "*", "**", "\\", "::/0", "1.2.3.4/99"])
            .prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 4, move |inner| {
        let object = prop::collection::btree_map(keys.clone(), inner.clone(), 0..=3)
            .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        prop_oneof![
            object.prop_map(Value::Object),
            prop::collection::vec(inner, 0..=4).prop_map(Value::Array)
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn decides_as_the_language_says(written in filters(), data in prop::collection::vec(data(), 4)) {
        let filter = match Filter::parse(&raw(&written.to_string())) {
            Ok(filter) => filter,
            Err(wrong) => {
                // The one thing that these do wrong.
                prop_assert!(wrong.iter().all(|wrong| wrong.detail.contains("has a list")), "{:?}", wrong);
                return Ok(());
            }
        };
        for data in data {
            let expected = naive(&written, &json!({"data": data}));
            let reading = reading(&data.to_string());
            prop_assert_eq!(filter.matches(&reading), expected, "{} on {}", written, data);
            prop_assert_eq!(filter.explain(&reading).matches, expected);
        }
    }

    #[test]
    fn whatever_is_written_is_a_filter_or_is_wrong_somewhere(
        written in odd_json(), in_data in odd_json(), data in odd_json(),
    ) {
        for written in [written.clone(), json!({"data": {"a": [written, in_data.clone()]}}), json!({"data": in_data})] {
            match Filter::parse(&raw(&written.to_string())) {
                Ok(filter) => {
                    let _ = filter.explain(&reading(&data.to_string()));
                }
                Err(wrong) => {
                    prop_assert!(!wrong.is_empty());
                    for wrong in wrong {
                        prop_assert!(!wrong.detail.is_empty());
                        prop_assert!(written.pointer(&wrong.pointer).is_some(), "{} in {}", wrong.pointer, written);
                    }
                }
            }
        }
    }
}
