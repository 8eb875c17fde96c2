//! Discord and Slack on loopback, as their documentation says that they answer: docs.discord.com/developers (Webhook
//! Resource, Rate Limits, Opcodes and Status Codes) and docs.slack.dev (Sending messages using incoming webhooks).

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::wait;

#[path = "../../../domain/tests/messages/checker.rs"]
#[expect(dead_code, reason = "here a message is looked at as a whole")]
mod checker;

pub const TOKEN: &str = "s3cr3t-token-of-a-webhook";
const DISCORD: &str = "/api/webhooks/1234567890/";
const SLACK: &str = "/services/T0ACME/B0ACME/";
/// Requests in a window: Rate Limits says that the numbers are not to be relied on.
pub const LIMIT: usize = 5;
pub const WINDOW: Duration = Duration::from_millis(700);

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    Down,
    /// Somebody deleted the webhook.
    Gone,
    /// Slack alone: what it was sent does not please it.
    Picky,
    /// Slack alone: one request, and then a wait.
    Busy,
}

pub struct Provider {
    url: String,
    serving: JoinHandle<()>,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    mood: Mood,
    window: (Instant, usize),
    /// No request is to come before.
    wait_until: Instant,
    taken: Vec<(HeaderMap, Value)>,
    /// Requests that came before they were to come.
    early: usize,
    limited: usize,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Provider {
    pub async fn discord() -> Self {
        Self::start(DISCORD).await
    }

    pub async fn slack() -> Self {
        Self::start(SLACK).await
    }

    async fn start(path: &str) -> Self {
        let now = Instant::now();
        let shared = Shared {
            mood: Mood::Well,
            window: (now, 0),
            wait_until: now,
            taken: Vec::new(),
            early: 0,
            limited: 0,
        };
        let shared = Arc::new(Mutex::new(shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}{path}{TOKEN}", listener.local_addr().expect("its number"));
        let router = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, serving, shared }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn is(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    /// The messages that it took, as soon as there are so many.
    pub async fn wait_for(&self, count: usize) -> Vec<(HeaderMap, Value)> {
        let what = format!("{count} messages");
        wait::until(&what, async || self.lock().taken.clone(), |taken| taken.len() >= count).await
    }

    /// Requests that were refused for their number, and those that came although it had said when to come.
    pub fn limited(&self) -> (usize, usize) {
        let shared = self.lock();
        (shared.limited, shared.early)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no test panicked with it")
    }
}

type Answer = (u16, Vec<(&'static str, String)>, String);

async fn receive(
    State(shared): State<Arc<Mutex<Shared>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (status, headers, said) = {
        let mut shared = shared.lock().expect("no test panicked with it");
        let message = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if uri.path().starts_with("/api/") {
            shared.discord(uri.path(), headers, message)
        } else {
            shared.slack(uri.path(), headers, message)
        }
    };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(said)).expect("a response")
}

impl Shared {
    fn discord(&mut self, path: &str, headers: HeaderMap, message: Value) -> Answer {
        let json = |status, body: Value| {
            (status, vec![("content-type", "application/json".to_owned())], body.to_string())
        };
        if self.mood == Mood::Down {
            return (502, Vec::new(), format!("no upstream for {path}"));
        }
        // JSON Error Codes: 10015 Unknown Webhook, 50027 Invalid Webhook Token.
        if self.mood == Mood::Gone || !path.starts_with(DISCORD) {
            return json(404, json!({"message": "Unknown Webhook", "code": 10015}));
        }
        if path.strip_prefix(DISCORD) != Some(TOKEN) {
            return json(401, json!({"message": "Invalid Webhook Token", "code": 50027}));
        }
        // Header Format, and Exceeding A Rate Limit.
        let now = Instant::now();
        if now < self.wait_until {
            self.early += 1;
        }
        if now >= self.window.0 + WINDOW {
            self.window = (now, 0);
        }
        let resets = self.window.0 + WINDOW - now;
        let seconds = resets.as_secs_f64();
        if self.window.1 >= LIMIT {
            self.limited += 1;
            self.wait_until = now + resets;
            let mut answer = json(
                429,
                json!({"message": "You are being rate limited.", "retry_after": seconds, "global": false}),
            );
            answer.1.push(("x-ratelimit-reset-after", format!("{seconds:.3}")));
            return answer;
        }
        self.window.1 += 1;
        let left = LIMIT - self.window.1;
        if left == 0 {
            self.wait_until = now + resets;
        }
        if let Err(why) = checker::discord(&message) {
            let said = json!({"message": "Invalid Form Body", "code": 50035, "errors": {"_errors": [{"message": why}]}});
            return json(400, said);
        }
        self.taken.push((headers, message));
        // Execute Webhook without `wait`: 204.
        let limits = vec![
            ("x-ratelimit-limit", LIMIT.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-reset-after", format!("{seconds:.3}")),
        ];
        (204, limits, String::new())
    }

    fn slack(&mut self, path: &str, headers: HeaderMap, message: Value) -> Answer {
        let said = |status, word: &str| (status, Vec::new(), word.to_owned());
        if self.mood == Mood::Down {
            return said(500, "rollup_error");
        }
        // Handling errors.
        if self.mood == Mood::Gone || path.strip_prefix(SLACK) != Some(TOKEN) {
            return said(404, "no_service");
        }
        if Instant::now() < self.wait_until {
            self.early += 1;
        }
        // Rate Limits: 429 with Retry-After in seconds.
        if self.mood == Mood::Busy {
            self.mood = Mood::Well;
            self.limited += 1;
            self.wait_until = Instant::now() + Duration::from_secs(1);
            return (429, vec![("retry-after", "1".to_owned())], "rate_limited".to_owned());
        }
        if self.mood == Mood::Picky {
            return said(400, "invalid_payload");
        }
        if let Err(why) = checker::slack(&message) {
            return said(400, &format!("invalid_payload: {why}"));
        }
        self.taken.push((headers, message));
        said(200, "ok")
    }
}
