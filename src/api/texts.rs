//! Texts of a known form as the OpenAPI document describes them: ids, instants, patterns, words out of a few.
//!
//! For the document alone: a text is read and written by `domain`, whose words these are. The tests below hold the two
//! against each other. Leaves out: what a form cannot say (that a name is taken, that an address is a private one).

use std::borrow::Cow;

use actors::ports::Close;
use domain::action::Action as Done;
use domain::attempt::BodyEncoding as OfBody;
use domain::credentials::Kind as CredentialsKind;
use domain::delivery::{Reason, Status as OfDelivery};
use domain::endpoint::{Kind as KindOfEndpoint, Status as OfEndpoint};
use domain::event::Source as OfEvent;
use domain::format::Format;
use domain::inbound::Kind as OfSource;
use domain::outcome::Outcome as OfAttempt;
use domain::signature::Signatures;
use domain::tenant::Role as OfKey;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::control::Part;
use super::etag;
use super::problem::Kind;
use crate::ledger::admin::replays::Which as Replayed;
use crate::ledger::admin::statistics::By as RankedBy;

/// 26 characters of Crockford's base32 in lower case that are 128 bits.
const UUID: &str = "[0-7][0-9a-hjkmnp-tv-z]{25}";
const UUID_EXAMPLE: &str = "01h455vb4pex5vsknk084sn02q";
const TIME_EXAMPLE: &str = "2026-01-02T03:04:05.678Z";

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn id(prefix: &str, parts: usize) -> ObjectBuilder {
    text()
        .pattern(Some(format!("^{prefix}{}$", UUID.repeat(parts))))
        .examples([format!("{prefix}{}", UUID_EXAMPLE.repeat(parts))])
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    text().enum_values(Some(words))
}

fn instant() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).examples([TIME_EXAMPLE])
}

/// Types that stand for a text in the document, under their own names there, described by their comments.
macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:expr;)+) => {
        $(
            $(#[doc = $doc])+
            pub struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let described: ObjectBuilder = $text;
                    described.description(Some(concat!($($doc),+).trim())).into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )+

        /// All of them by name.
        pub fn all() -> Vec<(String, RefOr<Schema>)> {
            vec![$((stringify!($name).to_owned(), $name::schema()),)+]
        }
    };
}

