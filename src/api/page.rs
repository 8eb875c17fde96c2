//! Lists: `{"items", "nextCursor"}`, newest first, and the query that asks for one.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{EndpointId, EventId};
use domain::matching::Pattern;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::fields::instant;
use super::problem::{FieldError, Problem};
use super::texts;
use crate::ledger::admin::Made;
use crate::ledger::admin::deliveries::Cursor;

const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 250;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    #[schema(max_items = 250)]
    pub items: Vec<T>,
    /// What `cursor` should be for the page behind this one; null when there is none.
    #[schema(required, value_type = Option<texts::Cursor>)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page out of the rows that were read, one more than `limit` where there were so many.
    pub fn of<R>(
        mut rows: Vec<R>,
        limit: usize,
        cursor: impl FnOnce(&R) -> String,
        item: impl FnMut(R) -> T,
    ) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|last| sealed(&cursor(last)));
        Self { items: rows.into_iter().map(item).collect(), next_cursor }
    }
}

/// How much of a list, and from where.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub struct Paging {
    /// Items on a page: 1 to 250, 50 by default.
    #[param(minimum = 1, maximum = 250, default = 50)]
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<texts::Cursor>,
}

/// A cursor as it is given out: nobody should read it.
pub fn sealed(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

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

    /// A parameter; an empty one counts as left out.
    pub fn take(&mut self, name: &str) -> Option<String> {
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
        values.pop().filter(|value| !value.is_empty())
    }

    pub fn parsed<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.take(name)?;
        parse(&text).map_err(|error| self.refuse(name, error.to_string())).ok()
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        self.parsed(name, |text| {
            let fits = text.chars().count() <= 200 && !text.chars().any(char::is_control);
            if fits { Ok(text.to_owned()) } else { Err("must be a text of 200 characters at most") }
        })
    }

    pub fn limit(&mut self) -> usize {
        self.parsed("limit", |text| {
            let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
            limit.ok_or_else(|| format!("must be a whole number from 1 to {LIMIT_MAX}"))
        })
        .unwrap_or(LIMIT_DEFAULT)
    }

    /// The cursor, unsealed and read.
    pub fn cursor<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.parsed("cursor", |text| {
            let opened = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            opened.and_then(|text| parse(&text)).ok_or("is not a nextCursor of this list")
        })
    }

    /// A cursor that is an id.
    pub fn cursor_id<T: FromStr>(&mut self) -> Option<T> {
        self.cursor(|text| text.parse().ok())
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

/// A cursor of a walk along deliveries.
pub fn write_walk(cursor: Cursor) -> String {
    sealed(&match cursor {
        Cursor::Delivery(event, endpoint) => format!("{event} {endpoint}"),
        Cursor::Position(position) => format!("p{position}"),
    })
}

pub fn read_walk(text: &str) -> Option<Cursor> {
    if let Some(position) = text.strip_prefix('p') {
        return position.parse().ok().map(Cursor::Position);
    }
    let (event, endpoint) = text.split_once(' ')?;
    Some(Cursor::Delivery(event.parse::<EventId>().ok()?, endpoint.parse::<EndpointId>().ok()?))
}

/// A cursor that is an instant and an id, to the nanosecond.
pub fn write_instant(at: OffsetDateTime, id: &str) -> String {
    format!("{} {id}", at.unix_timestamp_nanos())
}

pub fn read_instant(text: &str) -> Option<(OffsetDateTime, String)> {
    let (nanos, id) = text.split_once(' ')?;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos.parse().ok()?).ok()?;
    // What Postgres can hold; a made-up cursor may say anything.
    (1970..=9999).contains(&at.year()).then(|| (at, id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::of(&format!("/x?{text}").parse().unwrap())
    }

    #[test]
    fn a_full_page_has_a_successor_only_if_there_is_more() {
        let page = |rows: Vec<u32>| Page::of(rows, 2, ToString::to_string, |row| row);
        assert_eq!(
            (page(vec![9, 8, 7]).items, page(vec![9, 8, 7]).next_cursor),
            (vec![9, 8], Some(sealed("8")))
        );
        assert_eq!((page(vec![9, 8]).items, page(vec![9, 8]).next_cursor), (vec![9, 8], None));
        assert_eq!(page(vec![]).next_cursor, None);
    }

    #[test]
    fn cursors_read_back() {
        let id: EventId = "evt_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        let endpoint: EndpointId = "ep_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        for cursor in [Cursor::Position(7), Cursor::Position(i64::MAX), Cursor::Delivery(id, endpoint)] {
            let mut query = query(&format!("cursor={}", write_walk(cursor)));
            assert_eq!(query.cursor(read_walk), Some(cursor));
            assert!(query.finish().is_ok());
        }
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_790_000_000_123_456_000).unwrap();
        assert_eq!(read_instant(&write_instant(at, "demo")), Some((at, "demo".to_owned())));
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        let mut query = query("limit=251&cursor=%2F%2F&since=yesterday&event=a..b&color=red&limit=3");
        let (limit, cursor) = (query.limit(), query.cursor(read_walk));
        let (made, pattern) = (query.made(), query.pattern());
        assert_eq!((limit, cursor, made, pattern), (3, None, Made::default(), None));
        let problem = query.finish().unwrap_err();
        let pointers: Vec<&str> = problem.errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["?limit", "?cursor", "?since", "?event", "?color"]);
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
}
