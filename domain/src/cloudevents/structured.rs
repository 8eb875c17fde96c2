//! Structured mode: a CloudEvent as a JSON object, whose members are its attributes and its data (JSON format, §3).

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::reading::{Reading, Stand};
use super::{CloudEvent, Named, Refused, Value, Wrong, data};

const UNTAKEN_VALUE: &str = "must be a text, a whole number of 32 bits, or true or false";

pub fn structured(whole: &RawValue, named: Named) -> Result<CloudEvent, Refused> {
    let members: Result<Members<'_>, _> = serde_json::from_str(whole.get());
    // The one thing that can be wrong with it, as it is JSON.
    let Ok(Members(members)) = members else {
        let wrong = Wrong { place: String::new(), detail: "a CloudEvent is a JSON object".to_owned() };
        return Err(Refused::Wrong(vec![wrong]));
    };
    let mut reading = Reading::new(Stand::Members);
    let mut payload = None;
    for (name, raw) in members {
        match name.as_str() {
            "data" if payload.is_some() => reading.refuse("data", "is there twice"),
            "data" => payload = Some(raw),
            // Null is the same as left out: JSON format, §2.2.
            _ if raw.get() == "null" => {}
            "data_base64" => reading.refuse(
                "data_base64",
                "binary data are not taken: send JSON or text as data, for example a link to them",
            ),
            _ => match value(raw) {
                Ok(value) => reading.give(&name, value),
                Err(detail) => reading.refuse(&name, detail),
            },
        }
    }
    let data = data::of_member(reading.content_type(), payload);
    reading.end(named, data)
}

fn value(raw: &RawValue) -> Result<Value, &'static str> {
    match raw.get() {
        "true" => Ok(Value::Flag(true)),
        "false" => Ok(Value::Flag(false)),
        text if text.starts_with('"') => {
            serde_json::from_str(text).map(Value::Text).map_err(|_| "must be Unicode")
        }
        other => other.parse().map(Value::Number).map_err(|_| UNTAKEN_VALUE),
    }
}

/// An object's, in their order; a name may be there twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}
