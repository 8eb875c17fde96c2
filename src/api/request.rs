//! Around every request: its id, its trace, its span, its deadline, its metrics, the headers of every answer, and the writing of problems.
//!
//! The work is done in a task of its own, so that a client that hangs up does not stop a change between its commit
//! and the telling of those it concerns; a panic ends that task and becomes an answer.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State as Given};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use domain::trace::{TRACEPARENT, TRACESTATE, TraceContext};
use tracing::Instrument as _;

use super::auth::Known;
use super::problem::{Kind, Problem};
use super::router::is_data;
use super::state::State;
use super::{browser, quota};
use crate::chance;
use crate::metrics;

pub const HEADER: &str = "x-request-id";
const ID_BYTES_MAX: usize = 128;

/// The request's id, for whoever handles it.
#[derive(Debug, Clone, Default)]
pub struct RequestId(pub Arc<str>);

pub async fn around(Given(state): Given<State>, mut request: Request, next: Next) -> Response {
    let id = taken(&request).unwrap_or_else(made);
    request.extensions_mut().insert(RequestId(id.as_str().into()));
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let known = Known::of(request.headers(), &state);
    let key = known.as_ref().map(|known| tracing::field::display(known.key()));
    let trace = trace(request.headers());
    let trace_id = trace.as_ref().map(|trace| tracing::field::display(trace.trace_id()));
    let path = request.uri().path();
    let span = tracing::info_span!("request", request_id = id, trace_id, %method, route, path, key);
    if let Some(trace) = trace {
        request.extensions_mut().insert(Arc::new(trace));
    }
    if let Some(known) = known {
        request.extensions_mut().insert(known);
    }
    let (slot, is_page) = (quota::Slot::default(), !is_data(request.uri().path()));
    request.extensions_mut().insert(slot.clone());
    let start = tokio::time::Instant::now();
    let work = tokio::spawn(next.run(request).instrument(span.clone()));
    let abort = work.abort_handle();
    let response = match tokio::time::timeout(state.settings.request_timeout, work).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(span.in_scope(|| Problem::internal(&error))),
        Err(_) => {
            abort.abort();
            span.in_scope(|| tracing::warn!(after = ?start.elapsed(), "request took too long"));
            Err(Problem::new(Kind::TimedOut, "look whether it was done before you send it again"))
        }
    };
    let mut response = match response {
        Ok(mut response) => match response.extensions_mut().remove::<Problem>() {
            Some(problem) => rewrite(&response, &problem, &id),
            None => response,
        },
        Err(problem) => problem.write(&id),
    };
    let status = response.status();
    span.in_scope(|| tracing::debug!(status = status.as_u16(), "request answered"));
    metrics::answered(&route, status, start.elapsed());
    slot.tell(response.headers_mut());
    browser::harden(response.headers_mut(), is_page);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, id);
    }
    response
}

/// The problem written down, with the headers that were set beside it: `Allow` above all.
fn rewrite(response: &Response, problem: &Problem, id: &str) -> Response {
    let mut written = problem.write(id);
    if let Some(allow) = response.headers().get(axum::http::header::ALLOW) {
        written.headers_mut().insert(axum::http::header::ALLOW, allow.clone());
    }
    written
}

fn taken(request: &Request) -> Option<String> {
    let id = request.headers().get(HEADER)?.to_str().ok()?;
    let is_sane = (1..=ID_BYTES_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte));
    is_sane.then(|| id.to_owned())
}

/// In which trace a request says it stands.
fn trace(headers: &HeaderMap) -> Option<TraceContext> {
    let of = |name| headers.get_all(name).into_iter().map(HeaderValue::as_bytes);
    TraceContext::read(of(TRACEPARENT), of(TRACESTATE))
}

fn made() -> String {
    format!("req_{:032x}", u128::from_be_bytes(chance::bytes()))
}
