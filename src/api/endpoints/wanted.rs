//! What may be asked of an endpoint, for the OpenAPI document. What reads it is [`super::input`].

use std::borrow::Cow;

use domain::headers::{HEADERS_MAX, NAME_BYTES_MAX, VALUE_BYTES_MAX};
use domain::message::TEMPLATES_MAX;
use serde_json::json;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::texts;

macro_rules! wanted {
    ($(#[$of:meta])* $name:ident { $($own:tt)* }) => {
        #[derive(ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        $(#[$of])*
        #[expect(dead_code, reason = "for the OpenAPI document")]
        pub struct $name {
            $($own)*
            /// What people call it. For a new one: the URL's host when absent.
            #[schema(required = false)]
            name: texts::Line,
            /// Its owner, for the limit per user. Null: none.
            user_id: Option<texts::Line>,
            /// Only events that bear one of these. None: those without any, too.
            #[schema(required = false, max_items = 10)]
            channels: Vec<texts::Channel>,
            /// Which events of these types: a filter on what is in them. Null: all.
            filter: Option<super::EventFilter>,
            #[schema(required = false)]
            custom_headers: CustomHeaders,
            /// Whether attempts are limited to `maxRequestsPerMinute`; what is over waits. For a new one: true when one of
            /// the two numbers is given, else as configured.
            #[schema(required = false)]
            rate_limit_enabled: bool,
            /// Attempts a minute, retries included.
            #[schema(required = false, minimum = 1, maximum = 1_000_000)]
            max_requests_per_minute: u32,
            /// Attempts at once after a rest. In any window, no more than these and what `maxRequestsPerMinute` makes of it.
            #[schema(required = false, minimum = 1, maximum = 100_000)]
            burst: u32,
            /// Requests at a time. For a new one of kind `discord` or `slack`: 1.
            #[schema(required = false, minimum = 1, maximum = 256)]
            max_in_flight: u32,
            /// Strictly one delivery after the other, in the order of publishing: one that is retried holds up those behind
            /// it, one that is dead lets them go.
            #[schema(required = false)]
            ordered: bool,
            /// Milliseconds for one attempt, from resolving the name to the end of the answer; 30,000 at most, unless
            /// configured otherwise.
            #[schema(required = false, minimum = 10)]
            timeout_ms: u32,
            /// Attempts after the first.
            #[schema(required = false, maximum = 100)]
            max_retries: u32,
            #[schema(required = false)]
            retry_schedule: RetrySchedule,
            /// Failed attempts in a row that disable it. Null: never.
            #[schema(minimum = 1, maximum = 1_000_000)]
            auto_disable_after: Option<u32>,
            /// … but only if they span at least this.
            #[schema(required = false)]
            auto_disable_min_duration: texts::Span,
            #[schema(required = false)]
            header_prefix: texts::HeaderPrefix,
            /// Changed, `url` has to be sent with it. `discord` and `slack` get messages, without signatures: neither
            /// `format`, `signatures`, `headerPrefix` nor `secret` is theirs.
            #[schema(required = false)]
            kind: texts::EndpointKind,
            /// What `webhook-signature` holds, each once. For a new one: `v1`.
            #[schema(required = false, min_items = 1, max_items = 2)]
            signatures: Vec<texts::SignatureVersion>,
            #[schema(required = false)]
            format: texts::PayloadFormat,
            /// A template (Jinja) for all events that none of `templates` is for: of a message's text, or of a message or
            /// body as JSON; 16 KiB at most. Null: none.
            template: Option<String>,
            /// Null: none.
            templates: Option<EventTemplates>,
            /// Null: none.
            auth: Option<Auth>,
        }
    };
}

wanted! {
    /// An endpoint to be made.
    #[schema(examples(json!({
        "url": "https://example.com/hook", "events": ["member.created", "github.pull_request.*", "order.>"],
        "name": "Orders", "userId": "u_42", "customHeaders": {"X-Env": "prod"}, "maxRequestsPerMinute": 60, "burst": 10,
        "maxRetries": 3, "retrySchedule": ["0s", "1m", "5m", "15m"]})))]
    NewEndpoint {
        url: texts::Url,
        /// What it is told: each pattern once.
        #[schema(min_items = 1, max_items = 100)]
        events: Vec<texts::EventPattern>,
        /// Made when absent.
        #[schema(required = false)]
        secret: texts::Secret,
    }
}

