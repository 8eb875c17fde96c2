//! What the OpenAPI document has to be like, whatever the API: the rules that linters of such documents have, as far as
//! they help whoever reads it, and the official schema of OpenAPI 3.1.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::contract::{Content, contract};
use crate::support::fixtures;

/// The one member of an answer that may be missing: a problem has it where fields were wrong.
const OPTIONAL: &str = "Problem/errors";

fn document() -> &'static Value {
    &contract().document
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

/// Each operation with its method and path.
fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    members(&document()["paths"]).flat_map(|(path, item)| {
        members(item).map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

fn resolved(value: &'static Value) -> &'static Value {
    let Some(reference) = value["$ref"].as_str() else { return value };
    document().pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

/// Every value below, itself included, except what stands in examples: these are anybody's.
fn walk<'a>(value: &'a Value, into: &mut Vec<&'a Value>) {
    into.push(value);
    for (name, member) in members(value) {
        if !["example", "examples", "default", "enum"].contains(&name.as_str()) {
            walk(member, into);
        }
    }
    list(value).for_each(|item| walk(item, into));
}

/// As [`walk`], along references.
fn reach(value: &'static Value, into: &mut Vec<&'static Value>) {
    let mut here = Vec::new();
    walk(resolved(value), &mut here);
    for referring in here.iter().filter(|value| value["$ref"].is_string()) {
        reach(referring, into);
    }
    into.extend(here);
}

#[test]
fn it_is_openapi_3_1() {
    let schema: Value = serde_json::from_str(fixtures::OPENAPI_3_1).unwrap();
    let validator = jsonschema::options().offline().build(&schema).unwrap();
    let wrong: Vec<String> = validator
        .iter_errors(document())
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_operation_is_described_in_full() {
    let tags: BTreeSet<&str> = list(&document()["tags"])
        .filter(|tag| is_text(&tag["description"]))
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    let mut ids = BTreeSet::new();
    for (what, operation) in operations() {
        assert!(is_text(&operation["summary"]) && is_text(&operation["description"]), "{what}");
        let id = operation["operationId"].as_str().unwrap_or_default();
        let is_camel_case =
            id.starts_with(|c: char| c.is_ascii_lowercase()) && id.chars().all(|c| c.is_ascii_alphanumeric());
        assert!(is_camel_case && ids.insert(id), "{what}: {id}");
        let of_it: Vec<&str> = list(&operation["tags"]).filter_map(Value::as_str).collect();
        assert!(of_it.len() == 1 && tags.contains(of_it[0]), "{what}: {of_it:?}");
        let answers = operation["responses"].as_object().unwrap();
        // A webhook may be an event, or only ask whether somebody is there. Whoever signs it has no role.
        let is_webhook = of_it[0] == "inbound";
        let is_anybodys = is_webhook || operation["x-permission"] == "any";
        let successes = answers.keys().filter(|status| status.starts_with('2')).count();
        assert_eq!(successes, if is_webhook { 2 } else { 1 }, "{what}");
        for status in ["401", "403", "404", "422", "500", "503"] {
            assert!(is_anybodys && status == "403" || answers.contains_key(status), "{what} {status}");
        }
        for (status, answer) in answers {
            let answer = resolved(answer);
            assert!(is_text(&answer["description"]), "{what} {status}");
            assert!(answer["headers"].get("X-Request-Id").is_some(), "{what} {status}");
        }
    }
}

#[test]
fn every_parameter_is_described_and_every_place_in_a_path_is_one() {
    for (what, operation) in operations() {
        let mut names = BTreeSet::new();
        for parameter in list(&operation["parameters"]).map(resolved) {
            let name = parameter["name"].as_str().unwrap();
            assert!(is_text(&parameter["description"]), "{what}: {name}");
            assert!(parameter["schema"].is_object(), "{what}: {name}");
            assert!(names.insert((parameter["in"].as_str().unwrap(), name)), "{what}: {name} is there twice");
            if parameter["in"] == "path" {
                assert_eq!(parameter["required"], true, "{what}: {name}");
            }
        }
        let in_path: BTreeSet<&str> =
            names.iter().filter(|(place, _)| *place == "path").map(|(_, name)| *name).collect();
        let in_template: BTreeSet<&str> =
            what.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(in_path, in_template, "{what}");
    }
}

#[test]
fn every_body_has_an_example_and_every_example_is_one() {
    let check = |what: &str, content: &Content| {
        assert!(!content.examples.is_empty(), "{what} has no example");
        for (name, example) in &content.examples {
            content.exemplifies(example).unwrap_or_else(|why| panic!("example {name} of {what}: {why}"));
        }
    };
    for operation in &contract().operations {
        for (media, body) in &operation.bodies {
            check(&format!("{} asked with {media}", operation.id), body);
        }
        for (status, answer) in &operation.answers {
            for (media, body) in answer.content() {
                check(&format!("{} answering {status} {media}", operation.id), body);
            }
        }
    }
}

#[test]
fn every_example_of_a_schema_is_one() {
    for (name, schema) in members(&document()["components"]["schemas"]) {
        let compiled = contract().schema(name);
        for example in list(&schema["examples"]) {
            compiled.exemplifies(example).unwrap_or_else(|why| panic!("example of {name}: {why}"));
        }
    }
}

#[test]
fn a_member_of_an_answer_is_always_there() {
    let mut answered = BTreeSet::new();
    for (_, operation) in operations() {
        for (_, answer) in members(&operation["responses"]) {
            members(&resolved(answer)["content"])
                .for_each(|(_, body)| collect(&body["schema"], "", &mut answered));
        }
    }
    let missing: Vec<&String> = answered.iter().filter(|member| *member != OPTIONAL).collect();
    assert_eq!(missing, Vec::<&String>::new(), "these may be missing");
    assert!(answered.contains(OPTIONAL));
}

/// Members of an object's schema, and of those within, that are not required.
fn collect(schema: &'static Value, name: &str, into: &mut BTreeSet<String>) {
    let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or(name);
    let schema = resolved(schema);
    let required: Vec<&str> = list(&schema["required"]).filter_map(Value::as_str).collect();
    for (member, of) in members(&schema["properties"]) {
        if !required.contains(&member.as_str()) {
            into.insert(format!("{name}/{member}"));
        }
        collect(of, name, into);
    }
    if schema["items"].is_object() {
        collect(&schema["items"], name, into);
    }
    for part in ["allOf", "oneOf", "anyOf"] {
        list(&schema[part]).for_each(|part| collect(part, name, into));
    }
}

#[test]
fn an_object_that_is_asked_for_takes_no_other_member() {
    for (what, operation) in operations() {
        for (media, body) in members(&operation["requestBody"]["content"]) {
            let mut all = Vec::new();
            reach(&body["schema"], &mut all);
            for part in all.into_iter().filter(|part| part["type"] == "object") {
                let others = &part["additionalProperties"];
                assert!(*others == false || others.is_object(), "{what} {media}: {part}");
            }
        }
    }
}

#[test]
fn everything_named_is_used_and_everything_used_is_there() {
    let mut all = Vec::new();
    walk(document(), &mut all);
    let used: BTreeSet<String> = all
        .iter()
        .filter_map(|value| value["$ref"].as_str())
        .map(|reference| {
            assert!(document().pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
            reference.to_owned()
        })
        .collect();
    for kind in ["schemas", "parameters", "responses", "headers"] {
        for (name, _) in members(&document()["components"][kind]) {
            let reference = format!("#/components/{kind}/{name}");
            assert!(used.contains(&reference), "nothing refers to {reference}");
        }
    }
}

#[test]
fn every_schema_says_of_what_type_it_is() {
    let says = |schema: &Value| {
        ["type", "$ref", "oneOf", "anyOf", "allOf"].iter().any(|keyword| schema.get(keyword).is_some())
    };
    let mut all = Vec::new();
    walk(document(), &mut all);
    let properties = all.iter().flat_map(|value| members(&value["properties"]));
    let untyped: BTreeSet<&str> =
        properties.filter(|(_, schema)| !says(schema)).map(|(name, _)| name.as_str()).collect();
    // A payload is any JSON, and so is an example of one.
    assert_eq!(untyped, BTreeSet::from(["data", "example"]));
}
