//! What the headers of others' standards say of a message: the CloudEvent that it is, if it is one (NATS binding, §3), and its trace.

use async_nats::Message;
use domain::cloudevents::{CloudEvent, Mode, Named, Refused, VERSION_HEADER, binary, structured};
use domain::trace::{TRACEPARENT, TRACESTATE, TraceContext};

const CONTENT_TYPE: &str = "content-type";
/// What the data are, which HTTP says by its own header: NATS binding, §3.1.3.1.
const DATA_TYPE: &str = "ce-datacontenttype";

/// `named` is what subject and other headers say of the event.
pub fn cloud_event(message: &Message, named: Named) -> Result<Option<CloudEvent>, String> {
    let header = |name: &str| headers(message).find(|(found, _)| found.eq_ignore_ascii_case(name));
    let text = |name: &str| header(name).map(|(_, value)| value);
    let content_type = text(CONTENT_TYPE);
    let mode = Mode::of(content_type, header(VERSION_HEADER).is_some()).map_err(|error| error.to_string())?;
    let read = match mode {
        None => return Ok(None),
        Some(Mode::Batch) => return Err("a message is one CloudEvent: publish them one by one".to_owned()),
        Some(Mode::Structured) => serde_json::from_slice(&message.payload)
            .map_err(Refused::from)
            .and_then(|whole| structured(whole, named)),
        Some(Mode::Binary) => {
            let attributes = headers(message).filter(|(name, _)| !name.eq_ignore_ascii_case(DATA_TYPE));
            let attributes = attributes.map(|(name, value)| (name, value.as_bytes()));
            binary(attributes, text(DATA_TYPE).or(content_type), &message.payload, named)
        }
    };
    read.map(Some).map_err(|refused| refused.to_string())
}

/// In which trace a message stands, by its headers.
pub fn trace(message: &Message) -> Option<TraceContext> {
    let of = |wanted: &'static str| {
        let its = headers(message).filter(move |(name, _)| name.eq_ignore_ascii_case(wanted));
        its.map(|(_, value)| value.as_bytes())
    };
    TraceContext::read(of(TRACEPARENT), of(TRACESTATE))
}

fn headers(message: &Message) -> impl Iterator<Item = (&str, &str)> {
    let all = message.headers.iter().flat_map(|headers| headers.iter());
    all.flat_map(|(name, values)| values.iter().map(move |value| (name.as_ref(), value.as_str())))
}
