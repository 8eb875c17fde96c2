//! The OpenAPI document: what stands above the operations, and what all of them have in common.
//!
//! Handlers say what is theirs: parameters, bodies, problems. Here each is given the headers that every request may
//! carry and every answer has, and an example of every body, made of its schema's own.

use domain::tenant::{Permission, Role};
use serde_json::{Map, Value};
use utoipa::OpenApi as _;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ArrayItems, Components, ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, Header, OpenApi, Ref, RefOr, Response, Schema};

use super::problem::{self, FieldError, Kind, Written};
use super::texts;

const TENANT: &str = "X-Tenant-Id";
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const REQUEST_ID: &str = "X-Request-Id";
/// Of operations about the instance, which are about no tenant's things, or of those that know whose they are.
const INSTANCE_TAGS: [&str; 5] = ["tenants", "status", "configuration", "chaos", "inbound"];
/// Where a handler says what a key needs for it, in the words of [`Permission`].
const PERMISSION: &str = "x-permission";
const PAGE: &str = "Page_";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Hookyard",
        description = "Events go in, webhooks come out: signed, retried, logged, and never lost.\n\n\
            Every request but those for health and those to sources needs a key: `Authorization: Bearer hy_…`. Errors are problems \
            (RFC 9457), each with a page that explains it. Lists are newest first, page by page along `nextCursor`. \
            An unknown field is refused, and so is one that is not built yet.\n\n\
            The requests of a key are counted, by default all but those that publish: the headers `RateLimit-Policy` and \
            `RateLimit` of the answers say how many a minute allows (`q`), how many are left (`r`), and in how many \
            seconds all of them are there again (`t`).",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "Where this document is from")),
    components(schemas(Written, FieldError)),
    tags(
        (name = "audit log", description = "Who did what; for admins"),
        (name = "chaos", description = "Faults on request; for operators, and tests"),
        (name = "configuration", description = "Of the node that answers; for operators"),
        (name = "dead letters", description = "Deliveries that ended without success, and their replay"),
        (name = "deliveries", description = "One event owed to one endpoint each, with its attempts"),
        (name = "endpoints", description = "Where events go, and how: the items of `/webhooks`"),
        (name = "events", description = "What producers publish"),
        (name = "inbound", description = "What others send to us, signed; without a key"),
        (name = "keys", description = "What opens this API"),
        (name = "sources", description = "Who may send webhooks to us"),
        (name = "status", description = "How the instance stands; for operators"),
        (name = "tenants", description = "Whose things they are; for operators")
    ),
    security(("key" = [])),
)]
struct Head;

/// A document without operations.
pub fn head() -> OpenApi {
    Head::openapi()
}

/// The document of these operations, with all that they have in common.
pub fn completed(mut document: OpenApi) -> OpenApi {
    let mut components = document.components.take().unwrap_or_default();
    components.add_security_scheme("key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (name, text) in texts::all() {
        components.schemas.insert(name, text);
    }
    name_items(&mut components);
    components.headers.insert(REQUEST_ID.to_owned(), request_id().into());
    for parameter in [tenant_parameter(), idempotency_key_parameter(), request_id_parameter()] {
        components.parameters.insert(parameter.name.clone(), parameter.into());
    }
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        complete(operation, &mut components);
    }
    components.responses.values_mut().for_each(with_request_id);
    document.components = Some(components);
    document
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.post, &mut path.put, &mut path.patch, &mut path.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn complete(operation: &mut Operation, components: &mut Components) {
    let is_about_a_tenant = !operation.tags.iter().flatten().any(|tag| INSTANCE_TAGS.contains(&tag.as_str()));
    say_who_may(operation);
    let may_be_sent_again = answers(operation, Kind::IdempotencyKeyReused);
    let parameters = operation.parameters.get_or_insert_default();
    parameters.extend(is_about_a_tenant.then(|| parameter(TENANT)));
    parameters.extend(may_be_sent_again.then(|| parameter(IDEMPOTENCY_KEY)));
    parameters.push(parameter(REQUEST_ID));
    if let Some(body) = operation.request_body.as_mut().and_then(inline) {
        for content in body.content.values_mut().filter_map(inline) {
            // A body that may be left out is not one that may be null.
            if let Some(RefOr::T(Schema::OneOf(either))) = &content.schema
                && let [whole @ RefOr::Ref(_), _null] = either.items.as_slice()
            {
                content.schema = Some(whole.clone());
            }
            exemplify(content, components);
        }
    }
    for response in operation.responses.responses.values_mut() {
        match response {
            RefOr::Ref(shared) => {
                let slug = name(shared);
                if let Some(shared) = problem::component(slug) {
                    components.responses.insert(slug.to_owned(), shared.into());
                }
            }
            RefOr::T(own) => {
                own.content
                    .values_mut()
                    .filter_map(inline)
                    .for_each(|content| exemplify(content, components));
            }
        }
        with_request_id(response);
    }
}

