//! A filter as the OpenAPI document describes it. It is read and decided by `domain`.

use std::borrow::Cow;

use serde_json::json;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

pub struct EventFilter;

impl PartialSchema for EventFilter {
    fn schema() -> RefOr<Schema> {
        let either = SchemaType::from_iter([Type::Object, Type::Array]);
        let of_a_field = ObjectBuilder::new().schema_type(either);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "A filter on the event, in the language of event patterns that Amazon EventBridge made common: fields of \
                 `event`, `eventId`, `timestamp`, `channels` and `data`, each with a list of what it may be: values, `prefix`, \
                 `suffix`, `equals-ignore-case`, `wildcard`, `numeric`, `cidr`, `anything-but`, `exists`; `$or`. 8 KiB at \
                 most; numbers keep all their digits.",
            ))
            .min_properties(Some(1))
            .additional_properties(Some(RefOr::T(Schema::from(of_a_field))))
            .examples([json!({"data.amount": [{"numeric": [">", 100]}]})])
            .into()
    }
}

impl ToSchema for EventFilter {
    fn name() -> Cow<'static, str> {
        "EventFilter".into()
    }
}
