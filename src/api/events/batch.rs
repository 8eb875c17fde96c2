//! Publishes many events, all or none.

use actors::intake::Incoming;
use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::EventId;
use domain::tenant::{Permission, TenantId};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::cloud::{self, CloudEvents};
use super::input::{self, NewEvent, Terms};
use super::sent::{Form, Sent, untaken};
use super::{Receipt, hand_over};
use crate::api::auth::Caller;
use crate::api::fields::{ERRORS_MAX, Fields, json};
use crate::api::idempotency::Idempotency;
use crate::api::json::answer;
use crate::api::page::NoQuery;
use crate::api::problem::{FieldError, Kind, Problem, Publishing};
use crate::api::state::State;
use crate::chance;

const LINES_EXAMPLE: &str = "{\"event\":\"order.paid\",\"data\":{\"order\":42}}\n{\"event\":\"order.paid\",\"data\":{\"order\":43}}\n";

/// What became of the events, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipts {
    #[schema(min_items = 1)]
    items: Vec<Receipt>,
}

/// Events to be published: 1,000 at most, unless configured otherwise.
#[derive(ToSchema)]
#[schema(min_items = 1)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct NewEvents(Vec<NewEvent>);

/// Publish many events
///
/// Up to 1,000, as a JSON array, or one a line (NDJSON, as `application/x-ndjson`, `application/ndjson` or
/// `application/jsonl`). CloudEvents are taken as `application/cloudevents-batch+json`. All of them are taken, or none.
///
/// A `traceparent` is that of all of them; see `POST /events`.
#[utoipa::path(post, path = "/events/batch", tag = "events", operation_id = "publishEvents",
    extensions(("x-permission" = json!("publish"))),
    request_body(content(
        (NewEvents = "application/json"),
        (String = "application/x-ndjson", example = json!(LINES_EXAMPLE)),
        (CloudEvents = "application/cloudevents-batch+json"),
    )),
    responses((status = 202, description = "They are in the ledger, and will be delivered", body = Receipts),
        Publishing))]
pub async fn batch(
    Given(state): Given<State>,
    caller: Caller,
    asked: Idempotency,
    _: NoQuery,
    sent: Sent,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Permission::Publish, &state).await?;
    let (values, read): (_, ReadOne) = match sent.form {
        Form::Json => (array(&sent.bytes)?, ours),
        Form::Lines => (lines(&sent.bytes)?, ours),
        Form::CloudEvents => (array(&sent.bytes)?, cloud_event),
        Form::CloudEvent | Form::Headers(_) => {
            return Err(untaken("a batch of CloudEvents is of the type application/cloudevents-batch+json"));
        }
    };
    let max = state.settings.batch_events_max;
    if !(1..=max).contains(&values.len()) {
        return Err(Problem::field("", format!("a batch has 1 to {max} events, this one {}", values.len())));
    }
    let events = read_all(&values, &tenant, Terms::of(&state), read)?;
    let asked = asked.of(&tenant, &sent.said());
    if let Some(before) = asked.before(&state).await? {
        return Ok(before);
    }
    let items = hand_over(&state, asked.identified(&tenant, events), sent.trace).await?;
    asked.after(&state, answer(StatusCode::ACCEPTED, &Receipts { items })).await
}

fn array(body: &[u8]) -> Result<Vec<&RawValue>, Problem> {
    let whole = json(body)?;
    serde_json::from_str(whole.get())
        .map_err(|_| Problem::field("", "must be a list of events, or NDJSON as application/x-ndjson"))
}

/// One value a line; empty lines are passed over.
fn lines(body: &[u8]) -> Result<Vec<&RawValue>, Problem> {
    body.split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(at, line)| {
            json(line).map_err(|problem| {
                let within = problem.detail().split_once(", ").map_or("", |(_, within)| within);
                Problem::new(Kind::MalformedJson, format!("line {}, {within}", at + 1))
            })
        })
        .collect()
}

