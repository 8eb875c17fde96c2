//! The end of an endpoint that is owed much: it keeps nobody waiting, and nothing old is sent when it is active again.

use std::time::Duration;

use actors::ports::Ledger as _;
use domain::delivery::{Reason, Status};
use domain::endpoint::Status as EndpointStatus;
use hookyard::ledger::admin::{endpoints, tenants};
use tokio::time::timeout;

use crate::support::ledger::{ANY, by, world};
use crate::support::wait;

#[tokio::test]
async fn what_it_is_owed_keeps_no_other_change_waiting() {
    let world = world().await;
    let ending = [world.endpoint("a").await, world.endpoint("a").await];
    let events = world.publish(&["a"; 3], &ending).await;
    // Somebody is at work on some of it.
    let mut at_work = world.pool.begin().await.unwrap();
    sqlx::query("select from deliveries for update").execute(&mut *at_work).await.unwrap();
    let ends = async {
        let disabled = world.set_status(ending[0], EndpointStatus::Disabled).await;
        assert_eq!(disabled.settings.status, EndpointStatus::Disabled);
        assert!(endpoints::delete(&world.pool, &by(), &world.tenant, ending[1], ANY).await.unwrap());
    };
    let others = async {
        let version = async || world.ledger.version().await.unwrap();
        let before = version().await;
        wait::until("the first end", version, |now| *now > before).await;
        timeout(Duration::from_secs(3), world.endpoint("b")).await.expect("it need not wait");
    };
    tokio::join!(ends, others);
    at_work.rollback().await.unwrap();
    for (endpoint, status) in ending.into_iter().zip([Status::Dead, Status::Skipped]) {
        for event in &events {
            let look = async || world.delivery(*event, endpoint).await.status;
            wait::until("it to be closed", look, |found| *found == status).await;
        }
    }
}

#[tokio::test]
async fn a_tenant_that_goes_keeps_no_other_waiting() {
    let world = world().await;
    let endpoint = world.endpoint("a").await;
    let event = world.publish(&["a"], &[endpoint]).await[0];
    let mut at_work = world.pool.begin().await.unwrap();
    sqlx::query("select from deliveries for update").execute(&mut *at_work).await.unwrap();
    let other = "other".parse().unwrap();
    let others = async {
        let gone = async || tenants::get(&world.pool, &world.tenant).await.unwrap().is_none();
        wait::until("the tenant to be gone", gone, |gone| *gone).await;
        let made = timeout(Duration::from_secs(3), world.make_tenant(&other, "Other"));
        assert!(made.await.expect("it need not wait").is_some());
    };
    let by = by();
    let (deleted, ()) = tokio::join!(tenants::delete(&world.pool, &by, &world.tenant, ANY), others);
    assert!(deleted.unwrap());
    at_work.rollback().await.unwrap();
    let look = async || world.delivery(event, endpoint).await.status;
    wait::until("it to be skipped", look, |found| *found == Status::Skipped).await;
}

#[tokio::test]
async fn what_a_crash_left_owed_is_closed_before_it_is_active_again() {
    let world = world().await;
    for (status, reason) in [(2_i16, Reason::EndpointDisabled), (3, Reason::EndpointFailed)] {
        let endpoint = world.endpoint("a").await;
        let event = world.publish(&["a"], &[endpoint]).await[0];
        // Committed, and then the process was gone.
        sqlx::query("update endpoints set status = $2 where id = $1")
            .bind(endpoint.0)
            .bind(status)
            .execute(&world.pool)
            .await
            .unwrap();
        assert_eq!(world.set_status(endpoint, EndpointStatus::Active).await.queued, 0);
        let delivery = world.delivery(event, endpoint).await;
        assert_eq!((delivery.status, delivery.reason), (Status::Dead, Some(reason)));
        sqlx::query("delete from dedupe").execute(&world.pool).await.unwrap();
    }
}

#[tokio::test]
async fn what_an_endpoint_is_owed_that_is_active_again_stays() {
    let world = world().await;
    let endpoint = world.endpoint("a").await;
    let event = world.publish(&["a"], &[endpoint]).await[0];
    // One that began when it had failed, and comes late.
    assert_eq!(world.ledger.close(endpoint, Reason::EndpointFailed).await.unwrap(), 0);
    assert_eq!(world.delivery(event, endpoint).await.status, Status::Pending);
}
