//! A tenant that is deleted: its keys open nothing at once, what it was owed is not sent, and nothing comes in for it.

use serde_json::{Value, json};

use crate::support::app::publish;
use crate::support::{Receiver, app, wait};

#[tokio::test]
async fn nothing_goes_out_or_comes_in_for_it() {
    let (app, receiver, other) = (app().await, Receiver::start().await, Receiver::start().await);
    let (tenant, neighbour) = (app.tenant("acme").await, app.tenant("other").await);
    let settings = json!({"maxInFlight": 1, "retrySchedule": ["0s", "2s"]});
    let endpoint = tenant.endpoint_with(&receiver.url(), &["order.>"], &settings).await;
    let of_other = neighbour.endpoint(&other.url(), &["order.>"]).await;
    receiver.always(500);
    // One is tried and waits for its retry.
    let event = tenant.publish("order.paid", &json!({})).await;
    tenant.delivery_when(&event, &endpoint, "retrying").await;

    let operator = app.operator();
    let mut named = operator.patch("/tenants/acme", &json!({"name": "Acme Limited"})).await.expect(200);
    assert_eq!(named["name"], "Acme Limited");
    named = operator.get("/tenants/acme").await.expect(200);
    assert_eq!(named["name"], "Acme Limited");
    operator.delete("/tenants/acme").await.expect(204);
    let sent = receiver.count();
    assert_eq!(tenant.client.get("/webhooks").await.problem().0, 401);
    let published = tenant.client.post("/events", &json!({"event": "order.paid", "data": {}})).await;
    assert_eq!(published.problem().0, 401);
    for answer in [
        operator.get("/tenants/acme").await,
        operator.patch("/tenants/acme", &json!({"name": "Acme"})).await,
        operator.delete("/tenants/acme").await,
        operator.with_header("x-tenant-id", "acme".to_owned()).get("/webhooks").await,
    ] {
        assert_eq!(answer.problem().0, 404);
    }
    let taken = operator.post("/tenants", &json!({"id": "acme", "name": "Acme"})).await;
    assert_eq!(taken.problem().1, "tenant-exists");
    publish(&app, "events.acme.order.paid", &[], "1").await;
    let unroutable = async || operator.get("/unroutable").await.expect(200)["items"].clone();
    let kept = wait::until("it to be unroutable", unroutable, |kept| kept[0] != Value::Null).await;
    assert!(kept[0]["reason"].as_str().is_some_and(|reason| reason.contains("no tenant acme")), "{kept:#}");

    // The other's retry has longer to wait than that of the one that is gone had.
    other.answer([500]);
    neighbour.change(&of_other, &json!({"retrySchedule": ["0s", "3s"]})).await;
    let event = neighbour.publish("order.paid", &json!({})).await;
    neighbour.delivery_when(&event, &of_other, "success").await;
    app.settled(&neighbour).await;
    assert_eq!((receiver.count(), other.count()), (sent, 2));
}
