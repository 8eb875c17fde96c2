//! What a request is answered with when it cannot be done: RFC 9457 problems.
//!
//! A problem travels in the response's extensions until [`super::request`] writes it down with the request's id.
//! Promises: every kind has a page that explains it, and none tells anything of the inside.

mod documented;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

pub use documented::{
    Asking, Cancelling, Conditional, Creating, CreatingAll, EndpointLimit, Inbound, Publishing, Reading,
    ReadingAll, ReplayLimit, Replaying, Retrying, SourceLimit, Streaming, TenantTaken, Writing, WritingAll,
    component, kinds,
};

use super::texts;
use crate::ledger;

macro_rules! kinds {
    ($($kind:ident = $slug:literal, $status:ident, $title:literal;)*) => {
        /// What went wrong, as far as a program needs to tell.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $($kind,)* }

        impl Kind {
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            pub fn slug(self) -> &'static str {
                match self { $(Self::$kind => $slug,)* }
            }

            /// Where its page is.
            pub fn reference(self) -> &'static str {
                match self { $(Self::$kind => concat!("/problems/", $slug),)* }
            }

            pub fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)* }
            }

            pub fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }

            /// The page that explains it.
            pub fn page(self) -> &'static str {
                match self { $(Self::$kind => include_str!(concat!("../../docs/problems/", $slug, ".md")),)* }
            }
        }
    };
}

kinds! {
    MalformedJson = "malformed-json", BAD_REQUEST, "The body is not JSON";
    TenantRequired = "tenant-required", BAD_REQUEST, "The request does not say whose things it is about";
    Unauthorized = "unauthorized", UNAUTHORIZED, "There is no valid key";
    Forbidden = "forbidden", FORBIDDEN, "The key's role does not allow this";
    NotFound = "not-found", NOT_FOUND, "There is no such thing";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The method is not one of this path's";
    TenantExists = "tenant-exists", CONFLICT, "The tenant id is taken";
    EndpointLimitReached = "endpoint-limit-reached", CONFLICT, "There are as many endpoints as there may be";
    EndpointNotActive = "endpoint-not-active", CONFLICT, "The endpoint is owed nothing";
    ReplayLimitReached = "replay-limit-reached", CONFLICT, "There are as many replays as there may be";
    DeliveryFinished = "delivery-finished", CONFLICT, "The delivery is finished";
    PayloadExpired = "payload-expired", CONFLICT, "The payload is gone";
    EventReleased = "event-released", CONFLICT, "The event is released already";
    PreconditionFailed = "precondition-failed", PRECONDITION_FAILED, "It was changed meanwhile";
    SignatureWrong = "signature-wrong", UNAUTHORIZED, "The signature is missing or wrong";
    SourceLimitReached = "source-limit-reached", CONFLICT, "There are as many sources as there may be";
    SourceRateLimited = "source-rate-limited", TOO_MANY_REQUESTS, "The source sends more than it may";
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body is of a type not understood";
    InvalidRequest = "invalid-request", UNPROCESSABLE_ENTITY, "The request has wrong fields";
    TooManyStreams = "too-many-streams", TOO_MANY_REQUESTS, "There are as many streams as there may be";
    IdempotencyKeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key belongs to another request";
    FanOutTooLarge = "fan-out-too-large", UNPROCESSABLE_ENTITY, "The request would cause too many deliveries";
    RateLimited = "rate-limited", TOO_MANY_REQUESTS, "The key makes more requests than it may";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side";
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "More is waiting than may wait";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "A part of the service cannot be reached";
    TimedOut = "timed-out", SERVICE_UNAVAILABLE, "The request took too long";
}

impl Kind {
    /// How to say who one is, where that was not said.
    fn challenge(self) -> &'static str {
        if self == Self::SignatureWrong {
            "Signature realm=\"hookyard\""
        } else {
            "Bearer realm=\"hookyard\""
        }
    }
}

/// One wrong field: a JSON pointer (RFC 6901) into the body, `?name` for a query parameter, a header's name, or, where the
/// configuration is wrong, a pointer to the setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    #[schema(examples("/url"))]
    pub pointer: String,
    #[schema(examples("must be a text"))]
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    /// After how many seconds to come again, where that helps.
    wait_secs: u32,
}

