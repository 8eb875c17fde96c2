//! Senders of webhooks, as they are out there: they sign with an implementation of their own.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::Value;
use sha2::Sha256;

use super::client::{Answer, Client};
use super::tenant::{Tenant, text};

pub const JSON: &str = "application/json";
pub const FORM: &str = "application/x-www-form-urlencoded";

pub fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// GitHub, with a secret, and where to send to.
#[derive(Clone, Debug)]
pub struct Github {
    pub client: Client,
    /// Below `/api/v1`.
    pub path: String,
    pub secret: String,
}

impl Github {
    /// Has a source made for it.
    pub async fn of(tenant: &Tenant, anyone: &Client, settings: &Value) -> (Self, Value) {
        let mut wanted = serde_json::json!({"kind": "github", "name": "Repositories"});
        for (name, value) in settings.as_object().expect("an object") {
            wanted[name] = value.clone();
        }
        let made = tenant.client.post("/sources", &wanted).await.expect(201);
        let path = text(&made["url"]).strip_prefix("/api/v1").expect("a path").to_owned();
        (Self { client: anyone.clone(), path, secret: text(&made["secret"]) }, made)
    }

    pub fn signature(&self, body: &[u8]) -> String {
        format!("sha256={}", hex(&hmac(self.secret.as_bytes(), &[body])))
    }

    pub async fn send(&self, event: &str, delivery: &str, body: &str) -> Answer {
        let signature = self.signature(body.as_bytes());
        self.send_signed(event, delivery, (JSON, Bytes::from(body.to_owned())), &signature).await
    }

    pub async fn send_signed(
        &self,
        event: &str,
        delivery: &str,
        body: (&str, Bytes),
        signature: &str,
    ) -> Answer {
        let client = self.client.with_header("x-github-event", event.to_owned());
        let client = client.with_header("x-github-delivery", delivery.to_owned());
        let client = client.with_header("x-hub-signature-256", signature.to_owned());
        client.send(Method::POST, &self.path, Some(body)).await
    }
}
