//! Which problems an operation can answer, for the OpenAPI document: a group of them for each sort of operation.
//!
//! A status with the kinds it can stand for is a component of the document, named by their slugs. Promises: each kind
//! has an example, made by what writes the real ones.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::Value;
use utoipa::IntoResponses;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Header, Ref, RefOr, Response, ResponseBuilder};

use super::{FieldError, Kind, Problem};

/// Between the slugs of a component that stands for several.
const OR: &str = ".";
const REQUEST_ID: &str = "req_0188b2c8fad14df1a6b4f0f7c7d1e5aa";

/// What any request can meet.
const ANY: &[Kind] = &[
    Kind::Unauthorized,
    Kind::Forbidden,
    Kind::NotFound,
    Kind::InvalidRequest,
    Kind::RateLimited,
    Kind::Internal,
    Kind::Unavailable,
    Kind::TimedOut,
];
/// What one about a tenant's things can meet, besides.
const TENANT: &[Kind] = &[Kind::TenantRequired];
/// What one with a body can meet, besides.
const BODY: &[Kind] = &[Kind::MalformedJson, Kind::BodyTooLarge, Kind::UnsupportedMediaType];

/// What one can meet that may be sent again under an Idempotency-Key, besides.
const ONCE: &[Kind] = &[Kind::IdempotencyKeyReused];

type Responses = BTreeMap<String, RefOr<Response>>;

macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident = [$($kinds:expr),+];)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> Responses {
                let kinds: &[&[Kind]] = &[$($kinds),+];
                documented(&kinds.concat())
            }
        }
    )+};
}

groups! {
    /// Of a request about one tenant's things.
    Reading = [ANY, TENANT];
    /// The same with a body.
    Writing = [ANY, TENANT, BODY];
    /// Of a request that any key may make.
    Asking = [&[
        Kind::Unauthorized,
        Kind::NotFound,
        Kind::InvalidRequest,
        Kind::RateLimited,
        Kind::Internal,
        Kind::Unavailable,
        Kind::TimedOut
    ]];
    /// Of a request about the instance, or about all tenants' things where none is named.
    ReadingAll = [ANY];
    /// The same with a body.
    WritingAll = [ANY, BODY];
    /// Of one that makes something of a tenant's, or has it done once.
    Creating = [ANY, TENANT, BODY, ONCE];
    /// Of one that makes something of the instance's, or of a tenant's where one is named.
    CreatingAll = [ANY, BODY, ONCE];
    /// Of a publish.
    Publishing = [ANY, TENANT, BODY, ONCE, &[Kind::FanOutTooLarge, Kind::Overloaded]];
    /// Of a stream of one tenant's things.
    Streaming = [ANY, TENANT, &[Kind::TooManyStreams]];
    /// Where an endpoint becomes somebody's, besides.
    EndpointLimit = [&[Kind::EndpointLimitReached]];
    /// Where `If-Match` may say what is meant, besides.
    Conditional = [&[Kind::PreconditionFailed]];
    /// Of a request to a source.
    Inbound = [&[
        Kind::SignatureWrong,
        Kind::NotFound,
        Kind::InvalidRequest,
        Kind::FanOutTooLarge,
        Kind::SourceRateLimited,
        Kind::Internal,
        Kind::Overloaded,
        Kind::Unavailable,
        Kind::TimedOut
    ], BODY];
    /// Where a source is made, besides.
    SourceLimit = [&[Kind::SourceLimitReached]];
    /// Where a tenant is made, besides.
    TenantTaken = [&[Kind::TenantExists]];
    /// Where a replay is begun, besides.
    ReplayLimit = [&[Kind::ReplayLimitReached]];
    /// Where one is begun of an endpoint, which may have to be active, besides.
    Replaying = [&[Kind::EndpointNotActive, Kind::ReplayLimitReached]];
    /// Where an event is cancelled, besides.
    Cancelling = [&[Kind::EventReleased]];
    /// Where a delivery is retried, besides.
    Retrying = [&[Kind::DeliveryFinished, Kind::EndpointNotActive, Kind::PayloadExpired]];
}

fn documented(kinds: &[Kind]) -> Responses {
    let mut by_status: BTreeMap<StatusCode, Vec<Kind>> = BTreeMap::new();
    for kind in kinds {
        by_status.entry(kind.status()).or_default().push(*kind);
    }
    let shared = |(status, kinds): (StatusCode, Vec<Kind>)| {
        let slugs: Vec<&str> = kinds.into_iter().map(Kind::slug).collect();
        (status.as_str().to_owned(), Ref::from_response_name(slugs.join(OR)).into())
    };
    by_status.into_iter().map(shared).collect()
}

/// The kinds that the component of this name stands for.
pub fn kinds(name: &str) -> impl Iterator<Item = Kind> {
    name.split(OR).filter_map(|slug| Kind::ALL.iter().find(|kind| kind.slug() == slug).copied())
}

