//! The dashboard: its files, and for each of its own paths the page that knows them.
//!
//! Promises: what is not a page is not answered as one, so that a script or an image that is gone is a 404, and so is a
//! path under the API's. A page is asked for anew each time, what it is made of never: the names of these files change with
//! what is in them. Leaves out: what browsers are told besides (`api::browser`), and making the files (`dashboard/`).

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::Response;
use memory_serve::{CacheControl, load};
use tower::ServiceExt as _;

/// Whose names have a hash of what is in them.
const HASHED: &str = "/assets/";

/// The files, each under its name.
#[derive(Clone)]
pub struct Web(Router);

impl Web {
    pub fn load() -> Self {
        let files = load!().index_file(Some("/index.html")).cache_control(CacheControl::Long);
        Self(files.html_cache_control(CacheControl::NoCache).into_router())
    }

    /// The file of this path, or the page; `None` where a program asked for something that is not there.
    pub async fn answer(&self, request: Request) -> Option<Response> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let page = page(&request);
        let answer = self.get(request).await?;
        match page {
            Some(page) if answer.status() == StatusCode::NOT_FOUND => self.get(page).await,
            _ => Some(answer).filter(|answer| answer.status() != StatusCode::NOT_FOUND),
        }
    }

    async fn get(&self, request: Request) -> Option<Response> {
        self.0.clone().oneshot(request).await.ok()
    }
}

/// The request for the page that knows this path, where a person may have asked for it.
fn page(request: &Request) -> Option<Request> {
    let takes_pages = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let takes_pages = takes_pages.is_some_and(|accept| accept.contains("text/html"));
    if !takes_pages || request.uri().path().starts_with(HASHED) {
        return None;
    }
    let mut page = Request::new(axum::body::Body::empty());
    *page.method_mut() = request.method().clone();
    *page.uri_mut() = Uri::from_static("/");
    *page.headers_mut() = request.headers().clone();
    Some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(method: Method, path: &str, accept: &str) -> Option<(StatusCode, String)> {
        let request = Request::builder().method(method).uri(path).header(header::ACCEPT, accept);
        let answer = Web::load().answer(request.body(axum::body::Body::empty()).unwrap()).await?;
        let kind = answer.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
        Some((answer.status(), kind.unwrap_or_default()))
    }

    #[tokio::test]
    async fn a_person_gets_the_page_wherever_it_is_and_a_program_what_is_there() {
        for path in ["/", "/t/acme/endpoints", "/t/acme/events/order-1.2"] {
            let (status, kind) = ask(Method::GET, path, "text/html,*/*;q=0.8").await.unwrap();
            assert!(status == StatusCode::OK && kind.starts_with("text/html"), "{path} {status} {kind}");
        }
        for (method, path, accept) in [
            (Method::GET, "/t/acme/endpoints", "*/*"),
            (Method::GET, "/assets/gone-0123abcd.js", "text/html,*/*;q=0.8"),
            (Method::POST, "/t/acme/endpoints", "text/html"),
        ] {
            assert_eq!(ask(method.clone(), path, accept).await, None, "{method} {path}");
        }
    }
}
