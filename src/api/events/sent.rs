//! What a request that publishes has sent, and as what: our JSON, one or line by line, or CloudEvents in any of their modes.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, header};
use bytes::Bytes;
use domain::cloudevents::{Mode, PREFIX, VERSION_HEADER};
use domain::trace::TraceContext;
use tokio::sync::OwnedSemaphorePermit;

use crate::api::json::{media, whole};
use crate::api::problem::{Kind, Problem};
use crate::api::state::State;

const UNTAKEN: &str =
    "send the body as Content-Type: application/json, or a CloudEvent as application/cloudevents+json";

/// A whole body, as long as its path allows.
pub struct Sent {
    pub bytes: Bytes,
    pub form: Form,
    /// Of the request: of all that it publishes.
    pub trace: Option<Arc<TraceContext>>,
    /// Its place among all that is being published.
    _room: Vec<OwnedSemaphorePermit>,
}

pub enum Form {
    Json,
    /// JSON line by line.
    Lines,
    CloudEvent,
    CloudEvents,
    /// A CloudEvent in binary mode: these are its headers.
    Headers(HeaderMap),
}

impl FromRequest<State> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let form = Form::of(request.headers());
        let trace = request.extensions().get().cloned();
        let room = [Arc::clone(state.publishing())];
        let (bytes, held) = whole(request, &room).await?;
        let form = form?.or_else(|| bytes.is_empty().then_some(Form::Json));
        let form = form.ok_or_else(|| Problem::new(Kind::UnsupportedMediaType, UNTAKEN))?;
        Ok(Self { bytes, form, trace, _room: held })
    }
}

impl Form {
    /// `None`: it is nothing that is understood.
    fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let has_version = headers.contains_key(VERSION_HEADER);
        let mode = Mode::of(content_type(headers), has_version);
        let mode = mode.map_err(|error| Problem::new(Kind::UnsupportedMediaType, error.to_string()))?;
        Ok(match mode {
            Some(Mode::Structured) => Some(Self::CloudEvent),
            Some(Mode::Batch) => Some(Self::CloudEvents),
            Some(Mode::Binary) => {
                let is_its =
                    |name: &HeaderName| name.as_str().starts_with(PREFIX) || *name == header::CONTENT_TYPE;
                let its = headers.iter().filter(|(name, _)| is_its(name));
                Some(Self::Headers(its.map(|(name, value)| (name.clone(), value.clone())).collect()))
            }
            None => media(headers).map(|is_lines| if is_lines { Self::Lines } else { Self::Json }),
        })
    }
}

impl Sent {
    /// All by which one request is told from another.
    pub fn said(&self) -> Bytes {
        let Form::Headers(headers) = &self.form else { return self.bytes.clone() };
        // In whatever order they come.
        let mut parts: Vec<[&[u8]; 2]> =
            headers.iter().map(|(name, value)| [name.as_str().as_bytes(), value.as_bytes()]).collect();
        parts.sort_unstable();
        let mut said = parts.concat().join(&0);
        said.push(0);
        said.extend_from_slice(&self.bytes);
        said.into()
    }
}

pub fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

/// It is of a form that this path does not take.
pub fn untaken(detail: &str) -> Problem {
    Problem::new(Kind::UnsupportedMediaType, detail)
}
