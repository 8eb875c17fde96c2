//! A clock that was ahead when retries were noted, and is right again. (One that steps while the service runs: tests/chaos.)

use serde_json::json;
use sqlx::PgPool;

use crate::support::{Receiver, app};

#[tokio::test]
async fn what_a_clock_noted_that_was_ahead_waits_no_longer_for_it() {
    let (mut app, receiver) = (app().await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    // In order: all of it is read from the ledger, and waits for the first.
    let settings = json!({"ordered": true, "retrySchedule": ["0s", "4s"]});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], &settings).await;
    receiver.answer([500]);
    let event = tenant.publish("order.paid", &json!({})).await;
    tenant.delivery_when(&event, &endpoint, "retrying").await;
    tenant.publish_many("order.paid", 3).await;
    app.stop().await;
    let ledger = PgPool::connect(&app.postgres.url()).await.unwrap();
    let ahead = "
        update troubled set next_attempt_at = next_attempt_at + interval '10 min';
        update deliveries set updated_at = updated_at + interval '10 min' where status = 1";
    sqlx::raw_sql(ahead).execute(&ledger).await.unwrap();
    app.start().await;
    let tenant = app.again(&tenant);
    tenant.until_count(&endpoint, "success", 4).await;
    assert_eq!(receiver.count(), 5);
}
