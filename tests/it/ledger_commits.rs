//! What is committed is answered as done: nothing that comes after the commit can make a failure of it.

use std::time::Duration;

use domain::delivery::Status;
use domain::endpoint::Status as EndpointStatus;
use domain::id::DeliveryId;
use domain::tenant::TenantId;
use hookyard::ledger::admin::deliveries::Retried;
use hookyard::ledger::admin::endpoints::Created;
use hookyard::ledger::{Ledger, Options};
use sqlx::AssertSqlSafe;

use crate::support::ledger::{World, secret, settings, world};
use crate::support::servers;

/// From the next commit of a change on, this table cannot be found: whoever reads it after the commit fails.
async fn loses_at_commit(world: &World, table: &str, changed: &str) {
    let sql = format!(
        "create function lose() returns trigger language plpgsql as $$
         begin
             alter table {table} rename to lost;
             drop trigger losing on {changed};
             return null;
         end $$;
         create constraint trigger losing after insert or update on {changed} deferrable initially deferred
             for each row execute function lose()"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&world.pool).await.unwrap();
}

async fn finds_again(world: &World, table: &str) {
    let sql = format!("alter table lost rename to {table}; drop function lose()");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&world.pool).await.unwrap();
}

#[tokio::test]
async fn endpoints_made_changed_and_given_another_secret() {
    let world = world().await;
    loses_at_commit(&world, "troubled", "subscriptions_version").await;
    let made = world.try_endpoint(&settings("a")).await;
    let Created::Done(made) = made else { panic!("{made:?}") };
    assert_eq!(made.secret_hint, "aaaa");
    finds_again(&world, "troubled").await;

    loses_at_commit(&world, "troubled", "subscriptions_version").await;
    let paused = world.set_status(made.id, EndpointStatus::Paused).await;
    assert_eq!(paused.settings.status, EndpointStatus::Paused);
    finds_again(&world, "troubled").await;

    loses_at_commit(&world, "troubled", "subscriptions_version").await;
    let rotated = world.rotate(made.id, &secret("bbbb"), Duration::from_hours(1)).await;
    assert_eq!(rotated.unwrap().secret_hint, "bbbb");
}

#[tokio::test]
async fn a_tenant_made() {
    let world = world().await;
    loses_at_commit(&world, "tenants", "subscriptions_version").await;
    let id: TenantId = "other".parse().unwrap();
    let made = world.make_tenant(&id, "Other").await;
    assert_eq!(made.map(|made| made.settings.name), Some("Other".to_owned()));
}

#[tokio::test]
async fn a_delivery_owed_again() {
    let world = world().await;
    let endpoint = world.endpoint("a").await;
    let event = world.publish(&["a"], &[endpoint]).await[0];
    for status in [EndpointStatus::Disabled, EndpointStatus::Active] {
        world.set_status(endpoint, status).await;
    }
    loses_at_commit(&world, "events", "troubled").await;
    let id = DeliveryId { event, endpoint };
    let retried = world.retry(&world.tenant, id).await;
    assert!(matches!(retried, Retried::Owed(_, delivery) if delivery.status == Status::Retrying));
}

#[tokio::test]
async fn a_migration_takes_its_time() {
    let postgres = servers::postgres().await;
    let options = Options {
        url: postgres.url(),
        max_connections: 1,
        statement_timeout: Duration::from_millis(1),
        dedupe_window: Duration::from_hours(1),
    };
    Ledger::open(&options).unwrap().migrate().await.unwrap();
}