/// What went wrong, as RFC 9457 has it written down.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct Written {
    #[schema(value_type = texts::ProblemType)]
    r#type: &'static str,
    /// The same for every problem of this type.
    title: &'static str,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What it was this time.
    detail: String,
    /// The request's `X-Request-Id`: our log has more under it.
    #[schema(value_type = texts::RequestId)]
    request_id: String,
    /// Every wrong field, where the request had any.
    #[schema(min_items = 1, max_items = 100)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl Problem {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), wait_secs: 1 }
    }

    /// One that is about this part of the request alone.
    pub fn about(kind: Kind, pointer: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let error = FieldError { pointer: pointer.to_owned(), detail: detail.clone() };
        Self { kind, detail, errors: vec![error], wait_secs: 1 }
    }

    /// The same, to be tried again no sooner.
    pub fn after_secs(self, wait_secs: u32) -> Self {
        Self { wait_secs, ..self }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Wrong fields, all of them.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [] => "a field is wrong".to_owned(),
            [one] if one.pointer.is_empty() => one.detail.clone(),
            [one] => format!("{}: {}", one.pointer, one.detail),
            many => format!("{} fields are wrong: see errors", many.len()),
        };
        Self { kind: Kind::InvalidRequest, detail, errors, wait_secs: 1 }
    }

    /// One wrong field.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::fields(vec![FieldError { pointer: pointer.into(), detail: detail.into() }])
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("there is no such {what}"))
    }

    /// An error of ours. The log has it; the answer says only that there was one.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "request failed");
        Self::new(Kind::Internal, "the error is in our log under the request's id")
    }

    pub fn unavailable() -> Self {
        Self::new(Kind::Unavailable, "look whether it was done before you send it again")
    }

    fn written(&self, request_id: &str) -> Written {
        Written {
            r#type: self.kind.reference(),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: self.detail.clone(),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
        }
    }

    /// The answer as it is sent, under the request's id.
    pub fn write(&self, request_id: &str) -> Response {
        let status = self.kind.status();
        let body = serde_json::to_vec(&self.written(request_id)).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(self.kind.challenge()));
        }
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.wait_secs));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ledger::Error> for Problem {
    fn from(error: ledger::Error) -> Self {
        match error {
            ledger::Error::Unavailable(_) => {
                tracing::warn!(%error, "ledger is unavailable");
                Self::unavailable()
            }
            ledger::Error::Refused(_)
            | ledger::Error::Migrate(_)
            | ledger::Error::Fenced
            | ledger::Error::Unreadable(_) => Self::internal(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_says_what_happened_why_and_what_to_do_and_shows_it() {
        for kind in Kind::ALL {
            let slug = kind.slug();
            let (head, parts) = kind.page().split_once("\n## ").unwrap();
            let status = kind.status().as_u16();
            assert_eq!(head, format!("# {}\n\n`{slug}`, status {status}.\n", kind.title()));
            let parts: Vec<(&str, &str)> =
                parts.split("\n## ").map(|part| part.split_once("\n\n").unwrap()).collect();
            let names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["What happened", "Why", "What to do", "Example"], "{slug}");
            for (name, text) in &parts {
                assert!(text.trim_end().ends_with(['.', '`']) && text.contains(' '), "{slug}: {name}");
            }
            let (request, answer) = parts[3].1.split_once("```json\n").unwrap();
            assert!(request.starts_with("```http\n") && request.contains(" /api/v1/"), "{slug}");
            let answer: serde_json::Value = serde_json::from_str(answer.trim_end_matches("```\n")).unwrap();
            assert_eq!(answer, documented::example(*kind), "{slug}");
        }
    }

    #[test]
    fn no_page_is_without_its_kind() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/problems");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let slug = name.trim_end_matches(".md");
            assert!(Kind::ALL.iter().any(|kind| kind.slug() == slug), "{name}");
        }
    }

    #[tokio::test]
    async fn is_written_as_the_rfc_says() {
        let error = |pointer: &str| FieldError { pointer: pointer.into(), detail: "must be a text".into() };
        let response = Problem::fields(vec![error("/url"), error("/name")]).write("req_1");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let expected = serde_json::json!({
            "type": "/problems/invalid-request", "title": "The request has wrong fields", "status": 422,
            "detail": "2 fields are wrong: see errors", "requestId": "req_1",
            "errors": [{"pointer": "/url", "detail": "must be a text"}, {"pointer": "/name", "detail": "must be a text"}],
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn says_when_to_come_back_and_how_to_sign_in() {
        assert_eq!(Problem::unavailable().write("r").headers()[header::RETRY_AFTER], "1");
        let response = Problem::new(Kind::Unauthorized, "no key").write("r");
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer realm=\"hookyard\"");
    }

    #[test]
    fn tells_nothing_of_the_inside() {
        let problem =
            Problem::from(ledger::Error::Refused(sqlx::Error::Protocol("secret inside".to_owned())));
        assert_eq!(problem.kind(), Kind::Internal);
        assert!(!problem.detail().contains("inside"));
    }
}