/// The component of this name.
pub fn component(name: &str) -> Option<Response> {
    let kinds: Vec<Kind> = kinds(name).collect();
    Some(response(kinds.first()?.status(), &kinds))
}

fn response(status: StatusCode, kinds: &[Kind]) -> Response {
    let described: Vec<String> =
        kinds.iter().map(|kind| format!("`{}`: {}", kind.slug(), kind.title())).collect();
    let examples = kinds.iter().map(|kind| (kind.slug(), ExampleBuilder::new().value(Some(example(*kind)))));
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(examples)
        .build();
    let response =
        ResponseBuilder::new().description(described.join("; ")).content("application/problem+json", content);
    match status {
        StatusCode::UNAUTHORIZED => response.header(
            "WWW-Authenticate",
            header(Type::String, "How to sign in.", kinds.first().map_or("", |kind| kind.challenge())),
        ),
        StatusCode::TOO_MANY_REQUESTS if kinds == [Kind::SourceRateLimited] => {
            response.header("Retry-After", retry_after())
        }
        StatusCode::TOO_MANY_REQUESTS => response
            .header("Retry-After", retry_after())
            .header(
                "RateLimit-Policy",
                header(Type::String, "What a minute allows.", r#""requests";q=6000;w=60"#),
            )
            .header(
                "RateLimit",
                header(
                    Type::String,
                    "What is left, and in how many seconds all of it.",
                    r#""requests";r=0;t=60"#,
                ),
            ),
        StatusCode::SERVICE_UNAVAILABLE => response.header("Retry-After", retry_after()),
        _ => response,
    }
    .build()
}

fn retry_after() -> Header {
    header(Type::Integer, "Seconds to wait before the next try.", 1)
}

fn header(of: Type, description: &str, example: impl Into<Value>) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(of)))
        .description(Some(description))
        .example(Some(example.into()))
        .build()
}

pub fn example(kind: Kind) -> Value {
    let about = |pointer| Problem::about(kind, pointer, detail(kind));
    let problem = if kind == Kind::InvalidRequest {
        Problem::fields(vec![
            FieldError { pointer: "/url".to_owned(), detail: "must be a text".to_owned() },
            FieldError { pointer: "/colour".to_owned(), detail: "is unknown".to_owned() },
        ])
    } else if kind == Kind::IdempotencyKeyReused {
        about("Idempotency-Key")
    } else if kind == Kind::FanOutTooLarge {
        about("")
    } else {
        Problem::new(kind, detail(kind))
    };
    serde_json::to_value(problem.written(REQUEST_ID)).unwrap_or_default()
}

/// As it could have been said.
fn detail(kind: Kind) -> &'static str {
    match kind {
        Kind::MalformedJson => "line 1, column 12: expected value",
        Kind::TenantRequired => "an operator's key belongs to no tenant: name one in X-Tenant-Id",
        Kind::Unauthorized => "the key is unknown",
        Kind::Forbidden => "a key of the role viewer may not do this",
        Kind::NotFound => "there is no such endpoint",
        Kind::MethodNotAllowed => "the header Allow lists the methods of this path",
        Kind::TenantExists => "the tenant id acme is taken",
        Kind::EndpointLimitReached => "a user may have 5 endpoints",
        Kind::EndpointNotActive => "its endpoint is disabled, failed or deleted: set it to active first",
        Kind::ReplayLimitReached => {
            "a tenant may have 100 replays under way: cancel one, or wait for its end"
        }
        Kind::PayloadExpired => {
            "its event is there still, but not what was to be sent: see retention.payload_days"
        }
        Kind::EventReleased => "its time has come: it is sent, or was",
        Kind::DeliveryFinished => "its status is success: there is nothing to retry",
        Kind::PreconditionFailed => r#"its ETag is "17" now: read it again and decide anew"#,
        Kind::SignatureWrong => {
            "nothing was taken: the signature has to be that of the body, by the source's secret"
        }
        Kind::SourceLimitReached => "a tenant may have 100 sources",
        Kind::SourceRateLimited => "the source may send 100 requests a minute",
        Kind::BodyTooLarge => "the body is larger than this path takes",
        Kind::UnsupportedMediaType => "send the body as Content-Type: application/json",
        Kind::InvalidRequest => "/url: must be a text",
        Kind::TooManyStreams => "the key has as many streams as it may have: end one of them",
        Kind::IdempotencyKeyReused => "the key was used for another request: send a new key with it",
        Kind::FanOutTooLarge => "it would cause 60000 deliveries, and may cause 50000",
        Kind::RateLimited => "a key may make 6000 requests a minute",
        Kind::Internal => "the error is in our log under the request's id",
        Kind::Overloaded => "nothing was taken: try again in a moment",
        Kind::Unavailable | Kind::TimedOut => "look whether it was done before you send it again",
    }
}