texts! {
    /// An endpoint's id.
    EndpointId = id("ep_", 1);
    /// An event's id, ours.
    EventId = id("evt_", 1);
    /// A delivery's id: `webhook-id` of every attempt.
    DeliveryId = id("dlv_", 2);
    /// A key's id. Not the key itself.
    KeyId = id("key_", 1);
    /// A replay's id.
    ReplayId = id("rpl_", 1);
    /// The id of a message that could not be mapped.
    UnroutableId = id("unr_", 1);
    /// A source's id.
    SourceId = id("src_", 1);
    /// The id of a line of the audit log.
    AuditId = id("aud_", 1);
    /// A tenant's id.
    TenantId = text().pattern(Some("^[a-z0-9_-]{1,63}$")).examples(["acme"]);
    /// An event's id as its receivers see it: the producer's own where it gave one, else ours.
    PublicEventId =
        text().min_length(Some(1)).max_length(Some(200)).pattern(Some("^[ -~]+$")).examples(["order-42-paid"]);
    /// Tokens of letters, digits, `_` and `-`, separated by dots.
    EventType = text()
        .min_length(Some(1))
        .max_length(Some(200))
        .pattern(Some(r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"))
        .examples(["order.paid"]);
    /// The version of CloudEvents that is understood.
    SpecVersion = words(["1.0"]).examples(["1.0"]);
    /// A URI or a relative reference (RFC 3986).
    UriReference = text()
        .min_length(Some(1))
        .max_length(Some(1024))
        .pattern(Some(r"^([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$"))
        .examples(["/shops/7"]);
    /// What an attribute of a CloudEvent says: no control characters, 1,024 bytes at most.
    AttributeText = text().min_length(Some(1)).max_length(Some(1024)).examples(["42"]);
    /// An event type, in which `*` stands for any one token, and `>`, at the end, for one or more.
    EventPattern = text()
        .min_length(Some(1))
        .max_length(Some(200))
        .pattern(Some(r"^((\*|[A-Za-z0-9_-]+)\.)*(\*|>|[A-Za-z0-9_-]+)$"))
        .examples(["order.>"]);
    /// The name of a channel.
    Channel = text()
        .min_length(Some(1))
        .max_length(Some(64))
        .pattern(Some(r"^[A-Za-z0-9_.-]+$"))
        .examples(["emea"]);
    /// An instant in RFC 3339, from 1970 to 9999.
    Instant = instant();
    /// An instant as answers write it: RFC 3339 in UTC, to the millisecond.
    Time = instant().pattern(Some(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"));
    /// A length of time: days, hours, minutes, seconds, milliseconds, the longer unit first.
    Span = text()
        .min_length(Some(2))
        .max_length(Some(40))
        .pattern(Some("^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"))
        .examples(["1h30m"]);
    /// A URL whose scheme is https; or http, where the configuration allows the address. Without user and password.
    Url = text()
        .max_length(Some(2048))
        .pattern(Some(r"^[Hh][Tt][Tt][Pp][Ss]?://\S+$"))
        .examples(["https://example.com/hook"]);
    /// A signing secret: `whsec_` and base64 of 24 to 64 bytes, or plain text of 16 to 128 characters.
    Secret = text()
        .min_length(Some(16))
        .max_length(Some(128))
        .examples(["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]);
    /// How an endpoint is authorized to: what it is given is never shown.
    AuthKind = words(CredentialsKind::ALL.map(CredentialsKind::as_str)).examples(["bearer"]);
    /// A token: printable ASCII without a space.
    BearerToken = text()
        .min_length(Some(1))
        .max_length(Some(4000))
        .pattern(Some("^[!-~]+$"))
        .examples(["a-token-that-the-endpoint-knows"]);
    /// A user name, without a colon.
    Username = text()
        .max_length(Some(1000))
        .pattern(Some(r"^[^:\u0000-\u001f\u007f-\u009f]*$"))
        .examples(["hookyard"]);
    /// A password.
    Password = text()
        .max_length(Some(1000))
        .pattern(Some(r"^[^\u0000-\u001f\u007f-\u009f]*$"))
        .examples(["open sesame"]);
    /// The beginning of header names, with its last `-`.
    HeaderPrefix = text()
        .min_length(Some(2))
        .max_length(Some(40))
        .pattern(Some(r"^[A-Za-z0-9][A-Za-z0-9!#$%&'*+.^_`|~-]*-$"))
        .examples(["X-Webhook-"]);
    /// A text of one line.
    Line = text()
        .min_length(Some(1))
        .max_length(Some(200))
        .pattern(Some(r"^[^\u0000-\u001f\u007f-\u009f]+$"))
        .examples(["Orders"]);
    /// What opens this API. Whoever has it needs no more.
    BearerKey = text().pattern(Some("^hy_[A-Za-z0-9_-]{40,}$")).examples(["hy_3fB9cJm0vQx2uWz5y8AbCdEfGhIjKlMnOpQrStUvWxY"]);
    /// A request's id.
    RequestId = text()
        .min_length(Some(1))
        .max_length(Some(128))
        .pattern(Some("^[A-Za-z0-9_.:/+=-]+$"))
        .examples(["req_0188b2c8fad14df1a6b4f0f7c7d1e5aa"]);
    /// A trace's id, as W3C Trace Context has it.
    TraceId = text().pattern(Some("^[0-9a-f]{32}$")).examples(["0af7651916cd43dd8448eb211c80319c"]);
    /// Which version of a thing it is.
    EntityTag = text().pattern(Some("^\"[0-9]+\"$")).examples(["\"17\""]);
    /// Versions that are meant.
    EntityTags = text().max_length(Some(etag::TAGS_BYTES_MAX)).examples(["\"17\""]);
    /// Made by the client for one request: random, a UUID for instance.
    IdempotencyKey = text()
        .min_length(Some(1))
        .max_length(Some(255))
        .pattern(Some("^[ -~]+$"))
        .examples(["6f1c2b0e-5d1a-4a57-9d0c-6f6a54c0b1d2"]);
    /// Where a list goes on. Nobody should read it.
    Cursor = text().pattern(Some("^[A-Za-z0-9_-]+$")).examples(["ZXZ0XzAxaDQ1NXZiNHBleDV2c2tuazA4NHNuMDJx"]);
    /// `nextCursor` of the page before; empty for the first.
    CursorAsked = text().pattern(Some("^[A-Za-z0-9_-]*$")).examples([""]);
    /// `active`: deliveries flow. `paused`: they wait. `disabled` (by its owner) and `failed` (given up): nothing is owed
    /// to it.
    EndpointStatus = words(OfEndpoint::ALL.map(OfEndpoint::as_str)).examples(["active"]);
    /// A status that an endpoint's owner may give it.
    EndpointStatusAsked = words(["active", "paused", "disabled"]).examples(["paused"]);
    /// How a part of the service is.
    PartStatus = words(Part::ALL.map(Part::as_str)).examples(["ok"]);
    /// What sends to a source. `github`: GitHub. `standard`: whoever signs as Standard Webhooks says. `generic-hmac`: whoever
    /// signs the body with an HMAC-SHA256 in a header.
    SourceKind = words(OfSource::ALL.map(OfSource::as_str)).examples(["github"]);
    /// Where a source's requests go: below `server.base_url`, or a path of this service where that is not set.
    SourceUrl = text()
        .pattern(Some("^(https?://\\S+)?/api/v1/inbound/src_[0-9a-hjkmnp-tv-z]{26}$"))
        .examples(["https://hooks.example.com/api/v1/inbound/src_01h455vb4pex5vsknk084sn02q"]);
    /// What a source's requests are signed with: plain text of 16 to 128 characters, which is the key; of the kind `standard`
    /// as an endpoint's.
    SourceSecret = text()
        .min_length(Some(16))
        .max_length(Some(128))
        .examples(["3f1c2b0e5d1a4a579d0c6f6a54c0b1d2"]);
    /// A header's name.
    HeaderName = text()
        .min_length(Some(1))
        .max_length(Some(100))
        .pattern(Some(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"))
        .examples(["X-Shop-Topic"]);
    /// A JSON pointer (RFC 6901) into the body, of ten parts at most.
    BodyPointer = text()
        .min_length(Some(1))
        .max_length(Some(200))
        .pattern(Some("^(/([^/~]|~[01])*){1,10}$"))
        .examples(["/order/id"]);
    /// What stands before a signature in its header.
    SignaturePrefix = text().max_length(Some(50)).pattern(Some("^[!-~]*$")).examples(["sha256="]);
    /// How a signature's bytes are written.
    SignatureEncoding = words(["hex", "base64"]).examples(["hex"]);
    /// What takes its requests. `discord` and `slack`: a webhook there, which gets messages.
    EndpointKind = words(KindOfEndpoint::ALL.map(KindOfEndpoint::as_str)).examples(["http"]);
    /// A signature of Standard Webhooks. `v1`: HMAC-SHA256 by the secret. `v1a`: ed25519 by a key of our own, which
    /// `publicKey` verifies.
    SignatureVersion = words(Signatures::Both.names().iter().copied()).examples(["v1"]);
    /// What verifies `v1a` signatures: `whpk_` and base64 of the 32 bytes of an ed25519 key.
    PublicKey = text()
        .pattern(Some("^whpk_[A-Za-z0-9+/]{43}=$"))
        .examples(["whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]);
    /// What the body of its requests looks like. `hookyard`: event, timestamp, eventId and data. `standard`: type, timestamp
    /// and data, as Standard Webhooks has it. `cloudevents`: CloudEvents 1.0 in structured mode. `data`: data alone.
    PayloadFormat = words(Format::ALL.map(Format::as_str)).examples(["hookyard"]);
    /// `pending`: never tried. `retrying`: `nextAttemptAt` is set. `success`: `deliveredAt` is set. `dead`: a dead letter.
    /// `skipped`: given up without blame.
    DeliveryStatus = words(OfDelivery::ALL.map(OfDelivery::as_str)).examples(["success"]);
    /// Why a delivery is dead (`poison`: it cannot be sent, as where a template fails on its event), or was skipped (`endpoint_deleted`, `expired`, `cancelled`).
    DeadReason = words(Reason::ALL.map(Reason::as_str)).examples(["exhausted"]);
    /// Why a dead letter is one.
    DeadReasonOfLetter = words(Reason::ALL.into_iter().filter(|reason| reason.ends_in() == OfDelivery::Dead).map(Reason::as_str))
        .examples(["exhausted"]);
    /// A delivery's status to look for; `failed` is another word for `dead`.
    DeliveryStatusAsked = words(OfDelivery::ALL.map(OfDelivery::as_str).into_iter().chain([OfEndpoint::Failed.as_str()]))
        .examples(["dead"]);
    /// Which deliveries to replay. `dead`: dead letters. `unsent`: events that were never owed to the endpoint.
    ReplayStatus = words(Replayed::ALL.map(Replayed::as_str)).examples(["dead"]);
    /// `kill`: it goes on no further, wherever it is. `panic`: when it comes to it.
    FaultKind = words(["kill", "panic"]).examples(["kill"]);
    /// What somebody did. `endpoint.failed`: the service gave it up.
    Action = words(Done::ALL.map(Done::as_str)).examples(["endpoint.changed"]);
    /// How an attempt ended.
    Outcome = words(OfAttempt::ALL.map(OfAttempt::as_str)).examples(["succeeded"]);
    /// How `body` stands for the bytes that came. `utf8`: it is them. `base64`: they are no UTF-8, or hold a NUL.
    BodyEncoding = words(OfBody::ALL.map(OfBody::as_str)).examples(["utf8"]);
    /// `closed`: nothing is held back. `open`: nothing is sent. `probing`: one request at a time is.
    BreakerState = words(["closed", "open", "probing"]).examples(["closed"]);
    /// `ok`: as it should be. `warn`: it works, but less safely, or for less than is configured. `fail`: it does not work, or
    /// could lose what was accepted.
    FindingState = words(["ok", "warn", "fail"]).examples(["ok"]);
    /// What endpoints are ranked by.
    TopBy = words(RankedBy::ALL.map(RankedBy::as_str)).examples(["failures"]);
    /// What follows from an attempt. `disable`: the endpoint is given up with it. `skipped`: the delivery ended meanwhile.
    Verdict = words(Close::WORDS.into_iter().chain(["disable"])).examples(["delivered"]);
    /// Where an event came from.
    Source = words(OfEvent::ALL.map(OfEvent::as_str)).examples(["http"]);
    /// `operator`: the whole instance. `admin`: one tenant, its keys included. `editor`: its endpoints, events and
    /// deliveries. `producer`: may only publish. `viewer`: reads.
    Role = words(OfKey::ALL.map(OfKey::as_str)).examples(["producer"]);
    /// What went wrong: a page that explains it.
    ProblemType = words(Kind::ALL.iter().map(|kind| kind.reference())).examples([Kind::InvalidRequest.reference()]);
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use domain::event::EventKey;
    use domain::headers::HeaderPrefix as Prefix;
    use domain::id;
    use domain::matching::{EventType as Type, Pattern};
    use domain::signature::Secret as Signing;
    use domain::span::{NotASpan, Span as Length};
    use domain::tenant::TenantId as Tenant;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::api::fields;

    /// Whether a text is of a form, by the document.
    fn form<T: PartialSchema>() -> impl Fn(&str) -> bool {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let options = jsonschema::options().should_validate_formats(true).offline();
        let validator = options.build(&schema).unwrap();
        move |text| validator.is_valid(&Value::from(text))
    }

    fn reads<T: FromStr>(text: &str) -> bool {
        text.parse::<T>().is_ok()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_form_takes_what_domain_takes_and_nothing_else(
            near in prop::collection::vec("[a-z]{1,3}|[A-Z0-9_.*>~ü -]|ep_[0-9a-z]{26}|[0-9]{1,3}(d|h|m|s|ms)?", 0..6),
            far in prop::collection::vec("\\PC{0,12}", 4),
            long in "[a-z]{180,220}",
        ) {
            let (near, long) = ([near.concat()], [long]);
            for text in near.iter().chain(&far).chain(&long).map(String::as_str) {
                prop_assert_eq!(form::<TenantId>()(text), reads::<Tenant>(text), "{:?}", text);
                prop_assert_eq!(form::<EventType>()(text), reads::<Type>(text), "{:?}", text);
                prop_assert_eq!(form::<EventPattern>()(text), reads::<Pattern>(text), "{:?}", text);
                prop_assert_eq!(form::<PublicEventId>()(text), EventKey::parse(text).is_ok(), "{:?}", text);
                let is_span = matches!(text.parse::<Length>(), Ok(_) | Err(NotASpan::TooLong));
                prop_assert_eq!(form::<Span>()(text), is_span, "{:?}", text);
                prop_assert_eq!(form::<EndpointId>()(text), reads::<id::EndpointId>(text), "{:?}", text);
                let of_line = fields::text(1..=200)(Value::from(text)).is_ok();
                prop_assert_eq!(form::<Line>()(text), of_line, "{:?}", text);
            }
        }

        #[test]
        fn ids_are_of_their_form(event: u128, endpoint: u128) {
            let (event, endpoint) =
                (id::EventId(uuid::Uuid::from_u128(event)), id::EndpointId(uuid::Uuid::from_u128(endpoint)));
            prop_assert!(form::<EventId>()(&event.to_string()) && form::<EndpointId>()(&endpoint.to_string()));
            let delivery = id::DeliveryId { event, endpoint }.to_string();
            prop_assert!(form::<DeliveryId>()(&delivery));
        }
    }

    /// What domain refuses for more than its form is of the form all the same.
    #[test]
    fn what_is_taken_is_of_its_form() {
        for prefix in
            ["X-Webhook-", "x-reloop-", "a-", "X!#$%&'*+.^_`|~-", "webhook-", "", "-", "X-ü-", "X- -"]
        {
            assert!(!reads::<Prefix>(prefix) || form::<HeaderPrefix>()(prefix), "{prefix}");
        }
        assert!(form::<HeaderPrefix>()("X-DevCard-") && !form::<HeaderPrefix>()("X-DevCard"));
        for secret in [Signing::generate([7; 32]).expose(), "sixteen letters.", &"x".repeat(128)] {
            assert!(Signing::parse(secret).is_ok() && form::<Secret>()(secret), "{secret}");
        }
        assert!(!form::<Secret>()("fifteen letters") && !form::<Secret>()(&"x".repeat(129)));
        for url in ["https://example.com/", "HTTP://[2001:db8::1]:8080/a?b=|{}", "https://exämple.com/ü"] {
            assert!(form::<Url>()(url), "{url}");
        }
        assert!(!form::<Url>()("ftp://example.com/") && !form::<Url>()("https://exa mple.com/"));
        for (at, is_time) in [
            ("2026-01-02T03:04:05.678Z", true),
            ("2026-01-02T03:04:05Z", false),
            ("2026-01-02T03:04:05.678+01:00", false),
            ("2026-13-02T03:04:05.678Z", false),
        ] {
            assert_eq!(form::<Time>()(at), is_time, "{at}");
            assert_eq!(form::<Instant>()(at), domain::event::instant(at).is_ok(), "{at}");
        }
    }
}
