//! Lists: `{"items", "nextCursor"}`, newest first.

use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

pub use super::cursor::{read_instant, read_walk, sealed, write_instant, write_walk};
pub use super::query::{NoQuery, Query};
use super::texts;

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
    /// `nextCursor` of the page before; empty for the first.
    cursor: Option<texts::CursorAsked>,
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
