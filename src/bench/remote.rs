//! A sink in another process, asked over HTTP.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::Error;
use super::book::{Counts, Histogram, Lag};
use super::manner::Manner;
use super::wire::Connection;

/// A sink that is busy still answers; one that sorts a million lags takes a moment.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Remote {
    address: SocketAddr,
    connection: Connection,
}

impl Remote {
    pub async fn connect(address: SocketAddr) -> Result<Self, Error> {
        Ok(Self { address, connection: Connection::open(address, PATIENCE).await? })
    }

    /// Where the webhooks of this book are to be sent.
    pub fn url(&self, book: &str) -> String {
        self.url_of(book, Manner::Prompt)
    }

    /// The same, where they are to be answered in this manner.
    pub fn url_of(&self, book: &str, manner: Manner) -> String {
        format!("http://{}/{book}{manner}", self.address)
    }

    pub async fn counts(&mut self, book: &str) -> Result<Counts, Error> {
        self.get(format!("/{book}")).await
    }

    pub async fn lag(&mut self, book: &str) -> Result<Lag, Error> {
        self.get(format!("/{book}/lag")).await
    }

    pub async fn histogram(&mut self, book: &str) -> Result<Histogram, Error> {
        self.get(format!("/{book}/histogram")).await
    }

    /// Begins a book anew.
    pub async fn forget(&mut self, book: &str) -> Result<(), Error> {
        self.ask(Method::DELETE, &format!("/{book}")).await.map(drop)
    }

    async fn get<T: DeserializeOwned>(&mut self, path: String) -> Result<T, Error> {
        let body = self.ask(Method::GET, &path).await?;
        serde_json::from_slice(&body).map_err(|source| Error::Unreadable { path, source })
    }

    async fn ask(&mut self, method: Method, path: &str) -> Result<Bytes, Error> {
        let answer = self.connection.ask(method, path, &HeaderMap::new(), Bytes::new()).await?;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(Error::Sink { status, path: path.to_owned() }),
        }
    }
}
