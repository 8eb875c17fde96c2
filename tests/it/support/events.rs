//! A stream of server-sent events, read as it comes.

use std::time::Duration;

use hookyard::sse::{Event, Reader};
use reqwest::{Method, Response};
use serde_json::Value;
use tokio::time::timeout;
use url::Position;

use super::client::Answer;
use super::contract::{self, Exchange};
use super::wait::PATIENCE;

/// Nothing came for so long, and nothing will.
const QUIET: Duration = Duration::from_millis(500);

pub struct Events {
    response: Response,
    reader: Reader,
    all: Vec<u8>,
    /// Read, and not taken yet.
    ready: Vec<Event>,
}

impl Events {
    pub fn of(response: Response) -> Self {
        Self { response, reader: Reader::default(), all: Vec::new(), ready: Vec::new() }
    }

    /// The next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Event> {
        timeout(PATIENCE, self.read()).await.expect("an event comes, or the end")
    }

    /// The next event, an attempt: its data.
    pub async fn attempt(&mut self) -> Value {
        let event = self.next().await.expect("the stream goes on");
        assert_eq!(event.name, "attempt", "{event:?}");
        serde_json::from_str(&event.data).expect("JSON")
    }

    /// Whether nothing more comes.
    pub async fn is_quiet(&mut self) -> bool {
        timeout(QUIET, self.read()).await.is_err()
    }

    async fn read(&mut self) -> Option<Event> {
        while self.ready.is_empty() {
            let chunk = self.response.chunk().await.expect("whole")?;
            self.all.extend_from_slice(&chunk);
            self.ready = self.reader.take(&chunk).expect("events");
        }
        Some(self.ready.remove(0))
    }

    /// What came so far, as an answer, held against the document. Of one that is no stream that is all of it.
    pub async fn end(mut self) -> Answer {
        let status = self.response.status().as_u16();
        let headers = self.response.headers().clone();
        let url = self.response.url().clone();
        while status != 200
            && let Some(chunk) = self.response.chunk().await.expect("whole")
        {
            self.all.extend_from_slice(&chunk);
        }
        let operation = contract::check(&Exchange {
            method: &Method::GET,
            target: &url[Position::BeforePath..Position::AfterQuery],
            sent: None,
            has_attributes: false,
            status,
            headers: &headers,
            body: &self.all,
        });
        let operation = operation.map(|operation| operation.id.as_str());
        Answer { status, headers, bytes: self.all.into(), operation }
    }
}
