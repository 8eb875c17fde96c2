//! Stores that are reached by TLS, and let nobody in who is not known.

use futures_util::TryStreamExt as _;
use serde_json::json;
use sqlx::PgPool;

use crate::support::app::TestApp;
use crate::support::secured::{NKEY_SEED, PASSWORD, STORE_BYTES, SecuredNats, USER, secured_postgres};
use crate::support::{Receiver, app_with, wait};

const URL: &str = "HOOKYARD__NATS__URL";
const CA: &str = "HOOKYARD__NATS__TLS_CA_FILE";

async fn queue(app: &TestApp) -> String {
    app.client().get("!/readyz").await.json()["parts"]["queue"].as_str().unwrap_or_default().to_owned()
}

/// An event goes through a service with these settings, and its streams are on that server.
async fn delivers_through(nats: &SecuredNats, login: &[(&str, &str)]) {
    let (url, authority) = (nats.url(), nats.authority());
    let settings = [&[(URL, url.as_str()), (CA, authority.as_str())], login].concat();
    let (app, receiver) = (app_with(&settings).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.paid"]).await;
    wait::until("the queue to be reached", async || queue(&app).await, |queue| queue == "ok").await;
    tenant.publish("order.paid", &json!({"n": 1})).await;
    receiver.wait_for(1).await;
    let jetstream = async_nats::jetstream::new(nats.client().await);
    let streams: Vec<_> = jetstream.streams().try_collect().await.expect("streams");
    assert!(streams.iter().any(|stream| stream.config.name == "DELIVERIES_0"), "{streams:?}");
    let limit = async || app.counter("hookyard_queue_store_limit_bytes").await;
    wait::until("the limit of its account to be told", limit, |limit| *limit == STORE_BYTES).await;
    let expiry = "hookyard_certificate_expiry_timestamp_seconds{file=\"nats.tls_ca_file\"}";
    assert!(app.counter(expiry).await > 0);
}

#[tokio::test]
async fn nats_by_tls_with_a_password() {
    let login = [("HOOKYARD__NATS__USER", USER), ("HOOKYARD__NATS__PASSWORD", PASSWORD)];
    delivers_through(&SecuredNats::start().await, &login).await;
}

#[tokio::test]
async fn nats_by_tls_with_an_nkey() {
    delivers_through(&SecuredNats::start().await, &[("HOOKYARD__NATS__NKEY_SEED", NKEY_SEED)]).await;
}

/// The ledger alone delivers then.
#[tokio::test]
async fn nats_of_an_unknown_authority_or_with_a_wrong_password_is_not_spoken_to() {
    let nats = SecuredNats::start().await;
    nats.client().await;
    let (url, authority) = (nats.url(), nats.authority());
    let user = ("HOOKYARD__NATS__USER", USER);
    let unknown = [(URL, url.as_str()), user, ("HOOKYARD__NATS__PASSWORD", PASSWORD)];
    let wrong =
        [(URL, url.as_str()), (CA, authority.as_str()), user, ("HOOKYARD__NATS__PASSWORD", "another")];
    let (unknown, wrong) = tokio::join!(app_with(&unknown), app_with(&wrong));
    assert_eq!((queue(&unknown).await.as_str(), queue(&wrong).await.as_str()), ("degraded", "degraded"));
    let jetstream = async_nats::jetstream::new(nats.client().await);
    let streams: Vec<_> = jetstream.streams().try_collect().await.expect("streams");
    assert_eq!(streams.len(), 0, "{streams:?}");
}

#[tokio::test]
async fn postgres_by_tls_whose_certificate_is_verified() {
    let (postgres, authority) = secured_postgres().await;
    let plain = postgres.url();
    let by_tls = |host: &str, rest: &str| {
        plain.replace("127.0.0.1", host).replace("sslmode=disable", &format!("sslmode=verify-full{rest}"))
    };
    let with_authority = format!("&sslrootcert={authority}");
    let url = by_tls("localhost", &with_authority);
    let (app, receiver) = (app_with(&[("HOOKYARD__POSTGRES__URL", &url)]).await, Receiver::start().await);
    let tenant = app.tenant("acme").await;
    tenant.endpoint(&receiver.url(), &["order.paid"]).await;
    tenant.publish("order.paid", &json!({"n": 1})).await;
    receiver.wait_for(1).await;
    let pool = PgPool::connect(&plain).await.unwrap();
    let connections =
        "select count(*), count(*) filter (where ssl) from pg_stat_activity join pg_stat_ssl using (pid)
        where application_name = 'hookyard'";
    let (all, by_ssl): (i64, i64) = sqlx::query_as(connections).fetch_one(&pool).await.unwrap();
    assert!(all > 0 && all == by_ssl, "{by_ssl} of {all}");
    // Another name than the certificate's, and an authority that is not known.
    for url in [by_tls("127.0.0.1", &with_authority), by_tls("localhost", "")] {
        let refused = PgPool::connect(&url).await.expect_err("the certificate is not for it");
        assert!(refused.to_string().contains("certificate"), "{refused}");
    }
}
