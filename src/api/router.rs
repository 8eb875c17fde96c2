//! Which path leads where, and the OpenAPI document, from the same lines.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, routing};
use futures_util::future::BoxFuture;
use utoipa::openapi::Server;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::json::Id;
use super::problem::{Kind, Problem};
use super::quota::Sort;
use super::state::State;
use super::{
    audit_log, browser, chaos, config, dead_letters, deliveries, doctor, document, endpoints, event_types,
    events, health, inbound, keys, replays, request, settings, sources, stats, status, stream, templates,
    tenants, unroutable, whoami,
};

const BASE: &str = "/api/v1";
const DOCUMENT: &str = "/api/v1/openapi.json";
/// The page to try the API, and what it is made of.
pub const PAGE: &str = "/api/v1/docs";

fn routes(settings: &settings::Settings) -> OpenApiRouter<State> {
    let publish_body = DefaultBodyLimit::max(settings.publish_body_max_bytes);
    let batch_body = DefaultBodyLimit::max(settings.batch_body_max_bytes);
    let inbound_body = DefaultBodyLimit::max(settings.inbound_body_max_bytes);
    let counted = Extension(Sort::Publishes);
    OpenApiRouter::new()
        .routes(routes!(events::list::list))
        .routes(routes!(events::publish::publish).layer((publish_body, counted)))
        .routes(routes!(events::batch::batch).layer((batch_body, counted)))
        .routes(routes!(events::get::get, events::cancel::cancel))
        .routes(routes!(event_types::list::list))
        .routes(routes!(event_types::get::get, event_types::put::put, event_types::forget::forget))
        .routes(routes!(unroutable::list::list))
        .routes(routes!(endpoints::list::list, endpoints::create::create))
        .routes(routes!(endpoints::get::get, endpoints::update::update, endpoints::delete::delete))
        .routes(routes!(endpoints::stats::stats))
        .routes(routes!(endpoints::state::state))
        .routes(routes!(endpoints::top::top))
        .routes(routes!(endpoints::defaults::defaults))
        .routes(routes!(endpoints::test::test))
        .routes(routes!(endpoints::matching::matches))
        .routes(routes!(endpoints::matching::unsaved))
        .routes(routes!(endpoints::preview::preview))
        .routes(routes!(templates::preview::preview))
        .routes(routes!(endpoints::rotate_secret::rotate_secret))
        .routes(routes!(deliveries::of_endpoint::of_endpoint))
        .routes(routes!(replays::of_endpoint::of_endpoint))
        .routes(routes!(deliveries::list::list))
        .routes(routes!(deliveries::get::get))
        .routes(routes!(deliveries::retry::retry))
        .routes(routes!(stream::follow::follow))
        .routes(routes!(dead_letters::list::list))
        .routes(routes!(dead_letters::groups::groups))
        .routes(routes!(dead_letters::replay::replay))
        .routes(routes!(replays::list::list))
        .routes(routes!(replays::get::get, replays::cancel::cancel))
        .routes(routes!(inbound::github::github).layer(inbound_body))
        .routes(routes!(inbound::source::source).layer(inbound_body))
        .routes(routes!(sources::list::list, sources::create::create))
        .routes(routes!(sources::get::get, sources::update::update, sources::delete::delete))
        .routes(routes!(sources::rotate_secret::rotate_secret))
        .routes(routes!(keys::list::list, keys::create::create))
        .routes(routes!(keys::get::get, keys::patch::patch, keys::delete::delete))
        .routes(routes!(tenants::list::list, tenants::create::create))
        .routes(routes!(tenants::get::get, tenants::patch::patch, tenants::delete::delete))
        .routes(routes!(audit_log::list::list))
        .routes(routes!(whoami::whoami))
        .routes(routes!(stats::get))
        .routes(routes!(status::get::get))
        .routes(routes!(doctor::examine))
        .routes(routes!(config::reload::reload))
        .routes(routes!(chaos::kill::kill))
        .layer(DefaultBodyLimit::max(settings.body_max_bytes))
}

fn documented(settings: &settings::Settings) -> (Router<State>, utoipa::openapi::OpenApi) {
    let (router, operations) =
        OpenApiRouter::with_openapi(document::head()).nest(BASE, routes(settings)).split_for_parts();
    (router, document::completed(operations))
}

/// The OpenAPI 3.1 document of the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented(&settings::Settings::default()).1
}

/// What answers, in place of the API, for a path that is none of its own; `None` where there is nothing either.
pub type Elsewhere = Arc<dyn Fn(Request) -> BoxFuture<'static, Option<Response>> + Send + Sync>;

/// The whole of the HTTP API, with `elsewhere` behind it. What else is served is merged by the caller.
pub fn router(state: State, elsewhere: Option<Elsewhere>) -> Router {
    let (api, mut document) = documented(&state.settings);
    document.servers = state.settings.base_url.as_ref().map(|url| vec![Server::new(url)]);
    // Swagger would have the document judged by a service elsewhere.
    let config = Config::new([DOCUMENT]).validator_url("none").try_it_out_enabled(true);
    let page = SwaggerUi::new(PAGE).url(DOCUMENT, document).config(config);
    let cors = browser::cors(&state.settings.cors_origins);
    let router = api
        .merge(page)
        .route("/livez", routing::get(health::livez))
        .route("/readyz", routing::get(health::readyz))
        .route("/problems/{slug}", routing::get(explain))
        .fallback(unknown)
        .layer(Extension(elsewhere))
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(state.clone(), request::around))
        .with_state(state);
    match cors {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

async fn unknown(
    Extension(elsewhere): Extension<Option<Elsewhere>>,
    request: Request,
) -> Result<Response, Problem> {
    let answer = match elsewhere {
        Some(elsewhere) if !is_data(request.uri().path()) => elsewhere(request).await,
        _ => None,
    };
    answer.ok_or_else(|| Problem::new(Kind::NotFound, "the path leads nowhere"))
}

/// Whether a path is of the API, whose answers are data. All others are for people.
pub fn is_data(path: &str) -> bool {
    let is_below =
        |of: &str| path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    !path.starts_with(PAGE)
        && ["/api", "/problems", "/livez", "/readyz", "/metrics"].into_iter().any(is_below)
}

async fn not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "the header Allow lists the methods of this path")
}

/// The page behind a problem's `type`.
async fn explain(Id(slug): Id<String>) -> Result<Response, Problem> {
    let kind = Kind::ALL.iter().find(|kind| kind.slug() == slug);
    let kind = kind.ok_or_else(|| Problem::not_found("problem"))?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], kind.page())
        .into_response())
}

#[cfg(test)]
#[path = "router/tests.rs"]
mod tests;
