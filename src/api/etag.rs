//! Which version of a thing is shown, and requests that mean one version alone (RFC 9110, 8.8.3 and 13.1.1).
//!
//! A version is another one after every change of what its owner set; counts and times that go on by themselves do not
//! change it. Leaves out: `If-None-Match`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use utoipa::IntoParams;

use super::problem::{Kind, Problem};
use super::texts;

/// Of all the versions that a request names.
pub const TAGS_BYTES_MAX: usize = 1000;

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
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let given: Vec<&HeaderValue> = parts.headers.get_all(header::IF_MATCH).iter().collect();
        if given.is_empty() {
            return Ok(Self(None));
        }
        if given.iter().map(|value| value.len()).sum::<usize>() > TAGS_BYTES_MAX {
            let detail = format!("must have {TAGS_BYTES_MAX} characters at most");
            return Err(Problem::field("If-Match", detail));
        }
        // What cannot be read is no tag of ours.
        let texts = given.into_iter().filter_map(|value| value.to_str().ok());
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
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    use super::*;

    async fn matches(given: &[&str]) -> bool {
        let mut request = Request::builder();
        for value in given {
            request = request.header(header::IF_MATCH, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        IfMatch::from_request_parts(&mut parts, &()).await.is_ok_and(|versions| versions.check(17).is_ok())
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
        let long = ["\"17\",".repeat(TAGS_BYTES_MAX / 5)];
        assert!(matches(&[&long[0]]).await && !matches(&[&long[0], "*"]).await);
        assert_eq!(etag(17)[0].1, "\"17\"");
    }

    proptest! {
        #[test]
        fn any_header_means_the_versions_it_names(
            bytes in prop::collection::vec(any::<u8>(), 0..30),
            versions in prop::collection::vec(1..20_i64, 0..5),
            asked in 1..20_i64,
        ) {
            let read = |value: HeaderValue| {
                let request = Request::builder().header(header::IF_MATCH, value).body(()).unwrap();
                let (mut parts, ()) = request.into_parts();
                IfMatch::from_request_parts(&mut parts, &()).now_or_never().unwrap().unwrap()
            };
            if let Ok(value) = HeaderValue::from_bytes(&bytes)
                && let Err(problem) = read(value).check(asked)
            {
                prop_assert_eq!(problem.kind(), Kind::PreconditionFailed);
                prop_assert!(problem.detail().contains(&tag(asked)), "{}", problem.detail());
            }
            let written: Vec<String> = versions.iter().map(|version| tag(*version)).collect();
            let written = HeaderValue::try_from(written.join(" ,")).unwrap();
            prop_assert_eq!(read(written).check(asked).is_ok(), versions.contains(&asked));
        }
    }
}
