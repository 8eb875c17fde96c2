//! Schemas of the document, compiled; and bodies read so that a payload nobody can hold does not hide the rest.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jsonschema::{Draft, Validator};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// Reasons that are given at once.
const REASONS_MAX: usize = 8;
/// Below it, a part that cannot be read counts as null.
const DEPTH_MAX: usize = 8;

/// Compiled, once for each that is written alike.
pub struct Schemas<'a> {
    document: &'a Value,
    compiled: RefCell<HashMap<String, Arc<Schema>>>,
}

pub struct Schema(Validator);

impl Schema {
    pub fn holds(&self, value: &Value) -> Result<(), String> {
        let reasons = self.0.iter_errors(value).take(REASONS_MAX);
        let reasons: Vec<String> =
            reasons.map(|error| format!("{} at \"{}\"", error.masked(), error.instance_path())).collect();
        if reasons.is_empty() { Ok(()) } else { Err(reasons.join("; ")) }
    }
}

impl<'a> Schemas<'a> {
    pub fn of(document: &'a Value) -> Self {
        Self { document, compiled: RefCell::default() }
    }

    /// What a reference names, or the thing itself.
    pub fn resolve<'b>(&self, found: &'b Value) -> &'b Value
    where
        'a: 'b,
    {
        match found.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').expect("a part of the document");
                self.document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
            }
            None => found,
        }
    }

    /// As it is written.
    pub fn open(&self, schema: &Value) -> Arc<Schema> {
        self.compile(&self.whole(schema, None))
    }

    /// The same, and no object has a member that is not named.
    pub fn closed(&self, schema: &Value) -> Arc<Schema> {
        self.compile(&self.whole(schema, Some(Part::Whole)))
    }

    fn compile(&self, schema: &Value) -> Arc<Schema> {
        let compile = || {
            let options =
                jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true).offline();
            let validator = options.build(schema).unwrap_or_else(|error| panic!("{schema}: {error}"));
            Arc::new(Schema(validator))
        };
        self.compiled.borrow_mut().entry(schema.to_string()).or_insert_with(compile).clone()
    }

    /// A schema with what it refers to in it, its objects closed if `close` says so.
    fn whole(&self, schema: &Value, close: Option<Part>) -> Value {
        let Some(written) = schema.as_object() else { return schema.clone() };
        if written.contains_key("$ref") {
            return self.whole(self.resolve(schema), close);
        }
        let inner = close.map(|_| Part::Whole);
        let mut whole: Map<String, Value> = written
            .iter()
            .map(|(keyword, value)| {
                let value = match keyword.as_str() {
                    "properties" => self.each_member(value, inner),
                    "oneOf" | "anyOf" => self.each(value, inner),
                    // What one part does not name, another may.
                    "allOf" => self.each(value, close.map(|_| Part::OfAll)),
                    "items" | "additionalProperties" | "propertyNames" => self.whole(value, inner),
                    _ => value.clone(),
                };
                (keyword.clone(), value)
            })
            .collect();
        let is_object = whole.get("type") == Some(&json!("object")) || whole.contains_key("allOf");
        if close == Some(Part::Whole) && is_object && !whole.contains_key("additionalProperties") {
            whole.insert("unevaluatedProperties".to_owned(), false.into());
        }
        Value::Object(whole)
    }

    fn each(&self, schemas: &Value, close: Option<Part>) -> Value {
        schemas.as_array().expect("a list").iter().map(|schema| self.whole(schema, close)).collect()
    }

    fn each_member(&self, schemas: &Value, close: Option<Part>) -> Value {
        let members = schemas.as_object().expect("an object").iter();
        members.map(|(name, schema)| (name.clone(), self.whole(schema, close))).collect()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Whole,
    /// One of several that make up a whole.
    OfAll,
}

/// A body as JSON. A number or text in it that is JSON and still fits nothing here counts as null.
pub fn read(body: &[u8]) -> Result<Value, String> {
    let raw = serde_json::from_slice::<&RawValue>(body).map_err(|error| format!("it is no JSON: {error}"))?;
    Ok(lenient(raw, 0))
}

fn lenient(raw: &RawValue, depth: usize) -> Value {
    if let Ok(value) = serde_json::from_str(raw.get()) {
        return value;
    }
    if depth == DEPTH_MAX {
        return Value::Null;
    }
    let within = |part: &RawValue| lenient(part, depth + 1);
    if let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(raw.get()) {
        return members.into_iter().map(|(name, value)| (name, within(value))).collect();
    }
    let items = serde_json::from_str::<Vec<&RawValue>>(raw.get()).unwrap_or_default();
    if items.is_empty() { Value::Null } else { items.into_iter().map(within).collect() }
}
