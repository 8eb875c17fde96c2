//! Stub until the API lands.
mod control;
mod settings;
pub use control::{Control, Health, Part};
pub use settings::{DeliveryDefaults, Settings};
use std::sync::Arc;
pub struct Parts {
    pub pool: sqlx::PgPool,
    pub directory: Arc<actors::directory::Directory>,
    pub intake: actors::intake::Handle,
    pub vault: Arc<crate::vault::Vault>,
    pub clock: Arc<dyn actors::ports::Clock>,
    pub policy: Arc<domain::address::Policy>,
    pub control: Arc<dyn Control>,
    pub settings: Settings,
}
pub struct State(Parts);
impl State {
    pub fn new(parts: Parts) -> Self {
        Self(parts)
    }
}
pub fn router(_state: State) -> axum::Router {
    axum::Router::new().route("/livez", axum::routing::get(|| async { "ok" }))
}
