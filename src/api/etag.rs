//! Which version of a thing is shown, and requests that mean one version alone (RFC 9110, 8.8.3 and 13.1.1).
//!
//! A version is another one after every change of what its owner set; counts and times that go on by themselves do not
//! change it. Leaves out: `If-None-Match`.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use utoipa::IntoParams;

use super::problem::{Kind, Problem};
use super::texts;

/// What a change is about, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Precondition {
    /// Do it only if the thing is still as this `ETag` of it says, one of several, separated by commas; `*`: as it is.
    #[param(rename = "If-Match")]
    if_match: Option<texts::EntityTags>,
}

fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The header that names a version.
pub fn etag(version: i64) -> [(HeaderName, HeaderValue); 1] {
    // Digits and quotes are a header's value.
    [(header::ETAG, HeaderValue::from_str(&tag(version)).unwrap_or(HeaderValue::from_static("\"\"")))]
}

/// The versions that a request means; `None`: whichever it is.
#[derive(Debug)]
pub struct IfMatch(Option<Vec<String>>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut given = parts.headers.get_all(header::IF_MATCH).iter().peekable();
        if given.peek().is_none() {
            return Ok(Self(None));
        }
        // What cannot be read is no tag of ours.
        let texts = given.filter_map(|value| value.to_str().ok());
        Ok(Self(Some(texts.flat_map(|text| text.split(',')).map(|tag| tag.trim().to_owned()).collect())))
    }
}

impl IfMatch {
    /// Whether this version is meant; to be asked where nobody can change it any more.
    pub fn check(&self, version: i64) -> Result<(), Problem> {
        let current = tag(version);
        match &self.0 {
            Some(tags) if !tags.iter().any(|tag| *tag == current || tag == "*") => {
                let detail = format!("its ETag is {current} now: read it again and decide anew");
                Err(Problem::new(Kind::PreconditionFailed, detail))
            }
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn matches(given: &[&str]) -> bool {
        let mut request = Request::builder();
        for value in given {
            request = request.header(header::IF_MATCH, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let Ok(if_match) = IfMatch::from_request_parts(&mut parts, &()).await;
        if_match.check(17).is_ok()
    }

    #[tokio::test]
    async fn only_the_very_version_matches() {
        for of_it in [&[][..], &["\"17\""], &["*"], &["\"16\", \"17\""], &["\"16\"", " \"17\" "]] {
            assert!(matches(of_it).await, "{of_it:?}");
        }
        for other in [
            &["\"16\""][..],
            &["17"],
            &["W/\"17\""],
            &["\"17"],
            &[""],
            &["\"1\",\"7\""],
            &["W/\"17\"", "\"18\""],
        ] {
            assert!(!matches(other).await, "{other:?}");
        }
        assert_eq!(etag(17)[0].1, "\"17\"");
    }
}
