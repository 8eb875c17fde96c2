//! What the journeys hold things against, or send.

/// Bodies in the shape that GitHub documents for its webhooks: large, with Unicode in every spelling, escapes, nulls, and
/// numbers that no double holds.
pub const GITHUB_PUSH: &str = include_str!("../../fixtures/github_push.json");
/// Indented, and with a line end behind it.
pub const GITHUB_PULL_REQUEST: &str = include_str!("../../fixtures/github_pull_request.json");

/// The schema of OpenAPI 3.1 documents, by the OpenAPI Initiative (Apache-2.0): `src/schemas/validation/schema.yaml` of
/// <https://github.com/OAI/OpenAPI-Specification> at 76fa096c, written as JSON.
pub const OPENAPI_3_1: &str = include_str!("../../fixtures/openapi_3_1.json");

/// The schema of Compose files, by the Compose authors (Apache-2.0), as check-jsonschema 0.39.0 of PyPI brings it.
pub const COMPOSE: &str = include_str!("../../fixtures/compose_spec.json");
