//! One request, and what came of it.

use std::fmt;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

/// Characters of a body that are shown where it is not as it should be.
const SHOWN_CHARS: usize = 4000;

pub struct Exchange<'a> {
    pub method: &'a Method,
    /// Path and query.
    pub target: &'a str,
    /// The request's body, and of what type it says it is.
    pub sent: Option<(&'a str, &'a [u8])>,
    /// It is a CloudEvent in binary mode, of which the document tells in words.
    pub has_attributes: bool,
    pub status: u16,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

impl fmt::Display for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = String::from_utf8_lossy(self.body).chars().take(SHOWN_CHARS).collect();
        write!(f, "{} {} answered {} {text}", self.method, self.target, self.status)
    }
}

impl Exchange<'_> {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn query(&self) -> impl Iterator<Item = (String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn is_of_type(&self, expected: &str) -> Result<(), String> {
        let found = self.header(CONTENT_TYPE.as_str()).unwrap_or("none");
        if found == expected { Ok(()) } else { Err(format!("its type is {found}, not {expected}")) }
    }
}
