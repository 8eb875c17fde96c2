//! The query of a request: how much of a list, from where, and what of it.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use domain::event::instant;
use domain::matching::Pattern;

use super::cursor::opened;
use super::problem::{FieldError, Problem};
use crate::ledger::admin::Made;

const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 250;

/// The query of a request, parameter by parameter; every mistake is noted.
#[derive(Debug)]
pub struct Query {
    parameters: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Query {
    pub fn of(uri: &Uri) -> Self {
        let parameters = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        Self { parameters: parameters.into_owned().collect(), errors: Vec::new() }
    }

    fn refuse(&mut self, name: &str, detail: impl Into<String>) {
        let name: String = name.chars().take(100).collect();
        self.errors.push(FieldError { pointer: format!("?{name}"), detail: detail.into() });
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let mut values = Vec::new();
        self.parameters.retain_mut(|(found, value)| {
            let is_it = found == name;
            if is_it {
                values.push(std::mem::take(value));
            }
            !is_it
        });
        if values.len() > 1 {
            self.refuse(name, "is there twice");
        }
        values.pop()
    }

    pub fn parsed<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.take(name)?;
        if text.is_empty() {
            // Else a variable that a script forgot to set would leave nothing out.
            self.refuse(name, "is empty: leave it out, or say what it should be");
            return None;
        }
        parse(&text).map_err(|error| self.refuse(name, error.to_string())).ok()
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        self.parsed(name, |text| {
            let fits = text.chars().count() <= 200 && !text.chars().any(char::is_control);
            if fits { Ok(text.to_owned()) } else { Err("must be a text of 200 characters at most") }
        })
    }

    /// Of a page.
    pub fn limit(&mut self) -> usize {
        self.limit_of(LIMIT_MAX, LIMIT_DEFAULT)
    }

    pub fn limit_of(&mut self, most: usize, default: usize) -> usize {
        self.parsed("limit", |text| {
            let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
            limit.ok_or_else(|| format!("must be a whole number from 1 to {most}"))
        })
        .unwrap_or(default)
    }

    /// The cursor, unsealed and read; an empty one is the first page's.
    pub fn cursor<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.take("cursor").filter(|text| !text.is_empty())?;
        let read = opened(&text).and_then(|text| parse(&text));
        if read.is_none() {
            self.refuse("cursor", "is not a nextCursor of this list");
        }
        read
    }

    /// A cursor that is an id.
    pub fn cursor_id<T: FromStr>(&mut self) -> Option<T> {
        self.cursor(|text| text.parse().ok())
    }

    pub fn flag(&mut self, name: &str) -> Option<bool> {
        self.parsed(name, |text| text.parse::<bool>().map_err(|_| "must be true or false"))
    }

    pub fn pattern(&mut self) -> Option<Pattern> {
        self.parsed("event", str::parse)
    }

    pub fn made(&mut self) -> Made {
        Made { since: self.parsed("since", instant), until: self.parsed("until", instant) }
    }

    /// Ends the reading: a parameter that nobody took is unknown.
    pub fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.parameters) {
            if self.errors.len() < super::fields::ERRORS_MAX {
                self.refuse(&name, "is unknown");
            }
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::fields(self.errors)) }
    }
}

/// The query of a path that takes none: there, any parameter is unknown.
#[derive(Debug)]
pub struct NoQuery;

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::of(&parts.uri).finish().map(|()| Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::cursor::read_walk;

    fn query(text: &str) -> Query {
        Query::of(&format!("/x?{text}").parse().unwrap())
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        let mut query = query("limit=251&cursor=%2F%2F&since=yesterday&until=&event=a..b&color=red&limit=3");
        let (limit, cursor) = (query.limit(), query.cursor(read_walk));
        let (made, pattern) = (query.made(), query.pattern());
        assert_eq!((limit, cursor, made, pattern), (3, None, Made::default(), None));
        let problem = query.finish().unwrap_err();
        let pointers: Vec<&str> = problem.errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["?limit", "?cursor", "?since", "?until", "?event", "?color"]);
    }

    #[test]
    fn an_empty_cursor_is_the_first_page() {
        let mut query = query("cursor=");
        assert_eq!(query.cursor(read_walk), None);
        assert!(query.finish().is_ok());
    }

    #[test]
    fn limits_are_1_to_250() {
        assert_eq!(query("").limit(), 50);
        assert_eq!(query("limit=250").limit(), 250);
        for bad in ["0", "251", "-1", "x", "99999999999999999999"] {
            let mut query = query(&format!("limit={bad}"));
            query.limit();
            assert!(query.finish().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_every_mistake_has_words(
            names in prop::collection::vec("limit|cursor|since|until|event|q|[a-zA-Z%0-9]{0,6}", 0..8),
            values in prop::collection::vec("[!-~&&[^#&\"<>`{}|\\\\^]]{0,12}|[0-9]{1,4}|2026-01-02T03:04:05Z", 8),
            many in 0..300_usize,
        ) {
            let pairs = names.iter().zip(&values).map(|(name, value)| format!("{name}={value}"));
            let written: Vec<String> = pairs.chain((0..many).map(|at| format!("x{at}"))).collect();
            let Ok(uri) = format!("/x?{}", written.join("&")).parse::<Uri>() else { return Ok(()) };
            let mut query = Query::of(&uri);
            let (limit, _) = (query.limit(), query.cursor(read_walk));
            let (made, _, text) = (query.made(), query.pattern(), query.text("q"));
            prop_assert!((1..=LIMIT_MAX).contains(&limit));
            prop_assert!(!text.is_some_and(|text| text.contains(char::is_control)));
            prop_assert!(made.since.is_none_or(|since| since.offset().is_utc()));
            let Err(problem) = query.finish() else {
                prop_assert_eq!(many, 0);
                return Ok(());
            };
            prop_assert!((1..=crate::api::fields::ERRORS_MAX).contains(&problem.errors().len()));
            for FieldError { pointer, detail } in problem.errors() {
                prop_assert!(pointer.starts_with('?') && detail.contains(' '), "{pointer}: {detail}");
            }
        }
    }
}
