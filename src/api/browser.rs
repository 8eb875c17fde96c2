//! What browsers are told: which pages may call the API (none, unless configured), and to take answers for nothing
//! but what they say they are.
//!
//! Leaves out: cookies, which there are none of; and Strict-Transport-Security, which is for who terminates TLS to say.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::CorsLayer;

use super::{auth, idempotency, quota, request};

/// How long a browser may believe what it was told about other origins.
const MAX_AGE: Duration = Duration::from_mins(10);

/// Answers are data: nothing in one is ever run, shown as a page, or framed.
const OF_DATA: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// The page that tries the API: its own scripts, and styles that it sets as it goes.
const OF_PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Sets the headers that every answer has.
pub fn harden(headers: &mut HeaderMap, is_page: bool) {
    headers.insert(header::CONTENT_SECURITY_POLICY, if is_page { OF_PAGE } else { OF_DATA });
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Lets pages of these origins call the API; `None` where no page may.
pub fn cors(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return None;
    }
    let sent = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::IF_MATCH,
        idempotency::HEADER,
        HeaderName::from_static(request::HEADER),
        HeaderName::from_static(auth::TENANT_HEADER),
    ];
    let read = [
        idempotency::REPLAYED,
        header::ETAG,
        header::LOCATION,
        header::RETRY_AFTER,
        HeaderName::from_static(request::HEADER),
        quota::LEFT,
        quota::POLICY,
    ];
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers(sent)
        .expose_headers(read)
        .max_age(MAX_AGE);
    Some(layer)
}
