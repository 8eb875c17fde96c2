//! A receiver on loopback: it answers as the test says, and keeps every request as it came.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response};
use bytes::Bytes;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::wait::PATIENCE;

/// One request, raw.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// When it had arrived whole.
    pub at: Instant,
}

impl Request {
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        value.to_str().expect("a text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The number in an event of `publish_many`.
    #[track_caller]
    pub fn number(&self) -> usize {
        self.json()["data"]["n"].as_u64().expect("a number") as usize
    }
}

/// How to answer a request.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: &'static str,
}

impl From<u16> for Reply {
    fn from(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: "" }
    }
}

impl Reply {
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn saying(mut self, body: &'static str) -> Self {
        self.body = body;
        self
    }
}

struct Shared {
    requests: watch::Sender<Vec<Request>>,
    script: Mutex<Script>,
    gate: watch::Sender<Gate>,
    under_way: AtomicUsize,
    most_at_once: AtomicUsize,
    /// By their places among the requests.
    unanswered: Mutex<BTreeSet<usize>>,
}

#[derive(Clone, Copy)]
struct Gate {
    is_open: bool,
    /// How often it was opened: whoever waits at such a moment goes through, though it is shut again before they look.
    opened: u64,
}

struct Script {
    next: VecDeque<Reply>,
    otherwise: Reply,
}

impl Shared {
    fn unanswered(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.unanswered.lock().expect("no test panicked with it")
    }
}

/// Stops listening when dropped.
pub struct Receiver {
    port: u16,
    serving: JoinHandle<()>,
    shared: Arc<Shared>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    /// Answers 200 until it is told otherwise.
    pub async fn start() -> Self {
        let shared = Arc::new(Shared {
            requests: watch::Sender::new(Vec::new()),
            script: Mutex::new(Script { next: VecDeque::new(), otherwise: 200.into() }),
            gate: watch::Sender::new(Gate { is_open: true, opened: 0 }),
            under_way: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            unanswered: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let router = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("a receiver that serves");
        });
        Self { port, serving, shared }
    }

    pub fn url(&self) -> String {
        self.url_of("/hook")
    }

    pub fn url_of(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The answers to the next requests, in turn.
    pub fn answer(&self, replies: impl IntoIterator<Item = impl Into<Reply>>) {
        self.script().next.extend(replies.into_iter().map(Into::into));
    }

    /// The answer to every request for which there is no other.
    pub fn always(&self, reply: impl Into<Reply>) {
        let mut script = self.script();
        script.next.clear();
        script.otherwise = reply.into();
    }

    /// From now on requests are kept, but not answered until the gate opens.
    pub fn shut(&self) {
        self.shared.gate.send_modify(|gate| gate.is_open = false);
    }

    pub fn open(&self) {
        self.shared.gate.send_modify(|gate| {
            gate.is_open = true;
            gate.opened += 1;
        });
    }

    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.borrow().clone()
    }

    /// Looks at the requests where they are: there may be too many for copies.
    pub fn look<T>(&self, look: impl FnOnce(&[Request]) -> T) -> T {
        look(&self.shared.requests.borrow())
    }

    pub fn count(&self) -> usize {
        self.look(<[Request]>::len)
    }

    /// When the requests came, the first first.
    pub fn arrivals(&self) -> Vec<Instant> {
        let mut times = self.look(|requests| requests.iter().map(|request| request.at).collect::<Vec<_>>());
        times.sort_unstable();
        times
    }

    /// Those that are open at this moment: here in whole, neither answered nor hung up on.
    pub fn under_way(&self) -> Vec<Request> {
        let unanswered = self.shared.unanswered();
        let requests = self.shared.requests.borrow();
        unanswered.iter().map(|&place| requests[place].clone()).collect()
    }

    /// The most requests that were under way at a time.
    pub fn most_at_once(&self) -> usize {
        self.shared.most_at_once.load(Ordering::SeqCst)
    }

    /// Waits until there were so many requests, and answers with all there are.
    pub async fn wait_for(&self, count: usize) -> Vec<Request> {
        let mut requests = self.shared.requests.subscribe();
        let deadline = Instant::now() + PATIENCE;
        let enough = timeout_at(deadline, requests.wait_for(|requests| requests.len() >= count)).await;
        let seen = self.requests();
        assert!(
            enough.is_ok(),
            "waited {PATIENCE:?} for {count} requests, and there were {}: {:#?}",
            seen.len(),
            seen.iter().map(summary).collect::<Vec<_>>()
        );
        seen
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.shared.script.lock().expect("no test panicked with it")
    }
}

fn summary(request: &Request) -> String {
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-");
    let body = String::from_utf8_lossy(&request.body);
    let (id, attempt) = (header("webhook-id"), header("x-webhook-attempt"));
    format!("{} {id} attempt {attempt}: {}", request.path, body.chars().take(120).collect::<String>())
}

async fn receive(State(shared): State<Arc<Shared>>, request: axum::extract::Request) -> Response<Body> {
    // Counted until the answer is ready, or the sender hangs up.
    let mut under_way = UnderWay::new(&shared);
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole body");
    let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let request = Request { method: head.method, path, headers: head.headers, body, at: Instant::now() };
    let reply = {
        let mut script = shared.script.lock().expect("no test panicked with it");
        let reply = script.next.pop_front().unwrap_or_else(|| script.otherwise.clone());
        under_way.arrived(request);
        reply
    };
    let mut gate = shared.gate.subscribe();
    let before = gate.borrow().opened;
    gate.wait_for(|gate| gate.is_open || gate.opened > before).await.expect("the receiver is there");
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).expect("a response")
}

struct UnderWay {
    shared: Arc<Shared>,
    place: Option<usize>,
}

impl UnderWay {
    fn new(shared: &Arc<Shared>) -> Self {
        let now = shared.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most_at_once.fetch_max(now, Ordering::SeqCst);
        Self { shared: Arc::clone(shared), place: None }
    }

    fn arrived(&mut self, request: Request) {
        // Held over both: whoever sees it open sees it among the requests, and the other way round.
        let mut unanswered = self.shared.unanswered();
        self.shared.requests.send_modify(|requests| {
            self.place = Some(requests.len());
            requests.push(request);
        });
        unanswered.extend(self.place);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.shared.unanswered().remove(&place);
        }
        self.shared.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}
