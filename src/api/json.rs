//! Bodies and path ids of requests, and the bodies of answers.

use std::error::Error;
use std::str::FromStr;
use std::sync::Arc;

use axum::RequestExt as _;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use domain::event::rfc3339_millis;
use http_body_util::{BodyExt as _, LengthLimitError};
use serde::Serialize;
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::ToSchema;

use super::fields::Fields;
use super::problem::{Kind, Problem};

/// A whole body, as long as its path allows, with what it says it is.
#[derive(Debug)]
pub struct Body {
    pub bytes: Bytes,
    is_lines: bool,
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = media(request.headers());
        let (bytes, _) = whole(request, &[]).await?;
        match kind {
            Some(is_lines) => Ok(Self { bytes, is_lines }),
            // Nothing was sent, so it is of no type.
            None if bytes.is_empty() => Ok(Self { bytes, is_lines: false }),
            None => {
                let detail = "send the body as Content-Type: application/json";
                Err(Problem::new(Kind::UnsupportedMediaType, detail))
            }
        }
    }
}

/// Reads a body to its end. Each byte of it has a place in each of these rooms from its arrival on; where there is none in
/// one of them, it is read all the same and not kept, so that its sender hears why.
pub async fn whole(
    request: Request,
    rooms: &[Arc<Semaphore>],
) -> Result<(Bytes, Vec<OwnedSemaphorePermit>), Problem> {
    let mut body = request.with_limited_body().into_body();
    let (mut bytes, mut held) = (BytesMut::new(), Vec::<OwnedSemaphorePermit>::new());
    let mut is_kept = true;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let mut causes = std::iter::successors(Some(&error as &dyn Error), |&cause| cause.source());
            if causes.any(<dyn Error>::is::<LengthLimitError>) {
                Problem::new(Kind::BodyTooLarge, "the body is larger than this path takes")
            } else {
                Problem::new(Kind::MalformedJson, "the body could not be read to its end")
            }
        })?;
        let Some(piece) = frame.into_data().ok().filter(|_| is_kept) else { continue };
        let permits = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        let places = rooms.iter().map(|room| Arc::clone(room).try_acquire_many_owned(permits));
        let Ok(places) = places.collect::<Result<Vec<_>, _>>() else {
            (is_kept, held, bytes) = (false, Vec::new(), BytesMut::new());
            continue;
        };
        if held.is_empty() {
            held = places;
        } else {
            held.iter_mut().zip(places).for_each(|(held, more)| held.merge(more));
        }
        bytes.extend_from_slice(&piece);
    }
    if is_kept {
        Ok((bytes.freeze(), held))
    } else {
        Err(Problem::new(Kind::Overloaded, "nothing was taken: try again in a moment"))
    }
}

impl Body {
    /// The body of a path that takes one JSON value.
    pub fn one(&self) -> Result<&[u8], Problem> {
        if self.is_lines {
            return Err(Problem::new(Kind::UnsupportedMediaType, "only a batch of events may be NDJSON"));
        }
        Ok(&self.bytes)
    }

    /// The body of a path where nothing at all means `{}`.
    pub fn one_or_none(&self) -> Result<&[u8], Problem> {
        if self.bytes.is_empty() { Ok(b"{}") } else { self.one() }
    }

    /// The body of a path that takes no fields: there, any field is unknown.
    pub fn nothing(&self) -> Result<(), Problem> {
        Fields::read(self.one_or_none()?)?.finish(Some(()))
    }
}

/// No fields.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({})))]
pub struct Nothing {}

/// Whether it is JSON (`false`) or JSON line by line (`true`).
pub fn media(headers: &HeaderMap) -> Option<bool> {
    let header = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/json" => Some(false),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Some(true),
        other => (other.starts_with("application/") && other.ends_with("+json")).then_some(false),
    }
}

/// The one id of a path. What does not read as one names nothing.
#[derive(Debug)]
pub struct Id<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        let id = text.and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| Problem::new(Kind::NotFound, "the path names no such thing"))
    }
}

/// An answer with a body.
pub fn answer<T: Serialize>(status: StatusCode, body: &T) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// An instant as answers write it.
pub fn time(at: OffsetDateTime) -> String {
    rfc3339_millis(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_known_by_its_names() {
        let read =
            |value: &str| media(&HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]));
        for json in ["application/json", "Application/JSON; charset=utf-8", "application/cloudevents+json"] {
            assert_eq!(read(json), Some(false), "{json}");
        }
        assert_eq!(read("application/x-ndjson"), Some(true));
        for other in ["text/plain", "application/x-www-form-urlencoded", "json", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
