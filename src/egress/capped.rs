//! Reads an answer up to a limit. Past the limit the rest is not awaited: dropping the response closes the
//! connection (HTTP/1) or resets the stream (HTTP/2), so an endless body costs one read more than a short one.

use bytes::{Bytes, BytesMut};
use domain::attempt::header_text;
use http::header::{HeaderMap, RETRY_AFTER};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::{Response, RetryAfter};

/// Of the headers so much is kept.
const HEADERS_MAX_BYTES: usize = 16 * 1024;
const HEADERS_MAX: usize = 100;

/// The whole answer, its body cut at `body_max_bytes`. A body that ends exactly there is complete, and its
/// connection goes back to the pool.
pub(super) async fn read(from: http::Response<Incoming>, body_max_bytes: usize) -> hyper::Result<Response> {
    let status = from.status().as_u16();
    let headers = keep(from.headers());
    let retry_after =
        from.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(RetryAfter::parse);
    let mut frames = from.into_body();
    let mut body = BytesMut::new();
    let mut truncated = false;
    while let Some(frame) = frames.frame().await {
        // Trailers are of no use here.
        let Ok(chunk) = frame?.into_data() else { continue };
        let room = body_max_bytes - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            truncated = true;
            break;
        }
    }
    Ok(Response { status, headers, body: Bytes::from(body), truncated, retry_after })
}

fn keep(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut room = HEADERS_MAX_BYTES;
    let mut kept = Vec::with_capacity(headers.len());
    for (name, value) in headers.iter().take(HEADERS_MAX) {
        let size = name.as_str().len() + value.len();
        if size > room {
            break;
        }
        room -= size;
        kept.push((name.as_str().to_owned(), header_text(value.as_bytes())));
    }
    kept
}
