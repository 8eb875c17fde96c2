//! One operation of the document: what it takes, and what it may answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hookyard::sse::Reader;
use reqwest::Method;
use serde_json::Value;
use url::form_urlencoded;

use super::exchange::Exchange;
use super::schema::{Schema, Schemas, read};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
const EVENTS: &str = "text/event-stream";
const LINES: &str = "application/x-ndjson";
const FORM: &str = "application/x-www-form-urlencoded";

pub struct Operation {
    pub id: String,
    pub method: Method,
    /// With `{…}` where a part of it is anything.
    pub template: String,
    pub tag: String,
    /// What a key has to be allowed for it.
    pub permission: String,
    pub parameters: Vec<Parameter>,
    pub bodies: BTreeMap<String, Content>,
    is_body_required: bool,
    pub answers: BTreeMap<u16, Answer>,
}

pub struct Parameter {
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    schema: Arc<Schema>,
}

pub struct Answer {
    headers: Vec<(String, Arc<Schema>)>,
    content: BTreeMap<String, Content>,
}

/// A body of one type.
pub struct Content {
    schema: Arc<Schema>,
    /// By their names: of a problem, these are the kinds it may be of.
    pub examples: BTreeMap<String, Value>,
}

/// All operations of a document.
pub fn operations(document: &Value, schemas: &Schemas<'_>) -> Vec<Operation> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(template, path): (&String, &Value)| {
        let at = |method: &str| path.get(method).map(|found| (method.to_uppercase(), found.clone()));
        let found: Vec<_> = METHODS.into_iter().filter_map(at).collect();
        found
            .into_iter()
            .map(|(method, found)| Operation::of(template, &method, &found, schemas))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

impl Operation {
    fn of(template: &str, method: &str, found: &Value, schemas: &Schemas<'_>) -> Self {
        let parameters = list(&found["parameters"]).map(|parameter| {
            let parameter = schemas.resolve(parameter);
            Parameter {
                name: text(&parameter["name"]),
                place: text(&parameter["in"]),
                schema: schemas.open(&parameter["schema"]),
            }
        });
        let answers = members(&found["responses"]).map(|(status, answer)| {
            (status.parse().expect("a status"), Answer::of(schemas.resolve(answer), schemas))
        });
        let bodies = members(&found["requestBody"]["content"]);
        Self {
            id: text(&found["operationId"]),
            method: method.parse().expect("a method"),
            template: template.to_owned(),
            tag: text(&found["tags"][0]),
            permission: text(&found["x-permission"]),
            parameters: parameters.collect(),
            bodies: bodies
                .map(|(media, body)| (media.clone(), Content::of(body, schemas.open(&body["schema"]))))
                .collect(),
            is_body_required: found["requestBody"]["required"] == true,
            answers: answers.collect(),
        }
    }

    pub fn is_at(&self, path: &str) -> bool {
        let (template, path) = (self.template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template.zip(path).all(|(expected, found)| {
                if expected.starts_with('{') { !found.is_empty() } else { expected == found }
            })
    }

    /// Whether its answer goes on and on.
    pub fn is_stream(&self) -> bool {
        self.answers.values().any(|answer| answer.content.contains_key(EVENTS))
    }

    pub fn takes(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|taken| taken.name == parameter)
    }

    pub fn placeholders(&self) -> usize {
        self.template.matches('{').count()
    }

    /// The kinds of problem that the document lists for it.
    pub fn problems(&self) -> impl Iterator<Item = (u16, &str)> {
        self.answers.iter().flat_map(|(status, answer)| {
            let kinds = answer.content.get(PROBLEM).into_iter().flat_map(|content| content.examples.keys());
            kinds.map(|kind| (*status, kind.as_str()))
        })
    }

    pub fn judge(&self, exchange: &Exchange<'_>) -> Result<(), String> {
        let Some(answer) = self.answers.get(&exchange.status) else {
            let declared: Vec<&u16> = self.answers.keys().collect();
            return Err(format!("{} answers {declared:?}, not {}", self.id, exchange.status));
        };
        answer.judge(exchange)?;
        if (200..300).contains(&exchange.status) { self.judge_taken(exchange) } else { Ok(()) }
    }

    /// What was sent and taken is what the document says may be sent.
    fn judge_taken(&self, exchange: &Exchange<'_>) -> Result<(), String> {
        let names = self.template.split('/').zip(exchange.path().split('/'));
        let in_path = names.filter_map(|(name, value)| {
            let name = name.strip_prefix('{')?.strip_suffix('}')?;
            // What is escaped there is not unescaped here.
            (!value.contains('%')).then(|| ("path", name.to_owned(), value.to_owned()))
        });
        // Left empty is left out.
        let in_query = exchange.query().filter(|(_, value)| !value.is_empty());
        let in_query = in_query.map(|(name, value)| ("query", name, value));
        for (place, name, value) in in_path.chain(in_query) {
            let declared =
                self.parameters.iter().find(|parameter| parameter.place == place && parameter.name == name);
            let declared = declared.ok_or_else(|| format!("it took {name} in the {place}"))?;
            let of_text = declared.schema.holds(&Value::from(value.as_str()));
            let of_other =
                value.parse::<i64>().is_ok_and(|number| declared.schema.holds(&number.into()).is_ok())
                    || value.parse::<bool>().is_ok_and(|flag| declared.schema.holds(&flag.into()).is_ok());
            of_text.or_else(
                |why| {
                    if of_other { Ok(()) } else { Err(format!("it took {name}={value}: {why}")) }
                },
            )?;
        }
        self.judge_body(exchange)
    }

    fn judge_body(&self, exchange: &Exchange<'_>) -> Result<(), String> {
        let Some((media, sent)) = exchange.sent.filter(|(_, sent)| !sent.is_empty()) else {
            return if self.is_body_required {
                Err("it took a request without a body".to_owned())
            } else {
                Ok(())
            };
        };
        if exchange.has_attributes {
            return Ok(());
        }
        let body = self.bodies.get(media).ok_or_else(|| format!("it took a body of the type {media}"))?;
        if media == FORM {
            let fields = form_urlencoded::parse(sent).map(|(name, value)| (name.into_owned(), value.into()));
            let fields = Value::Object(fields.collect());
            return body.schema.holds(&fields).map_err(|why| format!("it took a form where {why}"));
        }
        if media != LINES {
            return body.holds(sent).map_err(|why| format!("it took a body where {why}"));
        }
        // A line is what an entry of the list is.
        let lines = sent.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let lines: Result<Vec<Value>, String> = lines.map(read).collect();
        let list = self.bodies.get(JSON).ok_or("lines, but no list of them")?;
        list.schema.holds(&Value::Array(lines?)).map_err(|why| format!("it took lines where {why}"))
    }
}

impl Answer {
    fn of(found: &Value, schemas: &Schemas<'_>) -> Self {
        let headers = members(&found["headers"])
            .map(|(name, header)| (name.to_lowercase(), schemas.open(&schemas.resolve(header)["schema"])));
        let content = members(&found["content"])
            .map(|(media, body)| (media.clone(), Content::of(body, schemas.closed(&body["schema"]))));
        Self { headers: headers.collect(), content: content.collect() }
    }

    fn judge(&self, exchange: &Exchange<'_>) -> Result<(), String> {
        for (name, schema) in &self.headers {
            let value = exchange.header(name).ok_or_else(|| format!("it has no header {name}"))?;
            let of_other = value.parse::<i64>().is_ok_and(|number| schema.holds(&number.into()).is_ok());
            let of_text = schema.holds(&Value::from(value));
            of_text.or_else(|why| if of_other { Ok(()) } else { Err(format!("{name}: {value}: {why}")) })?;
        }
        let Some((media, content)) = self.content.iter().next() else {
            let is_empty = exchange.body.is_empty() && exchange.header("content-type").is_none();
            return if is_empty { Ok(()) } else { Err("it has a body".to_owned()) };
        };
        exchange.is_of_type(media)?;
        if media == EVENTS {
            return content.holds_in_events(exchange.body);
        }
        content.holds(exchange.body)?;
        if media == PROBLEM { content.is_listed(exchange) } else { Ok(()) }
    }
}

impl Content {
    fn of(found: &Value, schema: Arc<Schema>) -> Self {
        let named =
            members(&found["examples"]).map(|(name, example)| (name.clone(), example["value"].clone()));
        let one = found.get("example").map(|example| ("example".to_owned(), example.clone()));
        Self { schema, examples: named.chain(one).collect() }
    }

    /// Of this schema, closed.
    pub fn closed(schemas: &Schemas<'_>, schema: &Value) -> Self {
        Self { schema: schemas.closed(schema), examples: BTreeMap::new() }
    }

    pub fn holds(&self, body: &[u8]) -> Result<(), String> {
        self.schema.holds(&read(body)?)
    }

    /// Of events it is the data of those that are attempts.
    fn holds_in_events(&self, body: &[u8]) -> Result<(), String> {
        let events = Reader::default().take(body).map_err(|error| error.to_string())?;
        for event in events {
            match event.name.as_str() {
                "attempt" => self.holds(event.data.as_bytes())?,
                "lost" => {}
                other => return Err(format!("it has an event {other}")),
            }
        }
        Ok(())
    }

    /// Whether an example of it is one.
    pub fn exemplifies(&self, example: &Value) -> Result<(), String> {
        self.schema.holds(example)
    }

    fn is_listed(&self, exchange: &Exchange<'_>) -> Result<(), String> {
        let problem = read(exchange.body)?;
        if problem["status"] != exchange.status {
            return Err("its status is another than the one in the body".to_owned());
        }
        let kinds: BTreeSet<String> = self.examples.keys().map(|kind| format!("/problems/{kind}")).collect();
        let kind = text(&problem["type"]);
        if kinds.contains(&kind) { Ok(()) } else { Err(format!("it is {kind}, and may be {kinds:?}")) }
    }
}

impl Answer {
    /// Its bodies, by type.
    pub fn content(&self) -> &BTreeMap<String, Content> {
        &self.content
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