wanted! {
    /// What changes of an endpoint; what is absent stays as it is.
    #[schema(examples(json!({"status": "paused"})))]
    EndpointChange {
        #[schema(required = false)]
        url: texts::Url,
        /// What it is told from now on: each pattern once.
        #[schema(required = false, min_items = 1, max_items = 100)]
        events: Vec<texts::EventPattern>,
        /// It takes the place of the others at once: rotate-secret lets them overlap.
        #[schema(required = false)]
        secret: texts::Secret,
        #[schema(required = false)]
        status: texts::EndpointStatusAsked,
    }
}

/// The waits before attempts, within one set: at first, then after each failure.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub enum RetrySchedule {
    Listed(ListedWaits),
    Growing(GrowingWaits),
}

/// The waits before attempt 1, 2, 3, …, each 7d at most; the last repeats, and up to a tenth is added by chance.
#[derive(ToSchema)]
#[schema(min_items = 1, max_items = 50)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct ListedWaits(Vec<texts::Span>);

/// Attempt 1 at once, attempt 2 after `initial`, each further wait `factor` times the one before, up to `max`; chance
/// adds up to `jitter` times the wait.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"initial": "5s", "factor": 4, "max": "10h", "jitter": 0.2})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct GrowingWaits {
    /// Longer than nothing, 7d at most.
    initial: texts::Span,
    #[schema(minimum = 1, maximum = 100)]
    factor: f64,
    /// No shorter than `initial`, 7d at most.
    max: texts::Span,
    #[schema(minimum = 0, maximum = 1)]
    jitter: f64,
}

/// What is sent as `Authorization` on every attempt: kept sealed, never shown, and not beside a custom header of that
/// name. Answers have its kind alone.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub enum Auth {
    Bearer(BearerAuth),
    Basic(BasicAuth),
}

/// A bearer token.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"bearer": "a-token-that-the-endpoint-knows"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct BearerAuth {
    bearer: texts::BearerToken,
}

/// A user name and a password.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"basic": {"username": "hookyard", "password": "open sesame"}})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct BasicAuth {
    basic: BasicPair,
}

/// By RFC 7617, in UTF-8.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"username": "hookyard", "password": "open sesame"})))]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct BasicPair {
    username: texts::Username,
    password: texts::Password,
}

/// Templates by event type.
pub struct EventTemplates;

impl PartialSchema for EventTemplates {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "Templates by the pattern of the event types that each is for; of several the most specific one is taken.",
            ))
            .max_properties(Some(TEMPLATES_MAX))
            .additional_properties(Some(RefOr::T(Schema::from(ObjectBuilder::new().schema_type(Type::String)))))
            .examples([json!({"order.paid": "Order {{ data.order.id }} is paid"})])
            .into()
    }
}

impl ToSchema for EventTemplates {
    fn name() -> Cow<'static, str> {
        "EventTemplates".into()
    }
}

/// Headers of one's own.
pub struct CustomHeaders;

impl PartialSchema for CustomHeaders {
    fn schema() -> RefOr<Schema> {
        let name = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(NAME_BYTES_MAX))
            .pattern(Some(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"));
        let value = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(VALUE_BYTES_MAX))
            .pattern(Some(r"^[\t -~]*$"));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "Headers of one's own, 16 KiB in all. Not those of the connection, of the body or of proxies, nor any that \
                 begins with `webhook-`, `X-Webhook-` or the endpoint's prefix, nor one that holds a key of this API. \
                 Shown to whoever may read the endpoint: `auth` is not.",
            ))
            .max_properties(Some(HEADERS_MAX))
            .property_names(Some(name))
            .additional_properties(Some(RefOr::T(Schema::from(value))))
            .examples([json!({"X-Env": "prod"})])
            .into()
    }
}

impl ToSchema for CustomHeaders {
    fn name() -> Cow<'static, str> {
        "CustomHeaders".into()
    }
}