/// Reads one that stands at a place of the body, or names all that is wrong with it.
type ReadOne = fn(&RawValue, &str, &TenantId, Terms, [u8; 10]) -> Result<Incoming, Vec<FieldError>>;

fn cloud_event(
    value: &RawValue,
    base: &str,
    tenant: &TenantId,
    terms: Terms,
    random: [u8; 10],
) -> Result<Incoming, Vec<FieldError>> {
    cloud::read(value, base, tenant, terms.now, random)
}

fn ours(
    value: &RawValue,
    base: &str,
    tenant: &TenantId,
    terms: Terms,
    random: [u8; 10],
) -> Result<Incoming, Vec<FieldError>> {
    let mut fields = Fields::of(value, base.to_owned()).map_err(|error| vec![error])?;
    let incoming = input::read(&mut fields, tenant, terms, random);
    let errors = fields.errors();
    incoming.filter(|_| errors.is_empty()).ok_or(errors)
}

fn read_all(
    values: &[&RawValue],
    tenant: &TenantId,
    terms: Terms,
    read: ReadOne,
) -> Result<Vec<Incoming>, Problem> {
    let mut events = Vec::with_capacity(values.len());
    let mut errors = Vec::new();
    // In the order of their ids, which is what a backfill and the list of events go by.
    let mut random: Vec<[u8; 10]> = values.iter().map(|_| chance::bytes()).collect();
    random.sort_unstable_by_key(|random| EventId::new(terms.now, *random));
    for ((at, value), random) in values.iter().enumerate().zip(random) {
        match read(value, &format!("/{at}"), tenant, terms, random) {
            Ok(incoming) => events.push(incoming),
            Err(wrong) => errors.extend(wrong),
        }
        if errors.len() >= ERRORS_MAX {
            errors.truncate(ERRORS_MAX);
            break;
        }
    }
    if errors.is_empty() { Ok(events) } else { Err(Problem::fields(errors)) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::OffsetDateTime;

    use super::*;

    const TERMS: Terms = Terms { now: OffsetDateTime::UNIX_EPOCH, deliver_at_max: Duration::from_hours(24) };

    fn read(values: Result<Vec<&RawValue>, Problem>) -> Result<Vec<Incoming>, Problem> {
        read_all(&values?, &"acme".parse().unwrap(), TERMS, ours)
    }

    #[test]
    fn a_list_and_lines_are_the_same() {
        let list = read(array(br#"[{"event":"a","data":1},{"event":"b","data":2}]"#)).unwrap();
        let lines = read(lines(b"{\"event\":\"a\",\"data\":1}\r\n\n{\"event\":\"b\",\"data\":2}\n")).unwrap();
        let types = |events: &[Incoming]| -> Vec<String> {
            events.iter().map(|incoming| incoming.event.event_type.as_str().to_owned()).collect()
        };
        assert_eq!(types(&list), ["a", "b"]);
        assert_eq!(types(&list), types(&lines));
    }

    #[test]
    fn ids_are_in_the_order_of_the_list() {
        let list = vec![r#"{"event":"a","data":1}"#; 50].join(",");
        let events = read(array(format!("[{list}]").as_bytes())).unwrap();
        assert!(events.is_sorted_by_key(|incoming| incoming.event.id));
    }

    #[test]
    fn pointers_say_which_event() {
        let body = br#"[{"event":"a","data":1},7,{"event":"","data":1,"x":2},{"event":"a"}]"#;
        let problem = read(array(body)).unwrap_err();
        let pointers: Vec<&str> = problem.errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/1", "/2/event", "/2/x", "/3/data"]);
    }

    #[test]
    fn a_malformed_line_is_named() {
        let problem = lines(b"{}\n{\"a\":}\n").unwrap_err();
        assert_eq!(problem.kind(), Kind::MalformedJson);
        assert!(problem.detail().starts_with("line 2, column "), "{}", problem.detail());
        assert_eq!(array(b"{}").unwrap_err().kind(), Kind::InvalidRequest);
    }
}