/// Whether a problem of this kind is among its answers.
fn answers(operation: &Operation, kind: Kind) -> bool {
    let mut responses = operation.responses.responses.values();
    responses.any(|response| match response {
        RefOr::Ref(shared) => problem::kinds(name(shared)).any(|of_it| of_it == kind),
        RefOr::T(_) => false,
    })
}

/// What a reference names.
fn name(reference: &Ref) -> &str {
    reference.ref_location.rsplit('/').next().unwrap_or_default()
}

/// What an operation needs, in words: the roles whose keys may do it.
fn say_who_may(operation: &mut Operation) {
    let needed = operation.extensions.as_ref().and_then(|extensions| extensions.get(PERMISSION)?.as_str());
    let needed = Permission::ALL.into_iter().find(|permission| Some(permission.as_str()) == needed);
    let Some(needed) = needed else { return };
    let roles: Vec<&str> = Role::ALL.into_iter().filter(|role| role.may(needed)).map(Role::as_str).collect();
    let who = format!("For keys of these roles: {}.", roles.join(", "));
    let before = operation.description.take().filter(|text| !text.is_empty());
    operation.description = Some(before.map_or(who.clone(), |text| format!("{text}\n\n{who}")));
}

fn inline<T>(either: &mut RefOr<T>) -> Option<&mut T> {
    match either {
        RefOr::T(inline) => Some(inline),
        RefOr::Ref(_) => None,
    }
}

fn with_request_id(response: &mut RefOr<Response>) {
    if let RefOr::T(response) = response {
        let shared = Ref::new(format!("#/components/headers/{REQUEST_ID}"));
        response.headers.insert(REQUEST_ID.to_owned(), RefOr::Ref(shared));
    }
}

/// What a page holds is written down in full by utoipa, once for the page: under its own name it is one thing.
fn name_items(components: &mut Components) {
    for (name, page) in &mut components.schemas {
        let Some(item) = name.strip_prefix(PAGE) else { continue };
        if let RefOr::T(Schema::Object(page)) = page
            && let Some(RefOr::T(Schema::Array(items))) = page.properties.get_mut("items")
        {
            items.items = Ref::from_schema_name(item).into();
        }
    }
}

fn exemplify(content: &mut Content, components: &Components) {
    if content.example.is_none() && content.examples.is_empty() {
        content.example = content.schema.as_ref().and_then(|schema| example(schema, components));
    }
}

/// An example of what a schema describes: its own, or one put together from those of its parts.
fn example(schema: &RefOr<Schema>, components: &Components) -> Option<Value> {
    let schema = match schema {
        RefOr::Ref(named) => {
            return example(components.schemas.get(name(named))?, components);
        }
        RefOr::T(schema) => schema,
    };
    if let Schema::Object(object) = schema {
        let members = object.properties.iter();
        let members = members.filter_map(|(name, of)| Some((name.clone(), example(of, components)?)));
        let of_parts = || (!object.properties.is_empty()).then(|| Value::Object(members.collect()));
        object.examples.first().cloned().or_else(of_parts)
    } else if let Schema::Array(array) = schema
        && let ArrayItems::RefOrSchema(items) = &array.items
    {
        Some(Value::Array(vec![example(items, components)?]))
    } else if let Schema::AllOf(all) = schema {
        let parts = all.items.iter().filter_map(|part| example(part, components));
        let members = parts.filter_map(|part| if let Value::Object(part) = part { Some(part) } else { None });
        Some(Value::Object(members.flatten().collect::<Map<_, _>>()))
    } else if let Schema::OneOf(one) = schema {
        example(one.items.first()?, components)
    } else {
        None
    }
}

fn parameter(name: &str) -> RefOr<Parameter> {
    RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")))
}

fn tenant_parameter() -> Parameter {
    ParameterBuilder::new()
        .name(TENANT)
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "The tenant whose things the request is about. An operator's key needs it, unless the operation says that \
             without it all are meant; any other key is of one tenant, and may name no other",
        ))
        .schema(Some(Ref::from_schema_name("TenantId")))
        .build()
}

fn idempotency_key_parameter() -> Parameter {
    ParameterBuilder::new()
        .name(IDEMPOTENCY_KEY)
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Makes the request safe to send again: within 24 hours the same key with the same request is answered as it was \
             the first time, with `Idempotent-Replayed: true`, and nothing is done again. Events without an `eventId` get \
             one that is made of the key. Keys are the tenant's; a request that was refused keeps none",
        ))
        .schema(Some(Ref::from_schema_name("IdempotencyKey")))
        .build()
}

fn request_id_parameter() -> Parameter {
    ParameterBuilder::new()
        .name(REQUEST_ID)
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "The request's id in the answer and in our log: up to 128 letters, digits and any of `-_.:/+=`. One of another \
             form is not taken, but made",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn request_id() -> Header {
    HeaderBuilder::new()
        .schema(Some(Ref::from_schema_name("RequestId")))
        .description(Some("The request's id: as it was sent, or made"))
        .build()
}
