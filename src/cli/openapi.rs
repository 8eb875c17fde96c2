//! `hookyard openapi`: the document that the service answers at `/api/v1/openapi.json`.

use anyhow::Context as _;

use super::terminal;

pub(super) fn run() -> anyhow::Result<()> {
    let document = hookyard::api::openapi().to_pretty_json().context("write the OpenAPI document")?;
    terminal::print(&document)
}
