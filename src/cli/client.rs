//! A client of the HTTP API, for commands that speak to a running service.
//!
//! Promised: the key goes to the named service alone (no redirects, no proxy on the way to this machine); an answer
//! is read to 4 MiB at most, within half a minute; a problem is told in the service's own words.

use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use reqwest::{Method, RequestBuilder, Response, StatusCode, redirect};
use serde_json::Value;
use url::{Host, Url};

const TIMEOUT: Duration = Duration::from_secs(30);
/// A stream lasts as long as its reader.
const NEVER: Duration = Duration::from_hours(24 * 365);
const ANSWER_BYTES_MAX: usize = 4 << 20;

pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    key: Option<String>,
    tenant: Option<String>,
}

/// What the service said.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `Null` where there was no JSON.
    pub(super) body: Value,
}

impl Client {
    /// For the service at `base`, as the owner of `key` (or, without one, as anybody), about the things of `tenant`.
    #[expect(
        clippy::disallowed_methods,
        reason = "the command line is a client of the API, not a sender of webhooks"
    )]
    pub(super) fn new(
        base: Url,
        key: impl Into<Option<String>>,
        tenant: Option<String>,
    ) -> anyhow::Result<Self> {
        let mut builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("hookyard/", env!("CARGO_PKG_VERSION")));
        if is_here(&base) {
            builder = builder.no_proxy();
        }
        Ok(Self { http: builder.build().context("set up the HTTP client")?, base, key: key.into(), tenant })
    }

    /// Asks, with a JSON body where there is one.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> anyhow::Result<Answer> {
        let asking = || format!("ask the service at {}", self.base);
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body);
        }
        // The error's own words would name the URL again.
        let response = request.send().await.map_err(reqwest::Error::without_url).with_context(asking)?;
        self.answer(response).await
    }

    /// Asks for what comes bit by bit, for as long as it comes. `Ok(Err(_))` where it may work another time: nobody
    /// answers, or the service is busy.
    pub(super) async fn stream(&self, path: &str) -> anyhow::Result<anyhow::Result<Stream>> {
        let request = self.request(Method::GET, path).timeout(NEVER).send();
        let Ok(sent) = tokio::time::timeout(TIMEOUT, request).await else {
            return Ok(Err(anyhow::anyhow!("the service at {} does not answer", self.base)));
        };
        let response = match sent.map_err(reqwest::Error::without_url) {
            Ok(response) => response,
            Err(error) => {
                return Ok(Err(error).with_context(|| format!("ask the service at {}", self.base)));
            }
        };
        if response.status().is_success() {
            return Ok(Ok(Stream(response)));
        }
        let may_pass =
            response.status().is_server_error() || response.status() == StatusCode::TOO_MANY_REQUESTS;
        match self.answer(response).await.and_then(Answer::success) {
            Ok(_) => bail!("the service at {} answered with no stream", self.base),
            Err(refusal) if may_pass => Ok(Err(refusal)),
            Err(refusal) => Err(refusal),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        let mut request = self.http.request(method, url);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        match &self.tenant {
            Some(tenant) => request.header("X-Tenant-Id", tenant),
            None => request,
        }
    }

    async fn answer(&self, mut response: Response) -> anyhow::Result<Answer> {
        let asking = || format!("ask the service at {}", self.base);
        let status = response.status().as_u16();
        let mut text = Vec::new();
        while let Some(chunk) = response.chunk().await.with_context(asking)? {
            if text.len() + chunk.len() > ANSWER_BYTES_MAX {
                bail!("the service at {} answers with more than {ANSWER_BYTES_MAX} bytes", self.base);
            }
            text.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body: serde_json::from_slice(&text).unwrap_or_default() })
    }
}

/// What comes bit by bit.
pub(super) struct Stream(Response);

impl Stream {
    /// The next of it; `None` at its end.
    pub(super) async fn chunk(&mut self) -> anyhow::Result<Option<Bytes>> {
        self.0.chunk().await.map_err(reqwest::Error::without_url).context("read the stream")
    }
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The text at a JSON pointer of the body, or nothing.
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// The answer itself where it is a success, else an error with what the service said, each wrong field included.
    pub(super) fn success(self) -> anyhow::Result<Self> {
        if self.is_success() {
            return Ok(self);
        }
        let mut words = format!("the service answered {}", self.status);
        for part in [self.text("/title"), self.text("/detail")].into_iter().filter(|part| !part.is_empty()) {
            words = format!("{words}: {part}");
        }
        for wrong in self.body["errors"].as_array().into_iter().flatten() {
            let part = |name: &str| wrong[name].as_str().unwrap_or_default().to_owned();
            words = format!("{words}\n  {} {}", part("pointer"), part("detail"));
        }
        bail!("{words}")
    }
}

/// Whether a URL leads to this machine.
pub(super) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn problems_are_told_with_every_wrong_field() {
        let body = json!({"title": "The request has wrong fields", "detail": "2 fields are wrong",
            "errors": [{"pointer": "/event", "detail": "must be a text"}, {"pointer": "/dat", "detail": "unknown"}]});
        let error = Answer { status: 422, body }.success().unwrap_err().to_string();
        assert_eq!(
            error,
            "the service answered 422: The request has wrong fields: 2 fields are wrong\n  /event must be a text\n  \
             /dat unknown"
        );
        let bare = Answer { status: 502, body: Value::Null }.success().unwrap_err().to_string();
        assert_eq!(bare, "the service answered 502");
        assert!(Answer { status: 202, body: Value::Null }.success().is_ok());
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for (url, here) in [
            ("http://127.0.0.1:8013", true),
            ("http://localhost", true),
            ("http://[::1]:1", true),
            ("https://hooks.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_here(&url.parse().unwrap()), here, "{url}");
        }
    }
}
