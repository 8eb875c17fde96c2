//! Binary mode: a CloudEvent's attributes in headers `ce-…`, and its data as the body (HTTP binding, §3.1; NATS binding, §3.1).

use super::reading::{Reading, Stand};
use super::{CloudEvent, Named, PREFIX, Refused, Value, data};

/// Headers that are no attributes are passed over; their names may be in any case.
pub fn binary<'a>(
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    content_type: Option<&str>,
    body: &[u8],
    named: Named,
) -> Result<CloudEvent, Refused> {
    let mut reading = Reading::new(Stand::Headers);
    if let Some(content_type) = content_type {
        reading.give("datacontenttype", Value::Text(content_type.to_owned()));
    }
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        let Some(name) = name.strip_prefix(PREFIX) else { continue };
        if name == "datacontenttype" {
            // HTTP binding, §3.1.1: it must not be present.
            reading.refuse(name, "says what the data are: leave out ce-datacontenttype");
            continue;
        }
        match decoded(value) {
            Ok(text) => reading.give(name, Value::Text(text)),
            Err(detail) => reading.refuse(name, detail),
        }
    }
    let data = data::of_body(reading.content_type(), body);
    reading.end(named, data)
}

/// The value of a header (HTTP binding, §3.1.3.2): out of its quotes, and percent-decoded once.
fn decoded(value: &[u8]) -> Result<String, &'static str> {
    let unquoted = unquoted(value.trim_ascii());
    let mut bytes = Vec::with_capacity(unquoted.len());
    let mut rest = unquoted.iter();
    while let Some(&byte) = rest.next() {
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        bytes.push(if byte == b'%' {
            let digits = rest.next().and_then(digit).zip(rest.next().and_then(digit));
            let (high, low) = digits.ok_or("must have two hexadecimal digits behind each %")?;
            u8::try_from(high << 4 | low).map_err(|_| "cannot be read")?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).map_err(|_| "must be UTF-8, percent-encoded")
}

fn unquoted(value: &[u8]) -> Vec<u8> {
    let Some(within) = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return value.to_vec();
    };
    let mut bytes = Vec::with_capacity(within.len());
    let mut rest = within.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(if byte == b'\\' { rest.next().copied().unwrap_or(byte) } else { byte });
    }
    bytes
}
