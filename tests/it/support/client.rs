//! A thin JSON client of the API. Every exchange is held against the API's document at once ([`contract`]).

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;
use url::Position;

use super::contract::{self, Exchange};
use super::events::Events;

#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    /// Sent with every request, in this order.
    headers: Vec<(&'static str, String)>,
}

/// What came back, whatever it was.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    /// The operation of the document that was asked, if it is one.
    pub operation: Option<&'static str>,
}

impl Client {
    /// `base` is the service's own: `http://127.0.0.1:8013`.
    #[expect(clippy::disallowed_methods, reason = "the tests' own client")]
    pub fn new(base: String) -> Self {
        Self { http: reqwest::Client::new(), base, headers: Vec::new() }
    }

    pub fn with_key(&self, key: &str) -> Self {
        self.with_header("authorization", format!("Bearer {key}"))
    }

    pub fn with_header(&self, name: &'static str, value: String) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value));
        client
    }

    /// The service's own URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// This client, asking where the other asks.
    pub fn at(&self, other: &Self) -> Self {
        Self { base: other.base.clone(), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(("application/json", body.to_string().into()))).await
    }

    /// As `post`; `None` where nobody answers.
    pub async fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        self.try_send(Method::POST, path, Some(("application/json", body.to_string().into()))).await.ok()
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some(("application/json", body.to_string().into()))).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// A path below `/api/v1`, or one that says so itself by beginning with `!`.
    pub async fn send(&self, method: Method, path: &str, body: Option<(&str, Bytes)>) -> Answer {
        self.try_send(method, path, body).await.expect("the service answers, and whole")
    }

    /// What comes bit by bit from a path below `/api/v1`.
    pub async fn follow(&self, path: &str) -> Events {
        let response = self.request(&Method::GET, path).send().await.expect("the service answers");
        Events::of(response)
    }

    fn request(&self, method: &Method, path: &str) -> reqwest::RequestBuilder {
        let url = match path.strip_prefix('!') {
            Some(whole) => format!("{}{whole}", self.base),
            None => format!("{}/api/v1{path}", self.base),
        };
        let request = self.http.request(method.clone(), url);
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Bytes)>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.request(&method, path);
        if let Some((kind, body)) = body.clone() {
            request = request.header(CONTENT_TYPE, kind).body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let (url, bytes) = (response.url().clone(), response.bytes().await?);
        let operation = contract::check(&Exchange {
            method: &method,
            target: &url[Position::BeforePath..Position::AfterQuery],
            sent: body.as_ref().map(|(kind, body)| (*kind, &body[..])),
            has_attributes: self.headers.iter().any(|(name, _)| *name == "ce-specversion"),
            status,
            headers: &headers,
            body: &bytes,
        });
        Ok(Answer { status, headers, bytes, operation: operation.map(|operation| operation.id.as_str()) })
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body, where the status is the one that was hoped for.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// The kind of problem and the pointers of its errors, once it was seen to be one in every respect.
    #[track_caller]
    pub fn problem(&self) -> (u16, String, Vec<String>) {
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json", "{}", self.text());
        let body = self.json();
        assert_eq!(body["status"], self.status, "{body}");
        for field in ["title", "detail", "requestId"] {
            assert!(body[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {body}");
        }
        assert_eq!(self.headers["x-request-id"], body["requestId"].as_str().unwrap_or_default());
        let kind = body["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/"));
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        assert!(self.status != 422 || !errors.is_empty(), "a 422 says what is wrong: {body}");
        let pointers = errors.iter().map(|error| error["pointer"].as_str().unwrap_or_default().to_owned());
        (self.status, kind.unwrap_or_default().to_owned(), pointers.collect())
    }
}
